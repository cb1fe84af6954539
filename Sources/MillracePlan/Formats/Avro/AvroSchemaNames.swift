// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Which names a schema's text defines, and which it takes from elsewhere.
package struct AvroSchemaNames {
    /// The full name of the type that the text is; nil: it has none.
    package private(set) var root: String?
    /// Names that are nowhere defined, in the order of the text, each with the full names that it may stand for.
    package private(set) var missing: [[String]] = []

    private var defined: Set<String> = []
    private var used: [[String]] = []

    /// - Throws: where the text is no JSON.
    package init(_ text: String) throws(SourceError) {
        let node = try SchemaText.parse(text)
        walk(node, in: "")
        if let kind = node["type"]?.string, AvroSchemaNames.named.contains(kind) { root = name(node, in: "").full }
        for names in used where !names.contains(where: defined.contains) && !missing.contains(names) {
            missing.append(names)
        }
    }

    private static let named: Set = ["record", "error", "enum", "fixed"]
    private static let primitive: Set = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]

    private mutating func walk(_ node: SchemaText.Node, in namespace: String) {
        switch node.content {
        case .string(let name): use(name, in: namespace)
        case .array(let branches): for branch in branches { walk(branch, in: namespace) }
        case .object: walkObject(node, in: namespace)
        case .null, .boolean, .number: break
        }
    }

    private mutating func walkObject(_ node: SchemaText.Node, in namespace: String) {
        guard let type = node["type"] else { return }
        guard let kind = type.string else { return walk(type, in: namespace) }
        switch kind {
        case "record", "error", "enum", "fixed":
            let name = name(node, in: namespace)
            defined.insert(name.full)
            for field in node["fields"]?.elements ?? [] {
                if let type = field["type"] { walk(type, in: name.namespace) }
            }
        case "array": if let items = node["items"] { walk(items, in: namespace) }
        case "map": if let values = node["values"] { walk(values, in: namespace) }
        default: use(kind, in: namespace)
        }
    }

    private mutating func use(_ name: String, in namespace: String) {
        guard !AvroSchemaNames.primitive.contains(name) else { return }
        // As the parser finds it: in its namespace, or without one.
        used.append(name.contains(".") || namespace.isEmpty ? [name] : ["\(namespace).\(name)", name])
    }

    private func name(_ node: SchemaText.Node, in namespace: String) -> AvroName {
        let text = node["name"]?.string ?? ""
        var name = AvroName(full: text)
        if name.namespace.isEmpty, !text.hasPrefix(".") { name.namespace = node["namespace"]?.string ?? namespace }
        return name
    }
}
