// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import MillraceReport

/// A Java client's properties in librdkafka's words. What has no counterpart and does not matter is left out with a
/// note; what would change who logs in or who is trusted and cannot be translated is an error with the command to run.
struct ClientFileTranslation {
    struct Property: Equatable {
        var name: String
        var value: String
        /// In the Java file.
        var line: Int
    }

    private(set) var properties: [Property] = []
    /// What it says of a schema registry, by the configuration's keys.
    private(set) var settings: [Property] = []
    /// One line each.
    private(set) var notes: [String] = []

    /// Throws, with the line, what has to be changed by hand.
    init(_ file: JavaProperties) throws(SourceError) {
        try translateLogin(file)
        try translateTrust(file)
        try translateKeys(file)
        var leftOut: [String] = []
        for property in file.properties where !ClientFileTranslation.handled.contains(property.name) {
            if PortedProperty.isOfRegistry(property.name) {
                if try !translateRegistry(property) { leftOut.append(property.name) }
            } else if property.name == "ssl.endpoint.identification.algorithm" {
                try add(property.name, property.value.isEmpty ? "none" : property.value.lowercased(), property.line)
            } else if property.name == "security.protocol" {
                try add(property.name, property.value.lowercased(), property.line)
            } else if let name = ClientFileTranslation.renamed[property.name] {
                try add(name, property.value, property.line)
            } else if !ClientFileTranslation.javaOnly.contains(property.name),
                KafkaProperties.verdict(on: property.name) == .allowed
            {
                try add(property.name, property.value, property.line)
            } else {
                leftOut.append(property.name)
            }
        }
        let keys = leftOut.compactMap { name in PortedProperty.key(of: name).map { "\(name) (\($0))" } }
        if !keys.isEmpty {
            notes.append("no properties of a client, say them in the configuration: \(keys.joined(separator: ", "))")
        }
        leftOut.removeAll { PortedProperty.key(of: $0) != nil }
        if !leftOut.isEmpty { notes.append("left out: \(leftOut.joined(separator: ", "))") }
    }

    private mutating func add(_ name: String, _ value: String, _ line: Int) throws(SourceError) {
        try ClientProperty.check(name, value, at: SourceLocation(line: line, column: 1))
        properties.append(Property(name: name, value: value, line: line))
    }

    /// Returns false for what has no meaning here.
    private mutating func translateRegistry(_ property: JavaProperties.Property) throws(SourceError) -> Bool {
        let place = SourceLocation(line: property.line, column: 1)
        var setting = Property(name: property.name, value: property.value, line: property.line)
        switch try PortedProperty.translation(of: property.name, property.value, at: place) {
        case .setting(let key, let value)?: (setting.name, setting.value) = (key, value)
        case .nothing?: return true
        case .harmless?: return false
        case nil: guard ConfigurationKey.named(property.name) != nil else { return false }
        }
        settings.append(setting)
        return true
    }

    // MARK: Logging in

    private mutating func translateLogin(_ file: JavaProperties) throws(SourceError) {
        if let handler = file["sasl.login.callback.handler.class"],
            !handler.value.hasSuffix(".OAuthBearerLoginCallbackHandler")
        {
            throw loginError(
                "\(handler.value) is Java code", handler.line,
                "librdkafka logs in by PLAIN, SCRAM, GSSAPI, and OAUTHBEARER with a token endpoint (OIDC)")
        }
        guard let jaas = file["sasl.jaas.config"] else { return }
        guard let module = LoginModule(jaas.value) else {
            throw loginError(
                "sasl.jaas.config cannot be read", jaas.line,
                "write  org.apache.kafka.common.security.plain.PlainLoginModule required username=\"…\" "
                    + "password=\"…\";")
        }
        switch module.name {
        case "PlainLoginModule", "ScramLoginModule":
            if module.options["tokenauth"] == "true" {
                throw loginError(
                    "delegation tokens are not known to librdkafka", jaas.line, "log in by name and password")
            }
            guard let user = module.options["username"], let password = module.options["password"] else {
                throw loginError(
                    "\(module.name) without username and password", jaas.line,
                    "write both, or set sasl.username and sasl.password below kafka:")
            }
            if file["sasl.mechanism"] == nil, module.name == "PlainLoginModule" {
                try add("sasl.mechanism", "PLAIN", jaas.line)
            }
            try add("sasl.username", user, jaas.line)
            try add("sasl.password", password, jaas.line)
        case "OAuthBearerLoginModule": try translateTokens(file, module, jaas.line)
        case "Krb5LoginModule": try translateKerberos(module, jaas.line)
        case let name where name.contains("="):
            throw loginError(
                "sasl.jaas.config names no login module", jaas.line,
                "write  org.apache.kafka.common.security.plain.PlainLoginModule required username=\"…\" "
                    + "password=\"…\";")
        default:
            throw loginError(
                "the login module \(module.name) is Java code", jaas.line,
                "librdkafka logs in by PLAIN, SCRAM, GSSAPI, and OAUTHBEARER with a token endpoint (OIDC)")
        }
    }

    private mutating func translateTokens(
        _ file: JavaProperties, _ module: LoginModule, _ line: Int
    ) throws(SourceError) {
        let identity = module.options["clientId"] ?? file["sasl.oauthbearer.client.credentials.client.id"]?.value
        let secret =
            module.options["clientSecret"] ?? file["sasl.oauthbearer.client.credentials.client.secret"]?.value
        guard let identity, let secret, let endpoint = file["sasl.oauthbearer.token.endpoint.url"] else {
            throw loginError(
                "OAUTHBEARER without clientId, clientSecret and sasl.oauthbearer.token.endpoint.url", line,
                "librdkafka fetches tokens by OIDC only: give all three")
        }
        try add("sasl.oauthbearer.method", "oidc", line)
        try add("sasl.oauthbearer.client.id", identity, line)
        try add("sasl.oauthbearer.client.secret", secret, line)
        try add("sasl.oauthbearer.token.endpoint.url", endpoint.value, endpoint.line)
        if let scope = module.options["scope"] ?? file["sasl.oauthbearer.scope"]?.value {
            try add("sasl.oauthbearer.scope", scope, line)
        }
        let extensions = module.options.filter { $0.key.hasPrefix("extension_") }.sorted { $0.key < $1.key }
        if !extensions.isEmpty {
            let pairs = extensions.map { "\($0.key.dropFirst("extension_".count))=\($0.value)" }
            try add("sasl.oauthbearer.extensions", pairs.joined(separator: ","), line)
        }
    }

    private mutating func translateKerberos(_ module: LoginModule, _ line: Int) throws(SourceError) {
        if let principal = module.options["principal"] { try add("sasl.kerberos.principal", principal, line) }
        if let keytab = module.options["keyTab"] { try add("sasl.kerberos.keytab", keytab, line) }
        if let service = module.options["serviceName"] { try add("sasl.kerberos.service.name", service, line) }
    }

    private func loginError(_ message: String, _ line: Int, _ hint: String) -> SourceError {
        SourceError(message, at: SourceLocation(line: line, column: 1), hint: hint, code: .untranslatedLogin)
    }

    // MARK: Stores of certificates and keys

    private mutating func translateTrust(_ file: JavaProperties) throws(SourceError) {
        if let certificates = file["ssl.truststore.certificates"] {
            try add("ssl.ca.pem", certificates.value, certificates.line)
        }
        guard let location = file["ssl.truststore.location"] else { return }
        let path = location.value
        switch kind(of: path, declared: file["ssl.truststore.type"]?.value) {
        case .pem: try add("ssl.ca.location", path, location.line)
        case .pkcs12:
            throw storeError(
                "librdkafka reads no PKCS#12 truststore (\(path))", location.line,
                "openssl pkcs12 -in \(ShellWord.quoted(path)) -nokeys -out ca.pem", "ssl.truststore", "ca.pem")
        case .jks:
            throw storeError(
                "librdkafka reads no Java truststore (\(path))", location.line,
                "keytool -importkeystore -srckeystore \(ShellWord.quoted(path)) -destkeystore truststore.p12 "
                    + "-deststoretype PKCS12 && openssl pkcs12 -in truststore.p12 -nokeys -out ca.pem",
                "ssl.truststore", "ca.pem")
        }
    }

    private mutating func translateKeys(_ file: JavaProperties) throws(SourceError) {
        if let chain = file["ssl.keystore.certificate.chain"] {
            try add("ssl.certificate.pem", chain.value, chain.line)
        }
        if let key = file["ssl.keystore.key"] { try add("ssl.key.pem", key.value, key.line) }
        guard let location = file["ssl.keystore.location"] else {
            if let password = file["ssl.key.password"] { try add("ssl.key.password", password.value, password.line) }
            return
        }
        let path = location.value
        switch kind(of: path, declared: file["ssl.keystore.type"]?.value) {
        case .pem:
            try add("ssl.certificate.location", path, location.line)
            try add("ssl.key.location", path, location.line)
            if let password = file["ssl.key.password"] { try add("ssl.key.password", password.value, password.line) }
        case .pkcs12:
            try add("ssl.keystore.location", path, location.line)
            if let password = file["ssl.keystore.password"] {
                try add("ssl.keystore.password", password.value, password.line)
            }
        case .jks:
            throw storeError(
                "librdkafka reads no Java keystore (\(path))", location.line,
                "keytool -importkeystore -srckeystore \(ShellWord.quoted(path)) -destkeystore keystore.p12 "
                    + "-deststoretype PKCS12", "ssl.keystore", "keystore.p12", type: "PKCS12")
        }
    }

    private enum StoreKind {
        case pem, pkcs12, jks
    }

    /// Java's default is JKS, and it reads PKCS#12 under that name: the name of the file tells more.
    private func kind(of path: String, declared: String?) -> StoreKind {
        let name = path.lowercased()
        switch declared?.uppercased() {
        case "PEM": return .pem
        case "PKCS12": return .pkcs12
        case nil where name.hasSuffix(".p12") || name.hasSuffix(".pfx") || name.hasSuffix(".pkcs12"): return .pkcs12
        default: return .jks
        }
    }

    private func storeError(
        _ message: String, _ line: Int, _ command: String, _ property: String, _ file: String, type: String = "PEM"
    ) -> SourceError {
        SourceError(
            message, at: SourceLocation(line: line, column: 1),
            hint: "run  \(command)  and set \(property).location=\(file) and \(property).type=\(type)",
            code: .untranslatedStore)
    }

    // MARK: Names

    /// Read together with others, above.
    private static let handled: Set<String> = [
        "sasl.jaas.config", "sasl.login.callback.handler.class", "sasl.oauthbearer.token.endpoint.url",
        "sasl.oauthbearer.scope", "sasl.oauthbearer.client.credentials.client.id",
        "sasl.oauthbearer.client.credentials.client.secret", "ssl.truststore.location", "ssl.truststore.type",
        "ssl.truststore.password", "ssl.truststore.certificates", "ssl.keystore.location", "ssl.keystore.type",
        "ssl.keystore.password", "ssl.keystore.key", "ssl.keystore.certificate.chain", "ssl.key.password",
    ]

    /// Java's name to librdkafka's.
    private static let renamed = [
        "fetch.max.wait.ms": "fetch.wait.max.ms", "send.buffer.bytes": "socket.send.buffer.bytes",
        "receive.buffer.bytes": "socket.receive.buffer.bytes",
        "socket.connection.setup.timeout.max.ms": "socket.connection.setup.timeout.ms",
    ]

    /// Equal names with another meaning or other values.
    private static let javaOnly: Set<String> = [
        "ssl.cipher.suites", "request.timeout.ms", "retries", "client.dns.lookup",
    ]
}
