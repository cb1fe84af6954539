// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Texts and numbers to values of columns: for DELIMITED fields, JSON numbers off the fast path, JSON strings in
/// columns of other types, and keys of JSON maps.
struct TextConversion {
    /// Memory that Base64 reuses.
    final class Scratch {
        var bytes: [UInt8] = []
    }

    private let scratch: Unmanaged<Scratch>

    /// `destroy` frees it.
    init() { scratch = .passRetained(Scratch()) }

    func destroy() { scratch.release() }

    /// Appends the value that a text stands for; a reason, with nothing appended, where it stands for none.
    @inline(never)
    func append(text: UnsafeBufferPointer<UInt8>, to node: ColumnNode) -> BadReason? {
        let raw = UnsafeRawBufferPointer(text)
        switch node.pointee.kind {
        case .varchar:
            guard let start = text.baseAddress, isValidUTF8(start, count: text.count) else { return .invalidText }
            node.pointee.append(bytes: start, count: text.count)
            return nil
        case .boolean:
            guard let value = TextConversion.boolean(text) else { return .wrongType }
            node.pointee.append(boolean: value)
            return nil
        case .integer, .bigint:
            return appendInteger(raw, to: node)
        case .date:
            guard let days = TimeText.date(raw) else { return appendInteger(raw, to: node) }
            return append(integer: Int64(days), to: node)
        case .time:
            guard let time = TimeText.time(raw) else { return appendInteger(raw, to: node) }
            return append(integer: Int64(time), to: node)
        case .timestamp:
            // Digits alone are milliseconds, also four of them, which would be a year.
            if let integer = NumberText.integer(raw) { return append(integer: integer, to: node) }
            guard let time = TimeText.timestamp(raw) else { return appendInteger(raw, to: node) }
            return append(integer: time, to: node)
        case .double:
            return append(number: TextConversion.trimmed(text), to: node)
        case .decimal:
            return append(number: text, to: node)
        case .bytes:
            let scratch = scratch.takeUnretainedValue()
            scratch.bytes.removeAll(keepingCapacity: true)
            guard Base64.decode(raw, to: &scratch.bytes) else { return .wrongType }
            scratch.bytes.withUnsafeBufferPointer {
                if let start = $0.baseAddress { node.pointee.append(bytes: start, count: $0.count) }
            }
            return nil
        case .array, .map, .structure:
            return .wrongType
        }
    }

    /// Without what Java's `Double.parseDouble` leaves out at both ends.
    private static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var first = 0
        var end = text.count
        while first < end, text[first] <= 0x20 { first += 1 }
        while end > first, text[end - 1] <= 0x20 { end -= 1 }
        return UnsafeBufferPointer(rebasing: text[first..<end])
    }

    /// Appends a number in decimal or scientific notation; a fraction is cut where the column has none.
    @inline(never)
    func append(number text: UnsafeBufferPointer<UInt8>, to node: ColumnNode) -> BadReason? {
        switch node.pointee.kind {
        case .integer, .bigint, .date, .time, .timestamp:
            guard let number = ExactNumber(text) else { return .wrongType }
            guard let integer = number.truncatedInteger() else { return .outOfRange }
            return append(integer: integer, to: node)
        case .double:
            guard let value = NumberText.double(UnsafeRawBufferPointer(text)) else { return .wrongType }
            guard value.isFinite else { return .outOfRange }
            node.pointee.append(double: value)
            return nil
        case .decimal:
            guard let number = ExactNumber(text) else { return .wrongType }
            let (precision, scale) = (node.pointee.precision, node.pointee.scale)
            guard let unscaled = number.unscaledDecimal(precision: precision, scale: scale) else { return .outOfRange }
            node.pointee.append(decimal: unscaled)
            return nil
        case .varchar:
            if let start = text.baseAddress { node.pointee.append(bytes: start, count: text.count) }
            return nil
        case .boolean, .bytes, .array, .map, .structure:
            return .wrongType
        }
    }

    /// Appends an integer to a column of 32 or 64 bits, if it fits.
    @inline(__always)
    func append(integer: Int64, to node: ColumnNode) -> BadReason? {
        switch node.pointee.kind {
        case .bigint, .timestamp:
            node.pointee.append(int64: integer)
            return nil
        case .time:
            guard integer >= 0, integer < 86_400_000 else { return .outOfRange }
            node.pointee.append(int32: Int32(truncatingIfNeeded: integer))
            return nil
        case .integer, .date:
            guard let value = Int32(exactly: integer) else { return .outOfRange }
            node.pointee.append(int32: value)
            return nil
        default:
            return .wrongType
        }
    }

    /// A whole number as text: no fraction, as Java's `Integer.parseInt` reads it.
    private func appendInteger(_ text: UnsafeRawBufferPointer, to node: ColumnNode) -> BadReason? {
        if let integer = NumberText.integer(text) { return append(integer: integer, to: node) }
        let digits = text.dropFirst(text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+") ? 1 : 0)
        let isInteger = !digits.isEmpty && digits.allSatisfy { $0 &- UInt8(ascii: "0") <= 9 }
        return isInteger ? .outOfRange : .wrongType
    }

    /// `true` or `false` in any case.
    private static func boolean(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
        func equals(_ word: StaticString) -> Bool {
            text.count == word.utf8CodeUnitCount
                && (0..<text.count).allSatisfy { text[$0] | 0x20 == word.utf8Start[$0] }
        }
        return equals("true") ? true : equals("false") ? false : nil
    }
}
