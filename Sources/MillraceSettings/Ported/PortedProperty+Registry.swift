// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// What ksqlDB and the Java clients say of a schema registry: by ksqlDB with `ksql.` before it, in a client's file as
/// it is, or with `schema.registry.` before it.
extension PortedProperty {
    private static let ksql = "ksql.schema.registry."
    private static let own = "schema.registry."

    static let ofRegistry: [PortedProperty] =
        [PortedProperty(ksql + "url", key: own + "url")]
        + both(
            "basic.auth.credentials.source", withBareName: true, key: own + "basic.auth.credentials.source", isOwn: true
        )
        + both("basic.auth.user.info", withBareName: true, key: own + "basic.auth.user.info", isOwn: true)
        + both("bearer.auth.token", withBareName: true, key: own + "bearer.token")
        + both("bearer.auth.credentials.source", withBareName: true, key: own + "bearer.token", translate: tokenSource)
        + both("ssl.truststore.location", key: own + "ssl.ca.location", translate: store)
        + both("ssl.truststore.type", key: own + "ssl.ca.location", translate: storeType)
        + both("ssl.truststore.certificates", key: own + "ssl.ca.pem")
        + both("ssl.keystore.location", key: own + "ssl.certificate.location", translate: store)
        + both("ssl.keystore.type", key: own + "ssl.certificate.location", translate: storeType)
        + both("ssl.keystore.certificate.chain", key: own + "ssl.certificate.pem")
        + both("ssl.keystore.key", key: own + "ssl.key.pem")
        + both("ssl.key.password", key: own + "ssl.key.password", isOwn: true)
        + both(
            "ssl.endpoint.identification.algorithm", key: own + "ssl.endpoint.identification.algorithm", isOwn: true
        ) { value throws(Expected) in
            value.isEmpty ? "none" : value.lowercased()
        }

    /// - Parameters:
    ///   - withBareName: clients say it without anything before it, too.
    ///   - isOwn: with `schema.registry.` before it, it is a key here.
    private static func both(
        _ name: String, withBareName: Bool = false, key: String, isOwn: Bool = false,
        translate: @escaping @Sendable (String) throws(Expected) -> String? = { value throws(Expected) in value }
    ) -> [PortedProperty] {
        let names = (withBareName ? [name] : []) + (isOwn ? [] : [own + name]) + [ksql + name]
        return names.map { PortedProperty($0, key: key, translate: translate) }
    }

    private static let tokenSource: @Sendable (String) throws(Expected) -> String? = { value throws(Expected) in
        guard value.uppercased() == "STATIC_TOKEN" else {
            throw Expected(
                text: "STATIC_TOKEN",
                hint: "fetch a token by other means, and say where it is:  schema.registry.bearer.token: ${file:PATH}")
        }
        return nil
    }

    private static let storeType: @Sendable (String) throws(Expected) -> String? = { value throws(Expected) in
        guard value.uppercased() == "PEM" else {
            throw Expected(text: "PEM", hint: "a Java store has to be converted once: \(conversion("STORE"))")
        }
        return nil
    }

    /// A PEM file; a Java store has to be converted.
    private static let store: @Sendable (String) throws(Expected) -> String? = { value throws(Expected) in
        let isPEM = [".pem", ".crt", ".cer", ".key"].contains { value.lowercased().hasSuffix($0) }
        guard isPEM else {
            throw Expected(
                text: "a PEM file (.pem, .crt, .cer)", hint: "run  \(conversion(ShellWord.quoted(value)))")
        }
        return value
    }

    private static func conversion(_ store: String) -> String {
        "keytool -importkeystore -srckeystore \(store) -destkeystore store.p12 -deststoretype PKCS12 && "
            + "openssl pkcs12 -in store.p12 -nodes -out store.pem  and name store.pem"
    }

    /// Those of a client's file: `schema.registry.url` and what stands beside it.
    static func isOfRegistry(_ name: String) -> Bool {
        name.hasPrefix(own) || ["basic.auth.", "bearer.auth."].contains { name.hasPrefix($0) }
    }

    static let registryProperties: [PortedProperty] =
        ["ssl.truststore.password", "ssl.keystore.password"].flatMap { name in
            [own + name, ksql + name].map {
                PortedProperty($0, harmless: "leave it out: a PEM file has none but its key's, ssl.key.password")
            }
        }
        + ["schema.registry.proxy.host", "schema.registry.proxy.port", "proxy.host", "proxy.port"].map {
            PortedProperty($0, instead: "say schema.registry.proxy: http://HOST:PORT")
        }
        + ["auto.register.schemas", "use.latest.version", "avro.use.logical.type.converters"].map {
            PortedProperty(
                $0, harmless: "leave it out: results are registered before they are written, unless they are there")
        }
        + ["value.subject.name.strategy", "key.subject.name.strategy"].map {
            PortedProperty($0, instead: "subjects are TOPIC-key and TOPIC-value; others: WITH (VALUE_SCHEMA_ID = n)")
        }
}
