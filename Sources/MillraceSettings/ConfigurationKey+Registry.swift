// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension ConfigurationKey {
    /// Where schemas come from.
    static let registry: [ConfigurationKey] = [
        ConfigurationKey(
            "schema.registry.url",
            "URLs of a [schema registry](how-to-schema-registry.md), with commas between them: "
                + "they are tried in turn", option: "--schema-registry",
            read: { reader, entry throws(SourceError) in try reader.readRegistryAddresses(entry) }),
        ConfigurationKey(
            "schemas",
            "the path of a directory with schemas (`TOPIC-value.avsc`, `.json` or `.proto`), which are taken before "
                + "the registry's",
            option: "--schemas",
            read: { reader, entry throws(SourceError) in try reader.readPath(entry, to: \.schemaDirectory) }),
        ConfigurationKey(
            "schema.registry.basic.auth.user.info", "`NAME:PASSWORD`",
            read: { reader, entry throws(SourceError) in try reader.readRegistryLogin(entry) }),
        ConfigurationKey(
            "schema.registry.basic.auth.credentials.source",
            "`URL`, `USER_INFO` (both: what is said there), or `SASL_INHERIT`: the brokers' `sasl.username` and "
                + "`sasl.password`", standard: "URL or USER_INFO",
            read: { reader, entry throws(SourceError) in
                try reader.readChoice(entry, to: \.registry.credentialsSource)
            }),
        ConfigurationKey(
            "schema.registry.bearer.token", "a token, in place of a name and a password",
            read: { reader, entry throws(SourceError) in try reader.readRegistryText(entry, to: \.token) }),
        ConfigurationKey(
            "schema.registry.ssl.ca.location", "the path of a file (PEM) with the CAs that may issue its certificate",
            standard: "those that this machine trusts",
            read: { reader, entry throws(SourceError) in try reader.readPath(entry, to: \.registry.authorityFile) }),
        ConfigurationKey(
            "schema.registry.ssl.ca.pem", "the same as a text",
            read: { reader, entry throws(SourceError) in try reader.readRegistryText(entry, to: \.authorityText) }),
        ConfigurationKey(
            "schema.registry.ssl.certificate.location",
            "the path of a file (PEM) with this client's certificate and its chain",
            read: { reader, entry throws(SourceError) in try reader.readPath(entry, to: \.registry.certificateFile) }),
        ConfigurationKey(
            "schema.registry.ssl.certificate.pem", "the same as a text",
            read: { reader, entry throws(SourceError) in try reader.readRegistryText(entry, to: \.certificateText) }),
        ConfigurationKey(
            "schema.registry.ssl.key.location", "the path of a file (PEM) with its key",
            standard: "the certificate's file",
            read: { reader, entry throws(SourceError) in try reader.readPath(entry, to: \.registry.keyFile) }),
        ConfigurationKey(
            "schema.registry.ssl.key.pem", "the same as a text",
            read: { reader, entry throws(SourceError) in try reader.readRegistryText(entry, to: \.keyText) }),
        ConfigurationKey(
            "schema.registry.ssl.key.password", "the key's password",
            read: { reader, entry throws(SourceError) in try reader.readRegistryText(entry, to: \.keyPassword) }),
        ConfigurationKey(
            "schema.registry.ssl.endpoint.identification.algorithm",
            "`https`: the certificate has to be for the host; `none`: it may be another's", standard: "https",
            read: { reader, entry throws(SourceError) in
                try reader.readChoice(entry, to: \.registry.identification)
            }),
        ConfigurationKey(
            "schema.registry.proxy", "a proxy's URL", standard: "what `https_proxy` and `no_proxy` say",
            read: { reader, entry throws(SourceError) in try reader.readRegistryProxy(entry) }),
        ConfigurationKey(
            "schema.registry.connect.timeout", "a duration: how long a connection may take", standard: "5s",
            read: { reader, entry throws(SourceError) in try reader.readRegistryTime(entry, to: \.connectTimeout) }),
        ConfigurationKey(
            "schema.registry.timeout", "a duration: how long a request may take", standard: "30s",
            read: { reader, entry throws(SourceError) in try reader.readRegistryTime(entry, to: \.requestTimeout) }),
        ConfigurationKey(
            "schema.registry.retries", "0 to 100: how often all addresses are tried again", standard: "3",
            read: { reader, entry throws(SourceError) in try reader.readRegistryRetries(entry) }),
    ]
}
