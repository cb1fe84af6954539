// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// How large one value of an expression may be. More is a mistake in the query or in the data, and counts as an
/// overflow: no record could take it, and few of them would fill the memory.
package enum ValueLimit {
    /// Bytes, of texts and of all that arrays, maps and structs hold.
    package static let bytes = 1 << 24

    /// What a value has, in bytes.
    package static func size(_ value: Value) -> Int {
        var left = Int.max
        _ = take(value, from: &left)
        return Int.max - left
    }

    /// Throws where a value is too large.
    package static func check(_ value: Value) throws(EvaluationFailure) {
        if !isWithin(value) { throw .overflow }
    }

    package static func isWithin(_ value: Value) -> Bool {
        var left = bytes
        return take(value, from: &left)
    }

    /// - Returns: false: there are not so many left.
    private static func take(_ value: Value, from left: inout Int) -> Bool {
        switch value {
        case .varchar(let text), .bytes(let text): left -= text.count
        case .array(let items), .structure(let items):
            for item in items where !take(item, from: &left) { return false }
        case .map(let entries):
            for entry in entries where !take(entry.key, from: &left) || !take(entry.value, from: &left) {
                return false
            }
        case .null, .boolean: break
        case .integer, .date, .time: left -= 4
        case .bigint, .double, .timestamp: left -= 8
        case .decimal: left -= 16
        }
        return left >= 0
    }
}
