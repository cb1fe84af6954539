// SPDX-License-Identifier: Apache-2.0

/// Where schema registries are, who logs in, and whom they are believed to be.
package struct RegistryOptions: Hashable, Sendable {
    package enum Login: Hashable, Sendable {
        /// What the address says, if it says anything.
        case ofAddress
        case basic(user: String, password: String)
        case bearer(token: String)
    }

    /// At least one; tried in turn.
    package var addresses: [RegistryAddress]
    package var login = Login.ofAddress
    /// PEM files, or their texts.
    package var authority: Source?
    package var certificate: Source?
    package var key: Source?
    package var keyPassword: String?
    /// Whether the certificate has to be for the host that is asked.
    package var checksHostName = true
    /// A proxy's URL; nil: what the environment says (`https_proxy`, `no_proxy`).
    package var proxy: String?
    /// How long a connection may take, and a whole request.
    package var connectMilliseconds: Int64 = 5_000
    package var requestMilliseconds: Int64 = 30_000
    /// How often all addresses are tried again.
    package var retries = 3
    /// The first pause between tries; each further one is twice as long, up to the longest.
    package var firstPauseMilliseconds: Int64 = 200
    package var longestPauseMilliseconds: Int64 = 10_000
    /// The longest answer, in bytes.
    package var answerLimit = 16 << 20

    /// Where a PEM text is.
    package enum Source: Hashable, Sendable {
        case file(String)
        case text(String)
    }

    package init(addresses: [RegistryAddress]) { self.addresses = addresses }

    /// What nobody is to see in a message.
    package var secrets: [String] {
        var secrets = addresses.flatMap { [$0.password, $0.user] }.compactMap { $0 }
        switch login {
        case .ofAddress: break
        case .basic(_, let password): secrets.append(password)
        case .bearer(let token): secrets.append(token)
        }
        if case .text(let key)? = key { secrets.append(key) }
        if let keyPassword { secrets.append(keyPassword) }
        return secrets.filter { !$0.isEmpty }
    }
}
