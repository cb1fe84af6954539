// SPDX-License-Identifier: Apache-2.0

/// Client properties for people's eyes: what may be a secret shows as `****`.
package enum SecretMask {
    package static let mask = "****"

    /// Words of a property's name whose value nobody is to see. `pem` and `config` hold keys and log-in data as text.
    private static let secretWords: Set<String> = [
        "password", "secret", "token", "pem", "key", "jaas", "config", "credentials", "passphrase",
    ]
    /// Names that contain such a word and are no secrets.
    private static let harmless: Set<String> = [
        "ssl.key.location", "ssl.certificate.location", "sasl.oauthbearer.token.endpoint.url",
    ]

    /// The value, or the mask.
    package static func value(_ value: String, of name: String) -> String {
        guard !harmless.contains(name) else { return withoutUserInformation(value) }
        let isSecret = name.split(separator: ".").contains { secretWords.contains(String($0).lowercased()) }
        return isSecret ? mask : withoutUserInformation(value)
    }

    /// `https://user:password@host/path` without the middle.
    private static func withoutUserInformation(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard let at = authority.lastIndex(of: "@") else { return text }
        return String(text[..<scheme.upperBound]) + mask + String(text[at...])
    }
}
