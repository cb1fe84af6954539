// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceRegistry
package import MillraceReport

/// What a configuration says of a schema registry. A nil: nobody does.
package struct RegistrySettings: Hashable, Sendable {
    /// As Confluent's clients name it.
    package enum CredentialsSource: String, Hashable, Sendable, CaseIterable {
        case url = "URL"
        case userInformation = "USER_INFO"
        case sasl = "SASL_INHERIT"
    }

    package enum Identification: String, Hashable, Sendable, CaseIterable {
        case https, none
    }

    package struct Login: Hashable, Sendable {
        package var user: String
        package var password: String
    }

    /// In milliseconds.
    package static let timeLimits: ClosedRange<Int64> = 1...600_000
    package static let retryLimits = 0...100

    package var addresses: [RegistryAddress]?
    package var login: Login?
    package var credentialsSource: CredentialsSource?
    package var token: String?
    package var authorityFile: String?
    package var authorityText: String?
    package var certificateFile: String?
    package var certificateText: String?
    package var keyFile: String?
    package var keyText: String?
    package var keyPassword: String?
    package var identification: Identification?
    package var proxy: String?
    /// In milliseconds, within `timeLimits`.
    package var connectTimeout: Int64?
    package var requestTimeout: Int64?
    package var retries: Int?

    package init() {}
}

extension Configuration {
    /// How to talk to the schema registry; nil: none is named.
    /// - Throws: `RunFailure` where two settings contradict each other.
    package func registryOptions() throws(RunFailure) -> RegistryOptions? {
        guard let addresses = registry.addresses else { return nil }
        var options = RegistryOptions(addresses: addresses)
        options.login = try registryLogin()
        options.authority = try source(registry.authorityFile, registry.authorityText, "ca")
        options.certificate = try source(registry.certificateFile, registry.certificateText, "certificate")
        options.key = try source(registry.keyFile, registry.keyText, "key") ?? options.certificate
        guard options.certificate != nil || options.key == nil else {
            throw contradiction("schema.registry.ssl has a key, and no certificate that it belongs to")
        }
        options.keyPassword = registry.keyPassword
        options.checksHostName = registry.identification != RegistrySettings.Identification.none
        options.proxy = registry.proxy
        if let time = registry.connectTimeout { options.connectMilliseconds = time }
        if let time = registry.requestTimeout { options.requestMilliseconds = time }
        if let retries = registry.retries { options.retries = retries }
        return options
    }

    private func contradiction(_ message: String) -> RunFailure {
        RunFailure(.configuration, .contradiction, message, hint: "keep one of them")
    }

    private func source(
        _ file: String?, _ text: String?, _ name: String
    ) throws(RunFailure) -> RegistryOptions.Source? {
        guard file == nil || text == nil else {
            throw contradiction(
                "schema.registry.ssl.\(name).location and schema.registry.ssl.\(name).pem exclude each other")
        }
        return file.map { .file($0) } ?? text.map { .text($0) }
    }

    private func registryLogin() throws(RunFailure) -> RegistryOptions.Login {
        if let token = registry.token {
            guard registry.login == nil, registry.credentialsSource == nil else {
                throw contradiction("schema.registry.bearer.token and schema.registry.basic.auth exclude each other")
            }
            return .bearer(token: token)
        }
        if registry.credentialsSource == .sasl {
            func value(_ name: String) -> String? { kafka.last { $0.name == name }?.value }
            guard let user = value("sasl.username"), let password = value("sasl.password") else {
                throw RunFailure(
                    .configuration, .contradiction,
                    "schema.registry.basic.auth.credentials.source is SASL_INHERIT, and there is no sasl.username with "
                        + "sasl.password", hint: "say both below kafka:")
            }
            return .basic(user: user, password: password)
        }
        if let login = registry.login { return .basic(user: login.user, password: login.password) }
        guard registry.credentialsSource != .userInformation else {
            throw RunFailure(
                .configuration, .contradiction,
                "schema.registry.basic.auth.credentials.source is USER_INFO, and nobody says who that is",
                hint: "say schema.registry.basic.auth.user.info: NAME:PASSWORD")
        }
        return .ofAddress
    }
}
