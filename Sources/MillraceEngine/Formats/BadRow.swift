// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// One record that could not be decoded.
package struct BadRow: Hashable, Sendable {
    /// Row of the batch.
    package var row: Int
    package var reason: BadReason
    /// The column, with its type: `AMOUNT DOUBLE`; nil where it is none's.
    package var subject: String?
    /// What is wrong, with the value: `AMOUNT DOUBLE cannot be "many"`; empty where the reason says it all.
    package var account: String
    /// `value, byte 17`.
    package var place: String

    /// All of it: `wrong type: AMOUNT DOUBLE cannot be "many" (value, byte 17)`.
    package var detail: String {
        account.isEmpty ? "\(reason.text) (\(place))" : "\(reason.text): \(account) (\(place))"
    }
}

extension ColumnDefinition {
    /// `AMOUNT DOUBLE`; of a type with parts only what it is, because parts may be many.
    var title: String { "\(name) \(type.isScalar ? type.sqlName : String(type.sqlName.prefix { $0 != "<" }))" }
}

extension RecordDecoder {
    /// Why a record is bad, in words.
    func describe(_ row: Int, isKey: Bool, _ failed: FailedPart) -> BadRow {
        let part = isKey ? "key" : "value"
        let subject = failed.failure.node.map { node in
            let column = source.columns[node.pointee.columnIndex]
            return isColumn(node) ? column.title : "\(node.pointee.typeName) in \(column.name)"
        }
        return BadRow(
            row: row, reason: failed.failure.reason, subject: subject,
            account: account(failed, part, subject, isKey: isKey), place: "\(part), byte \(failed.offset)")
    }

    private func account(_ failed: FailedPart, _ part: String, _ subject: String?, isKey: Bool) -> String {
        if let account = schemaAccount(failed, part, subject, isKey ? key : value) { return account }
        let shown = (isKey ? key : value).shape.value(failed)
        if failed.failure.reason == .noSchemaID {
            return "the \(part) does not begin with a byte 0 and the id of a schema, but with \(shown)"
        }
        switch (failed.failure.reason, subject) {
        case (.wrongType, let subject?), (.invalidText, let subject?): return "\(subject) cannot be \(shown)"
        case (.outOfRange, let subject?): return "\(subject) cannot hold \(shown)"
        case (.wrongLength, let subject?):
            let width = failed.failure.node?.pointee.width ?? 0
            return "\(subject) has \(width) bytes, not \(failed.count)"
        case (.wrongType, nil): return "the \(part) is not a JSON object, but \(shown)"
        case (.malformed, _): return shown.isEmpty ? "the \(part) ends too early" : "the \(part) goes wrong at \(shown)"
        case (.fieldCount, _):
            let count = source.columns.count { $0.role == (isKey ? .key : .value) }
            return "the \(part) has not \(count) \(count == 1 ? "field" : "fields"), but \(shown)"
        case (.noWindow, _), (.invalidText, nil), (.outOfRange, nil), (.wrongLength, nil): return ""
        case (.noSchemaID, _), (.unknownSchema, _), (.unresolvable, _): return ""
        }
    }

    /// Of a record with the id of a schema: what is wrong is said with it, because the bytes alone say little.
    private func schemaAccount(_ failed: FailedPart, _ part: String, _ subject: String?, _ half: RecordPart) -> String?
    {
        guard let plans = half.plans, let id = failed.failure.schema else { return nil }
        let from = "schema \(id)"
        switch (failed.failure.reason, subject) {
        case (.unknownSchema, _):
            return plans.unusable(id).map { "\(from) \($0)" } ?? from
        case (.unresolvable, let subject?):
            return "\(subject) cannot be read from \(from), which \(plans.reason(failed.failure))"
                + plans.readerText
        case (.unresolvable, nil):
            return "\(from) \(plans.reason(failed.failure))\(plans.readerText)"
        case (.outOfRange, let subject?): return "\(subject) cannot hold what was written by \(from)"
        case (_, let subject?): return "\(subject) cannot be what was written by \(from)"
        default: return "the \(part) is not what \(from) says"
        }
    }
}

extension JSONReader {
    /// How long a value is, about: for messages.
    /// - Parameter escape: what keeps a quote from ending a string; nil: a second quote does.
    static func valueLength(
        _ start: BytePointer, end: BytePointer, escape: UInt8? = UInt8(ascii: "\\")
    ) -> Int {
        var place = start
        var depth = 0
        var isInString = false
        while place < end {
            let byte = place.pointee
            place += 1
            if isInString {
                if byte == escape, place < end {
                    place += 1
                } else if byte == UInt8(ascii: "\"") {
                    if escape == nil, place < end, place.pointee == byte {
                        place += 1
                        continue
                    }
                    isInString = false
                    if depth == 0 { break }
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth < 0 { return place - start - 1 }
                if depth == 0 { return place - start }
            case UInt8(ascii: ","), 0x20, 0x0A, 0x0D, 0x09:
                if depth == 0 { return place - start - 1 }
            default: break
            }
        }
        return place - start
    }
}

extension ColumnMemory {
    /// The type of a part of a column, without its own parts.
    fileprivate var typeName: String {
        switch kind {
        case .boolean: "BOOLEAN"
        case .integer: "INTEGER"
        case .date: "DATE"
        case .time: "TIME"
        case .bigint: "BIGINT"
        case .timestamp: "TIMESTAMP"
        case .double: "DOUBLE"
        case .decimal: "DECIMAL(\(precision), \(scale))"
        case .varchar: "STRING"
        case .bytes: "BYTES"
        case .array: "ARRAY"
        case .map: "MAP"
        case .structure: "STRUCT"
        }
    }
}
