// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A property of Kafka Streams or ksqlDB: which key of the configuration means the same, or what to do instead. The one
/// table of them serves SET, the file, and docs/configuration.md.
package struct PortedProperty: Sendable {
    /// What a property and its value say here.
    enum Translation: Equatable {
        case setting(key: String, value: String)
        /// What holds anyway.
        case nothing
        /// It changes no result and is left out, for this reason.
        case harmless(String)
    }

    package enum Meaning: Sendable {
        /// A key of the configuration.
        case key(String)
        /// There is no such thing here; what to do instead.
        case none(instead: String)
        /// There is no such thing here, and no result depends on it: why it can be left out. A program that says it is
        /// warned; the configuration, which is written for Millrace, must not say it.
        case harmless(because: String)
    }

    package let name: String
    package let meaning: Meaning
    /// From its value to the key's, nil for what holds anyway. Throws what it may be.
    private let translate: @Sendable (String) throws(Expected) -> String?

    /// What a value has to be.
    struct Expected: Error {
        var text: String
        var hint: String?
    }

    init(
        _ name: String, key: String,
        translate: @escaping @Sendable (String) throws(Expected) -> String? = { value throws(Expected) in value }
    ) {
        self.name = name
        meaning = .key(key)
        self.translate = translate
    }

    init(_ name: String, instead: String) {
        self.name = name
        meaning = .none(instead: instead)
        translate = { _ throws(Expected) in nil }
    }

    init(_ name: String, harmless reason: String) {
        self.name = name
        meaning = .harmless(because: reason)
        translate = { _ throws(Expected) in nil }
    }

    /// ksqlDB's prefix for what goes to Kafka Streams.
    private static let prefix = "ksql.streams."
    /// Of properties that go to one of the clients.
    private static let clientPrefixes = [
        "consumer.", "main.consumer.", "restore.consumer.", "global.consumer.", "producer.", "admin.",
    ]

    /// The key of the configuration that means the same; nil: there is none.
    static func key(of name: String) -> String? {
        guard case .key(let key)? = all.first(where: { $0.name == name })?.meaning else { return nil }
        return key
    }

    /// What a property says here; nil: it is none of Kafka Streams' or ksqlDB's.
    /// Throws, at `location`, for one that has no meaning here and for a value that it cannot have.
    static func translation(
        of fullName: String, _ value: String, at location: SourceLocation?
    ) throws(SourceError) -> Translation? {
        let name = fullName.hasPrefix(prefix) ? String(fullName.dropFirst(prefix.count)) : fullName
        if let client = clientPrefixes.first(where: name.hasPrefix) {
            if clientTuning.contains(String(name.dropFirst(client.count))) { return .harmless(ofClients) }
            throw SourceError(
                "\(fullName) is a property of a Java client", at: location,
                hint: "write it below kafka: with librdkafka's name, as far as it has one", code: .unknownKey)
        }
        if clientTuning.contains(name) { return .harmless(ofClients) }
        guard let property = all.first(where: { $0.name == name }) else { return nil }
        switch property.meaning {
        case .none(let instead):
            throw SourceError("\(fullName) has no meaning here", at: location, hint: instead, code: .unknownKey)
        case .harmless(let reason): return .harmless(reason)
        case .key(let key):
            do throws(Expected) {
                return try property.translate(value).map { .setting(key: key, value: $0) } ?? .nothing
            } catch {
                throw SourceError("\(name) is \(error.text), not '\(value)'", at: location, hint: error.hint)
            }
        }
    }
}
