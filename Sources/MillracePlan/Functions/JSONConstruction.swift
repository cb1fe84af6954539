// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Functions that search and make JSON texts.
enum JSONConstruction {
    static let all: [ScalarFunction] = [
        ScalarFunction(
            "JSON_ARRAY_CONTAINS", usage: "JSON_ARRAY_CONTAINS(json, value)",
            summary: "Whether a JSON array has the value; false for other texts.", nullOnNull: false,
            resolve: { arguments in
                guard arguments.count == 2, (arguments[0] ?? .varchar) == .varchar else { return nil }
                switch arguments[1] ?? .varchar {
                case .boolean, .integer, .bigint, .double, .decimal, .varchar:
                    return .init([.varchar, arguments[1] ?? .varchar], .boolean)
                default: return nil
                }
            },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if arguments[0].isNull { return .boolean(false) }
                let json = JSONText(try arguments[0].asBytes())
                guard let json, let elements = json.elements(json.root) else { return .boolean(false) }
                return .boolean(elements.contains { isSame($0, arguments[1], json) })
            }),
        ScalarFunction(
            "JSON_CONCAT", usage: "JSON_CONCAT(json, …)",
            summary: "Objects as one with the names of all, the last value of each; other values as one array. "
                + "NULL where one is no JSON.",
            resolve: { arguments in
                guard !arguments.isEmpty, arguments.allSatisfy({ ($0 ?? .varchar) == .varchar }) else { return nil }
                return .init(arguments.map { _ in .varchar }, .varchar)
            },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                var texts: [JSONText] = []
                for argument in arguments {
                    guard let text = JSONText(try argument.asBytes()) else { return .null }
                    texts.append(text)
                }
                return .varchar(concatenated(texts))
            }),
        ScalarFunction(
            "JSON_ITEMS", usage: "JSON_ITEMS(json)",
            summary: "The JSON values of a JSON array. NULL for other texts.",
            resolve: FunctionOverloads.of([.varchar], giving: .array(.varchar)),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let json = JSONText(try arguments[0].asBytes())
                guard let json, let elements = json.elements(json.root) else { return .null }
                guard elements.count <= CollectionFunctions.maximumCount else { throw .overflow }
                return .array(elements.map { .varchar(json.compact($0)) })
            }),
        ScalarFunction(
            "TO_JSON_STRING", usage: "TO_JSON_STRING(value)",
            summary: "The value as a JSON text: dates and times as texts, BYTES in Base64, NULL as null.",
            nullOnNull: false,
            resolve: { $0.count == 1 ? .init([$0[0] ?? .varchar], .varchar) : nil },
            prepare: { types in
                { arguments, _ throws(EvaluationFailure) in
                    var text: [UInt8] = []
                    try append(arguments[0], types.first, to: &text)
                    return .varchar(text)
                }
            }),
    ]

    private static func isSame(_ element: JSONText.Element, _ value: Value, _ json: JSONText) -> Bool {
        switch (element.kind, value) {
        case (UInt8(ascii: "n"), .null): return true
        case (UInt8(ascii: "t"), .boolean(let flag)): return flag
        case (UInt8(ascii: "f"), .boolean(let flag)): return !flag
        case (UInt8(ascii: "\""), .varchar(let text)): return json.text(element) == text
        case (UInt8(ascii: "-"), _), (UInt8(ascii: "0")...UInt8(ascii: "9"), _):
            return Array(json.bytes[element.range]).withUnsafeBytes { isSame($0, value) }
        default: return false
        }
    }

    /// A number in JSON and one of SQL.
    private static func isSame(_ text: UnsafeRawBufferPointer, _ value: Value) -> Bool {
        let decimal: Decimal128
        switch value {
        case .integer(let number): decimal = Decimal128(unscaled: Int128(number), scale: 0)
        case .bigint(let number): decimal = Decimal128(unscaled: Int128(number), scale: 0)
        case .decimal(let number): decimal = number
        case .double(let number): return NumberText.double(text) == number
        default: return false
        }
        // What was rounded on the way shows in the DOUBLE.
        return NumberText.decimal(text, precision: 38, scale: decimal.scale)?.unscaled == decimal.unscaled
            && NumberText.double(text) == Array(decimal.text.utf8).withUnsafeBytes { NumberText.double($0) }
    }

    private static func concatenated(_ texts: [JSONText]) -> [UInt8] {
        let objects = texts.compactMap { json in json.members(json.root).map { (json, $0) } }
        var parts: [[UInt8]] = []
        guard objects.count == texts.count else {
            for json in texts {
                parts += (json.elements(json.root) ?? [json.root]).map { json.compact($0) }
            }
            return joined(parts, "[", "]")
        }
        var places: [[UInt8]: Int] = [:]
        for (json, members) in objects {
            for member in members {
                var part: [UInt8] = []
                append(quoted: member.name, to: &part)
                part += [UInt8(ascii: ":")] + json.compact(member.value)
                if let place = places[member.name] {
                    parts[place] = part
                } else {
                    places[member.name] = parts.count
                    parts.append(part)
                }
            }
        }
        return joined(parts, "{", "}")
    }

    private static func joined(_ parts: [[UInt8]], _ open: Unicode.Scalar, _ close: Unicode.Scalar) -> [UInt8] {
        [UInt8(ascii: open)] + Array(parts.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: close)]
    }

    // MARK: Writing

    private static func append(
        _ value: Value, _ type: DataType?, to text: inout [UInt8]
    ) throws(EvaluationFailure) {
        guard text.count <= ValueLimit.bytes else { throw .overflow }
        switch value {
        case .null: text += Array("null".utf8)
        case .double(let number) where !number.isFinite: text += Array("null".utf8)
        case .boolean, .integer, .bigint, .decimal, .double: text += plain(value)
        case .varchar(let bytes): append(quoted: bytes, to: &text)
        case .bytes, .date, .timestamp: append(quoted: plain(value), to: &text)
        case .time:
            var time = plain(value)
            // As Java shows it, 13:25 has no seconds.
            if time.count == 8, time.suffix(3) == Array(":00".utf8)[...] { time.removeLast(3) }
            append(quoted: time, to: &text)
        case .array(let items):
            var element: DataType?
            if case .array(let type)? = type { element = type }
            text.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                try append(item, element, to: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .map(let entries):
            var item: DataType?
            if case .map(_, let type)? = type { item = type }
            try appendObject(entries.map { (plain($0.key), $0.value, item) }, to: &text)
        case .structure(let values):
            guard case .structure(let fields)? = type, fields.count == values.count else { throw .badArgument }
            try appendObject(zip(fields, values).map { (Array($0.name.utf8), $1, $0.type) }, to: &text)
        }
    }

    private static func appendObject(
        _ members: [(name: [UInt8], value: Value, type: DataType?)], to text: inout [UInt8]
    ) throws(EvaluationFailure) {
        text.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            append(quoted: member.name, to: &text)
            text.append(UInt8(ascii: ":"))
            try append(member.value, member.type, to: &text)
        }
        text.append(UInt8(ascii: "}"))
    }

    /// A value that is not nested, as CAST writes it.
    private static func plain(_ value: Value) -> [UInt8] {
        var text: [UInt8] = []
        ValueCast.appendText(of: value, .varchar, to: &text)
        return text
    }

    private static func append(quoted bytes: [UInt8], to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case 8: text += Array("\\b".utf8)
            case 9: text += Array("\\t".utf8)
            case 10: text += Array("\\n".utf8)
            case 12: text += Array("\\f".utf8)
            case 13: text += Array("\\r".utf8)
            case 0..<32:
                text += Array("\\u00".utf8) + MD5.hexadecimal([byte])
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
