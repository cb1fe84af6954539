// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// CAST between SQL types, by ksqlDB's rules; only where ksqlDB would let a number wrap around, saturate or repair a
/// day that does not exist does the cast fail here.
package enum ValueCast {
    /// Whether there is a cast between the types at all.
    package static func canCast(from: DataType, to: DataType) -> Bool {
        if from == to { return true }
        switch (from, to) {
        case (_, .varchar): return hasText(from)
        case (_, _) where from.isNumeric && to.isNumeric: return true
        case (.varchar, .boolean), (.varchar, .date), (.varchar, .time), (.varchar, .timestamp): return true
        case (.varchar, _): return to.isNumeric
        case (.timestamp, .date), (.timestamp, .time), (.date, .timestamp): return true
        case (.array(let from), .array(let to)): return canCast(from: from, to: to)
        case (.map(let fromKey, let fromValue), .map(let toKey, let toValue)):
            return canCast(from: fromKey, to: toKey) && canCast(from: fromValue, to: toValue)
        case (.structure(let fromFields), .structure(let toFields)):
            return toFields.allSatisfy { toField in
                guard let fromField = fromFields.first(where: { $0.name == toField.name }) else { return true }
                return canCast(from: fromField.type, to: toField.type)
            }
        default: return false
        }
    }

    private static func hasText(_ type: DataType) -> Bool {
        switch type {
        case .bytes: false
        case .array(let element): hasText(element)
        case .map(let key, let value): hasText(key) && hasText(value)
        case .structure(let fields): fields.allSatisfy { hasText($0.type) }
        default: true
        }
    }

    /// `value`, of the type `from`, as a value of the type `to`. NULL stays NULL. Fails with `badCast` where a text is
    /// not of the type or the types have no cast, with `overflow` where a number does not fit.
    package static func cast(_ value: Value, from: DataType, to: DataType) throws(EvaluationFailure) -> Value {
        if value.isNull || from == to { return value }
        switch to {
        case .varchar:
            guard hasText(from) else { throw .badCast }
            var bytes: [UInt8] = []
            appendText(of: value, from, to: &bytes)
            return .varchar(bytes)
        case .integer:
            guard let narrow = Int32(exactly: try integer(value)) else { throw .overflow }
            return .integer(narrow)
        case .bigint: return .bigint(try integer(value))
        case .double: return .double(try double(value))
        case .decimal(let precision, let scale):
            return .decimal(try decimal(value, precision: precision, scale: scale))
        case .boolean:
            guard case .varchar(let bytes) = value else { throw .badCast }
            return .boolean(boolean(bytes))
        case .date, .time, .timestamp: return try moment(value, to)
        case .array, .map, .structure: return try nested(value, from, to)
        case .bytes: throw .badCast
        }
    }

    // MARK: To numbers

    /// The integer part; texts must be integers.
    private static func integer(_ value: Value) throws(EvaluationFailure) -> Int64 {
        switch value {
        case .integer(let value): return Int64(value)
        case .bigint(let value): return value
        case .double(let value):
            guard let integer = Int64(exactly: value.rounded(.towardZero)) else { throw .overflow }
            return integer
        case .decimal(let value):
            guard value.scale >= 0, value.scale <= 38 else { throw .overflow }
            guard let integer = Int64(exactly: value.unscaled / Decimal128.powersOfTen[value.scale]) else {
                throw .overflow
            }
            return integer
        case .varchar(let bytes):
            let parsed = trimmed(bytes).withUnsafeBytes { text -> Result<Int64, EvaluationFailure> in
                if let integer = NumberText.integer(text) { return .success(integer) }
                let isDigits = text.dropFirst().allSatisfy { $0 &- UInt8(ascii: "0") <= 9 }
                let isInteger = isDigits && NumberText.double(text) != nil
                return .failure(isInteger ? .overflow : .badCast)
            }
            return try parsed.get()
        default: throw .badCast
        }
    }

    private static func double(_ value: Value) throws(EvaluationFailure) -> Double {
        switch value {
        case .integer(let value): return Double(value)
        case .bigint(let value): return Double(value)
        case .double(let value): return value
        case .decimal(let value):
            // Through the text, because it rounds once; a division of two doubles would round twice.
            let parsed = Array(value.text.utf8).withUnsafeBytes { NumberText.double($0) }
            guard let parsed else { throw .badCast }
            return parsed == 0 ? 0 : parsed
        case .varchar(let bytes):
            let text = trimmed(bytes)
            if let special = special(text) { return special }
            guard let parsed = text.withUnsafeBytes({ NumberText.double($0) }) else { throw .badCast }
            return parsed == 0 ? 0 : parsed
        default: throw .badCast
        }
    }

    /// NaN and Infinity are not numbers in ASCII notation, yet texts of doubles.
    private static func special(_ text: [UInt8]) -> Double? {
        guard let last = text.last, last | 0x20 == UInt8(ascii: "n") || last | 0x20 == UInt8(ascii: "y") else {
            return nil
        }
        switch String(decoding: text, as: UTF8.self).lowercased() {
        case "nan", "+nan", "-nan": return .nan
        case "infinity", "+infinity": return .infinity
        case "-infinity": return -.infinity
        default: return nil
        }
    }

    private static func decimal(_ value: Value, precision: Int, scale: Int) throws(EvaluationFailure) -> Decimal128 {
        var exact: Decimal128?
        switch value {
        case .integer(let value): exact = Decimal128(unscaled: Int128(value), scale: 0)
        case .bigint(let value): exact = Decimal128(unscaled: Int128(value), scale: 0)
        case .decimal(let value): exact = value
        case .double, .varchar:
            var text: [UInt8] = []
            var failure = EvaluationFailure.overflow
            if case .varchar(let bytes) = value {
                text = trimmed(bytes)
                failure = text.withUnsafeBytes { NumberText.double($0) } == nil ? .badCast : .overflow
            }
            // As in Java, the digits of a DOUBLE are those of its text.
            if case .double(let value) = value { DoubleText.append(value, to: &text) }
            let parsed = text.withUnsafeBytes { NumberText.decimal($0, precision: precision, scale: scale) }
            guard let parsed else { throw failure }
            return parsed
        default: throw .badCast
        }
        guard let result = exact?.rescaled(to: scale, precision: precision) else { throw .overflow }
        return result
    }

    // MARK: To BOOLEAN and times

    /// `true` and `yes`, also cut short and in any case, are true; everything else is false.
    private static func boolean(_ bytes: [UInt8]) -> Bool {
        let text = trimmed(bytes).map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        return !text.isEmpty && ("true".utf8.starts(with: text) || "yes".utf8.starts(with: text))
    }

    private static func moment(_ value: Value, _ to: DataType) throws(EvaluationFailure) -> Value {
        var result: Value?
        switch (value, to) {
        case (.varchar(let bytes), .date):
            result = trimmed(bytes).withUnsafeBytes { TimeText.date($0) }.map { .date($0) }
        case (.varchar(let bytes), .time):
            result = trimmed(bytes).withUnsafeBytes { TimeText.time($0) }.map { .time($0) }
        case (.varchar(let bytes), .timestamp):
            result = trimmed(bytes).withUnsafeBytes { TimeText.timestamp($0) }.map { .timestamp($0) }
        case (.timestamp(let timestamp), .date):
            guard let days = Int32(exactly: CivilDate.split(timestamp).days) else { throw .overflow }
            return .date(days)
        case (.timestamp(let timestamp), .time):
            return .time(Int32(truncatingIfNeeded: CivilDate.split(timestamp).milliseconds))
        case (.date(let days), .timestamp):
            result = CivilDate.timestamp(days: Int64(days), milliseconds: 0).map { .timestamp($0) }
        default: break
        }
        guard let result else { throw .badCast }
        return result
    }

    // MARK: Element by element

    private static func nested(_ value: Value, _ from: DataType, _ to: DataType) throws(EvaluationFailure) -> Value {
        switch (value, from, to) {
        case (.array(let elements), .array(let from), .array(let to)):
            var result: [Value] = []
            result.reserveCapacity(elements.count)
            for element in elements { result.append(try cast(element, from: from, to: to)) }
            return .array(result)
        case (.map(let entries), .map(let fromKey, let fromValue), .map(let toKey, let toValue)):
            var result: [Value.MapEntry] = []
            result.reserveCapacity(entries.count)
            for entry in entries {
                let key = try cast(entry.key, from: fromKey, to: toKey)
                result.append(Value.MapEntry(key: key, value: try cast(entry.value, from: fromValue, to: toValue)))
            }
            return .map(Value.lastOfEqualKeys(result))
        case (.structure(let values), .structure(let fromFields), .structure(let toFields)):
            var result: [Value] = []
            for field in toFields {
                guard let index = fromFields.firstIndex(where: { $0.name == field.name }), index < values.count else {
                    result.append(.null)
                    continue
                }
                result.append(try cast(values[index], from: fromFields[index].type, to: field.type))
            }
            return .structure(result)
        default: throw .badCast
        }
    }

    // MARK: To VARCHAR

    /// Appends the text of a value, as CAST to VARCHAR gives it; BYTES as base64 (CAST refuses them).
    static func appendText(of value: Value, _ type: DataType, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .boolean(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): NumberText.append(Int64(value), to: &bytes)
        case .bigint(let value): NumberText.append(value, to: &bytes)
        case .double(let value): DoubleText.append(value, to: &bytes)
        case .decimal(let value): bytes.append(contentsOf: value.text.utf8)
        case .varchar(let text): bytes.append(contentsOf: text)
        case .bytes(let data): data.withUnsafeBytes { Base64.append($0, to: &bytes) }
        case .date(let days): TimeText.appendDate(Int64(days), to: &bytes)
        case .time(let milliseconds): TimeText.appendTime(milliseconds, to: &bytes)
        case .timestamp(let timestamp): TimeText.appendTimestamp(timestamp, to: &bytes)
        case .array, .map, .structure: appendNested(value, type, &bytes)
        }
    }

    /// As Java and Kafka Connect print them: `[1, 2]`, `{a=1, b=2}`, `Struct{A=1,B=2}` without NULL fields.
    private static func appendNested(_ value: Value, _ type: DataType, _ bytes: inout [UInt8]) {
        var isFirst = true
        func separate(_ text: String) {
            if !isFirst { bytes.append(contentsOf: text.utf8) }
            isFirst = false
        }
        switch (value, type) {
        case (.array(let elements), .array(let elementType)):
            bytes.append(UInt8(ascii: "["))
            for element in elements {
                separate(", ")
                appendText(of: element, elementType, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case (.map(let entries), .map(let keyType, let valueType)):
            bytes.append(UInt8(ascii: "{"))
            for entry in entries {
                separate(", ")
                appendText(of: entry.key, keyType, to: &bytes)
                bytes.append(UInt8(ascii: "="))
                appendText(of: entry.value, valueType, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        case (.structure(let values), .structure(let fields)):
            bytes.append(contentsOf: "Struct{".utf8)
            for (field, value) in zip(fields, values) where !value.isNull {
                separate(",")
                bytes.append(contentsOf: field.name.utf8)
                bytes.append(UInt8(ascii: "="))
                appendText(of: value, field.type, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        default: break
        }
    }

    /// Without the bytes up to blank at both ends, as Java's `trim` has it.
    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        guard let first = bytes.first, let last = bytes.last, first <= 0x20 || last <= 0x20 else { return bytes }
        let tail = bytes.drop { $0 <= 0x20 }
        guard let end = tail.lastIndex(where: { $0 > 0x20 }) else { return [] }
        return Array(tail[...end])
    }
}

extension Value {
    /// One entry a key: at the place of the first entry with that key, with the value of the last.
    static func lastOfEqualKeys(_ entries: [MapEntry]) -> [MapEntry] {
        var places: [Value: Int] = [:]
        var result: [MapEntry] = []
        for entry in entries {
            if let place = places[entry.key] {
                result[place].value = entry.value
            } else {
                places[entry.key] = result.count
                result.append(entry)
            }
        }
        return result
    }
}
