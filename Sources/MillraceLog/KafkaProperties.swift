// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The user's client properties, in the order given. Where they are set they are checked one by one: none that the
/// engine decides itself is among them, nor one that would let a configuration file run code.
package struct KafkaProperties: Hashable, Sendable {
    package struct Property: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var properties: [Property] = []

    package init() {}

    /// Stores a property that has been checked; of equal names the last wins.
    package mutating func store(_ property: Property) {
        properties.removeAll { $0.name == property.name }
        properties.append(property)
    }

    package subscript(name: String) -> String? {
        properties.last { $0.name == name }?.value
    }

    /// Whether the identity of the brokers goes unchecked over TLS.
    package var skipsVerification: Bool {
        skipsCertificates || self["ssl.endpoint.identification.algorithm"] == "none"
    }

    /// Whether the brokers' certificates are taken as they come.
    package var skipsCertificates: Bool {
        // As librdkafka reads it.
        ["false", "f", "0"].contains(self["enable.ssl.certificate.verification"]?.lowercased())
    }

    /// Values that nobody is to see.
    package var secrets: [String] { properties.filter { SecretMask.isSecret($0.name) }.map(\.value) }

    /// Whether log-ins go by SCRAM.
    package var usesScram: Bool {
        (self["sasl.mechanism"] ?? self["sasl.mechanisms"] ?? "").hasPrefix("SCRAM")
    }
}
