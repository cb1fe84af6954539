// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A JSON Schema with the schemas that it refers to. Records are read without it: it says what columns there are.
///
///     {"type":"object","properties":{"id":{"type":"integer"},"name":{"type":["null","string"]}}}
package struct JSONSchema: Hashable, Sendable {
    package let root: JSONValue
    /// Other schemas by the names under which they are referred to.
    let others: [String: JSONValue]

    init(_ root: JSONValue) {
        self.root = root
        others = [:]
    }

    /// - Throws: what is wrong, with its line and column in the text.
    package init(_ schema: RegisteredSchema) throws(SourceError) {
        root = try JSONSchema.parse(schema.text)
        var others: [String: JSONValue] = [:]
        for (name, referenced) in schema.namedReferences {
            do throws(SourceError) {
                others[name] = try JSONSchema.parse(referenced.text)
            } catch {
                throw SourceError("\(name), which it refers to: \(error.message)", at: nil, hint: error.hint)
            }
        }
        self.others = others
    }

    package init(_ text: String) throws(SourceError) {
        try self.init(RegisteredSchema(id: nil, language: .json, text: text))
    }

    private static func parse(_ text: String) throws(SourceError) -> JSONValue {
        let value = try JSONValue(text)
        switch value {
        case .object, .boolean: return value
        default: throw SourceError("a JSON Schema is an object", at: SourceLocation(line: 1, column: 1))
        }
    }

    /// Without white space.
    package var text: String { root.text }

    /// The names of other schemas in its references: `address.json`.
    var referencedNames: [String] {
        var names: [String] = []
        var open = [root]
        while let value = open.popLast() {
            if let reference = value["$ref"]?.string, let name = reference.split(separator: "#").first,
                !reference.hasPrefix("#"), !names.contains(String(name))
            {
                names.append(String(name))
            }
            open += value.elements ?? value.members?.map(\.value) ?? []
        }
        return names
    }

    /// What a `$ref` stands for, and the schema that it is in: `#/definitions/Address`, `address.json`,
    /// `address.json#/definitions/City`, `#` itself.
    func target(_ reference: String, in document: JSONValue) -> (schema: JSONValue, document: JSONValue)? {
        let halves = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = halves.first else { return nil }
        var value = document
        if !name.isEmpty, document["$id"]?.string.map({ $0 != name }) ?? true {
            guard let other = others[String(name)] else { return nil }
            value = other
        }
        let found = value
        guard halves.count == 2 else { return (value, found) }
        for step in halves[1].split(separator: "/") {
            // As JSON pointers write them.
            let name = step.split(separator: "~", omittingEmptySubsequences: false).enumerated().map { index, part in
                index == 0 ? String(part) : (part.first == "1" ? "/" : "~") + part.dropFirst()
            }
            guard let next = value[name.joined()] else { return nil }
            value = next
        }
        return (value, found)
    }
}

extension RegisteredSchema {
    /// The schemas that it refers to, directly and through others, by the names that are used for them.
    package var namedReferences: [(name: String, schema: RegisteredSchema)] {
        var result: [(name: String, schema: RegisteredSchema)] = []
        for reference in references + referenced.flatMap(\.references)
        where !result.contains(where: { $0.name == reference.name }) {
            let found = referenced.first { $0.subject == reference.subject && $0.version == reference.version }
            if let found { result.append((reference.name, found)) }
        }
        return result
    }
}

extension JSONValue {
    /// The last member of this name.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// Of a number without fraction and exponent, also as a text.
    var integer: Int? {
        switch self {
        case .number(let text), .string(let text): Int(text)
        default: nil
        }
    }

    var elements: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }
}
