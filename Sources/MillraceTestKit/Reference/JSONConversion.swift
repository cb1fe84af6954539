// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// From a JSON value to a column's value, by ksqlDB's conversions.
enum JSONConversion {
    /// The member that is spelt as the column, else one whose name in upper case is the column's; of several the last
    /// one. NULL where there is none.
    static func member(
        _ members: [(name: [UInt8], value: JSONTree)], _ name: String, _ type: DataType
    ) throws -> Value {
        func uppercase(_ bytes: [UInt8]) -> [UInt8] { bytes.map { $0 >= 0x61 && $0 <= 0x7A ? $0 - 0x20 : $0 } }
        let wanted = Array(name.utf8)
        let member = members.last { $0.name == wanted } ?? members.last { uppercase($0.name) == wanted }
        guard let member else { return .null }
        return try value(member.value, type)
    }

    static func value(_ tree: JSONTree, _ type: DataType) throws -> Value {
        if case .null = tree { return .null }
        switch type {
        case .boolean:
            guard case .boolean(let value) = tree else { throw BadRecord() }
            return .boolean(value)
        case .varchar:
            var text = tree.text
            if case .string(let own) = tree { text = own }
            guard String(validating: text, as: UTF8.self) != nil else { throw BadRecord() }
            return .varchar(text)
        case .bytes:
            guard case .string(let text) = tree, let bytes = Base64.decode(text) else { throw BadRecord() }
            return .bytes(bytes)
        case .integer, .bigint, .double, .decimal, .date, .time, .timestamp:
            switch tree {
            case .number(let text): return try PrimitiveText.number(text, type)
            case .string(let text): return try PrimitiveText.text(text, type)
            default: throw BadRecord()
            }
        case .array(let element):
            guard case .array(let items) = tree else { throw BadRecord() }
            return .array(try items.map { try value($0, element) })
        case .map(let keyType, let valueType):
            guard case .object(let members) = tree else { throw BadRecord() }
            return .map(try entries(members, keyType, valueType))
        case .structure(let fields):
            guard case .object(let members) = tree else { throw BadRecord() }
            return .structure(try fields.map { try member(members, $0.name, $0.type) })
        }
    }

    private static func entries(
        _ members: [(name: [UInt8], value: JSONTree)], _ keyType: DataType, _ valueType: DataType
    ) throws -> [Value.MapEntry] {
        var result: [Value.MapEntry] = []
        for member in members {
            let key = keyType == .varchar ? .varchar(member.name) : try PrimitiveText.number(member.name, keyType)
            let entry = Value.MapEntry(key: key, value: try value(member.value, valueType))
            if let place = result.firstIndex(where: { $0.key == key }) {
                result[place] = entry
            } else {
                result.append(entry)
            }
        }
        return result
    }
}
