// SPDX-License-Identifier: Apache-2.0

/// The name under which a registry has the schemas of a topic's keys or values (its TopicNameStrategy, as ksqlDB has
/// it).
package enum SchemaSubject {
    package enum Part: String, Hashable, Sendable {
        case key, value
    }

    package static func name(_ topic: String, _ part: Part) -> String { "\(topic)-\(part.rawValue)" }
}

extension FormatDefinition.Name {
    /// In which language the registry has schemas of it; nil: it has none.
    package var schemaLanguage: RegisteredSchema.Language? {
        switch self {
        case .avro: .avro
        case .jsonSchema: .json
        case .protobuf: .protobuf
        case .json, .delimited, .kafka, .protobufWithoutRegistry, .none: nil
        }
    }
}
