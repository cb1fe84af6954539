// SPDX-License-Identifier: Apache-2.0

/// A schema as a registry, or a directory of files, has it.
package struct RegisteredSchema: Hashable, Sendable {
    /// The language that a schema is written in, as the registry calls it.
    package enum Language: String, Hashable, Sendable, CaseIterable {
        case avro = "AVRO"
        case json = "JSON"
        case protobuf = "PROTOBUF"

        /// Of files with schemas.
        package var fileExtension: String {
            switch self {
            case .avro: "avsc"
            case .json: "json"
            case .protobuf: "proto"
            }
        }
    }

    /// Another schema that this one takes names from.
    package struct Reference: Hashable, Sendable {
        /// What this schema calls it: a full name (Avro), a path (Protobuf), a URL (JSON Schema).
        package var name: String
        package var subject: String
        package var version: Int32

        package init(name: String, subject: String, version: Int32) {
            self.name = name
            self.subject = subject
            self.version = version
        }
    }

    /// The number that records begin with; nil: it is no registry's (a file).
    package var id: Int32?
    /// Under which name it was asked for; nil: by its id.
    package var subject: String?
    /// Which one of the subject's it is.
    package var version: Int32?
    package var language: Language
    package var text: String
    package var references: [Reference]
    /// The schemas that `references` name, and those that these name in turn: each once, behind those that it needs.
    package var referenced: [RegisteredSchema]

    package init(
        id: Int32?, subject: String? = nil, version: Int32? = nil, language: Language = .avro, text: String,
        references: [Reference] = [], referenced: [RegisteredSchema] = []
    ) {
        self.id = id
        self.subject = subject
        self.version = version
        self.language = language
        self.text = text
        self.references = references
        self.referenced = referenced
    }

    /// What people call it: `orders-value, version 3`, `schema 7`, or the subject alone.
    package var title: String {
        guard let subject else { return id.map { "schema \($0)" } ?? "a schema" }
        return version.map { "\(subject), version \($0)" } ?? subject
    }
}
