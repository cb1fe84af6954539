// SPDX-License-Identifier: Apache-2.0
package import MillracePlan

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Schemas in files of one directory, each under the name of its subject: `orders-value.avsc`, `.json` or `.proto`.
/// What they refer to lies there, too, under the names that they use: `address.json`, `shop/address.proto`.
package struct SchemaFiles: Sendable {
    package let directory: String

    /// Files that one schema may refer to, directly and through others.
    private static let mostReferences = 500

    package init(_ directory: String) { self.directory = directory }

    /// The file of a subject in a language.
    package func path(_ subject: String, _ language: RegisteredSchema.Language = .avro) -> String {
        "\(directory)/\(subject).\(language.fileExtension)"
    }

    /// The files of a subject that would do, as the end of a sentence.
    package func paths(_ subject: String) -> String { "\(path(subject)), .json or .proto" }

    /// Nil: there is no file of this subject.
    package func schema(_ subject: String) throws(FileError) -> RegisteredSchema? {
        // A topic's name has no slashes, so that the path leads nowhere else.
        guard !subject.contains("/") else { return nil }
        let found = RegisteredSchema.Language.allCases.filter { access(path(subject, $0), F_OK) == 0 }
        guard let language = found.first else { return nil }
        guard found.count == 1 else {
            throw FileError(
                path: path(subject, language),
                reason: "\(path(subject, found[1])) is there, too, and one subject has one schema")
        }
        let text = try TextFile.read(path(subject, language))
        var schema = RegisteredSchema(id: nil, subject: subject, language: language, text: text)
        var under: Set<String> = []
        schema.references = try references(text, language, &schema.referenced, &under)
        return schema
    }

    /// What a text refers to; what is found comes behind what it refers to itself. What is not there is left to whoever
    /// understands the text: it may be known anyway, or its own part.
    private func references(
        _ text: String, _ language: RegisteredSchema.Language, _ found: inout [RegisteredSchema],
        _ under: inout Set<String>
    ) throws(FileError) -> [RegisteredSchema.Reference] {
        var result: [RegisteredSchema.Reference] = []
        for name in ParsedSchema.names(in: text, language) {
            let path = "\(directory)/\(name)"
            // Nothing outside of the directory is read.
            guard !name.hasPrefix("/"), !name.split(separator: "/").contains(".."), access(path, F_OK) == 0 else {
                continue
            }
            result.append(RegisteredSchema.Reference(name: name, subject: name, version: 1))
            guard under.insert(name).inserted else { continue }
            guard under.count <= SchemaFiles.mostReferences else {
                throw FileError(path: path, reason: "more than \(SchemaFiles.mostReferences) files refer to each other")
            }
            let text = try TextFile.read(path)
            var schema = RegisteredSchema(id: nil, subject: name, version: 1, language: language, text: text)
            schema.references = try references(text, language, &found, &under)
            found.append(schema)
        }
        return result
    }
}
