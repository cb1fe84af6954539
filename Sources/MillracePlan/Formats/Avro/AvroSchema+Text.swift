// SPDX-License-Identifier: Apache-2.0

extension AvroSchema {
    /// The schema as JSON: attributes in one order, no white space, no docs, each named type where it is first used.
    package var text: String {
        var written: Set<Int> = []
        return json(root, &written).text
    }

    private func json(_ index: Int, _ written: inout Set<Int>) -> JSONValue {
        let type = types[index]
        if let name = type.name, !written.insert(index).inserted { return .string(name.full) }
        var members = [JSONValue.Member("type", .string(type.kindName))]
        if let name = type.name {
            members.append(JSONValue.Member("name", .string(name.simple)))
            members.append(JSONValue.Member("namespace", .string(name.namespace)))
            if !type.aliases.isEmpty { members.append(AvroSchema.aliases(type.aliases)) }
        }
        switch type.kind {
        case .null, .boolean, .int, .long, .float, .double, .bytes, .string: break
        case .fixed(let size): members.append(JSONValue.Member("size", .number("\(size)")))
        case .enumeration(let symbols, let fallback):
            members.append(JSONValue.Member("symbols", .array(symbols.map { .string($0) })))
            if let fallback { members.append(JSONValue.Member("default", .string(fallback))) }
        case .array(let items): members.append(JSONValue.Member("items", json(items, &written)))
        case .map(let values): members.append(JSONValue.Member("values", json(values, &written)))
        case .union(let branches):
            var values: [JSONValue] = []
            for branch in branches { values.append(json(branch, &written)) }
            return .array(values)
        case .record(let fields):
            var values: [JSONValue] = []
            for field in fields { values.append(json(field, &written)) }
            members.append(JSONValue.Member("fields", .array(values)))
        }
        if let logical = type.logicalType {
            members.append(JSONValue.Member("logicalType", .string(logical.name)))
            if case .decimal(let precision, let scale) = logical {
                members.append(JSONValue.Member("precision", .number("\(precision)")))
                members.append(JSONValue.Member("scale", .number("\(scale)")))
            }
        }
        if type.isMapEntry { members.append(JSONValue.Member("connect.internal.type", .string("MapEntry"))) }
        return members.count == 1 ? members[0].value : .object(members)
    }

    private func json(_ field: AvroField, _ written: inout Set<Int>) -> JSONValue {
        var members = [
            JSONValue.Member("name", .string(field.name)), JSONValue.Member("type", json(field.type, &written)),
        ]
        if let fallback = field.fallback { members.append(JSONValue.Member("default", fallback)) }
        if !field.aliases.isEmpty { members.append(AvroSchema.aliases(field.aliases)) }
        return .object(members)
    }

    private static func aliases(_ names: [String]) -> JSONValue.Member {
        JSONValue.Member("aliases", .array(names.map { .string($0) }))
    }
}
