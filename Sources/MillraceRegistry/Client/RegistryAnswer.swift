// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What a registry has answered: a JSON text whose members are asked for one by one.
struct RegistryAnswer {
    private let document: JSONText
    private let element: JSONText.Element

    /// Nil: it is no JSON.
    init?(_ body: [UInt8]) {
        guard let document = JSONText(body, isSearched: true) else { return nil }
        self.document = document
        element = document.root
    }

    private init(_ document: JSONText, _ element: JSONText.Element) {
        self.document = document
        self.element = element
    }

    /// A member of an object; nil: it has none of that name, or null there, or is no object.
    subscript(_ name: String) -> RegistryAnswer? {
        guard let members = document.members(element) else { return nil }
        guard let value = members.last(where: { $0.name.elementsEqual(name.utf8) })?.value,
            value.kind != UInt8(ascii: "n")
        else { return nil }
        return RegistryAnswer(document, value)
    }

    var isObject: Bool { element.kind == UInt8(ascii: "{") }

    /// Of a string; nil for another value, and where its bytes are no text.
    var string: String? {
        guard element.kind == UInt8(ascii: "\"") else { return nil }
        return String(validating: document.text(element), as: UTF8.self)
    }

    /// Of a whole number.
    var integer: Int32? {
        guard element.kind != UInt8(ascii: "\"") else { return nil }
        return Int32(String(decoding: document.text(element), as: UTF8.self))
    }

    var boolean: Bool? { Bool(String(decoding: document.text(element), as: UTF8.self)) }

    /// Of an array.
    var elements: [RegistryAnswer]? {
        document.elements(element)?.map { RegistryAnswer(document, $0) }
    }
}

/// JSON texts for a registry.
enum RegistryBody {
    /// A schema as `POST /subjects/…` takes it. Avro is what is meant where nothing is said, also by old registries.
    static func schema(_ schema: RegisteredSchema) -> [UInt8] {
        func quoted(_ text: String) -> String { JSONString.quoted(text) }
        var text = "{\"schema\":\(quoted(schema.text))"
        if schema.language != .avro { text += ",\"schemaType\":\(quoted(schema.language.rawValue))" }
        if !schema.references.isEmpty {
            let references = schema.references.map {
                "{\"name\":\(quoted($0.name)),\"subject\":\(quoted($0.subject)),\"version\":\($0.version)}"
            }
            text += ",\"references\":[\(references.joined(separator: ","))]"
        }
        return Array((text + "}").utf8)
    }
}
