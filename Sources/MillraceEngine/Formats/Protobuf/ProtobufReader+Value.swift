// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Values that are read, into columns.
extension ProtobufReader {
    /// One field, or many values of it that are packed.
    @inline(never)
    mutating func run(_ step: ProtobufStepPointer, _ place: BytePointer, _ wire: UInt8) -> BytePointer? {
        if step.pointee.operation == .skip { return skip(wire, UInt64(step.pointee.note), place) }
        guard step.pointee.operation != .refuse, let node = step.pointee.element else { return refuse(step, place) }
        if wire == 2, step.pointee.wire != 2 { return packed(step, place, to: node) }
        switch step.pointee.operation {
        case .text:
            var count = 0
            guard let next = length(place, &count) else { return nil }
            return text(next, count: count, to: node)
        case .bytes:
            var count = 0
            guard let next = length(place, &count) else { return nil }
            node.pointee.append(bytes: next, count: count)
            return next + count
        case .message, .entry, .wrapper, .timestamp, .date, .time, .decimal:
            var count = 0
            guard let next = length(place, &count) else { return nil }
            let outer = end
            end = next + count
            let isRead = nested(step, next, to: node)
            end = outer
            return isRead ? next + count : nil
        default: return scalar(step, place, to: node)
        }
    }

    /// A value that is no text and no message.
    @inline(__always)
    private mutating func scalar(_ step: ProtobufStepPointer, _ place: BytePointer, to node: ColumnNode) -> BytePointer?
    {
        switch step.pointee.operation {
        case .bigint, .integer, .number: return number(step, place, to: node)
        case .double:
            guard end - place >= 8 else { return fail(.malformed, place) }
            node.pointee.append(double: Double(bitPattern: place.word))
            return place + 8
        case .float:
            guard end - place >= 4 else { return fail(.malformed, place) }
            node.pointee.append(double: Double(Float(bitPattern: UInt32(truncatingIfNeeded: place.word))))
            return place + 4
        case .boolean:
            var bits: UInt64 = 0
            guard let next = varint(place, &bits) else { return nil }
            boolean(bits != 0, to: node)
            return next
        case .enumeration:
            var bits: UInt64 = 0
            guard let next = varint(place, &bits) else { return nil }
            return symbol(step, Int32(truncatingIfNeeded: bits), place, to: node) == nil ? nil : next
        default: return fail(.malformed, place)
        }
    }

    /// Many values of a repeated field, one behind the other.
    private mutating func packed(_ step: ProtobufStepPointer, _ place: BytePointer, to node: ColumnNode) -> BytePointer?
    {
        var count = 0
        guard let start = length(place, &count) else { return nil }
        let outer = end
        end = start + count
        defer { end = outer }
        var next = start
        while next < end {
            guard let behind = scalar(step, next, to: node) else { return nil }
            next = behind
        }
        return next
    }

    // MARK: Numbers

    private mutating func number(_ step: ProtobufStepPointer, _ place: BytePointer, to node: ColumnNode) -> BytePointer?
    {
        var bits: UInt64 = 0
        let next: BytePointer
        switch step.pointee.form {
        case .fixed64, .sfixed64:
            guard end - place >= 8 else { return fail(.malformed, place) }
            bits = place.word
            next = place + 8
        case .fixed32, .sfixed32:
            guard end - place >= 4 else { return fail(.malformed, place) }
            bits = place.word & 0xFFFF_FFFF
            next = place + 4
        default:
            guard let behind = varint(place, &bits) else { return nil }
            next = behind
        }
        let low = UInt32(truncatingIfNeeded: bits)
        var value = Int64(bitPattern: bits)
        switch step.pointee.form {
        case .int32, .sfixed32: value = Int64(Int32(bitPattern: low))
        case .uint32, .fixed32: value = Int64(low)
        case .sint32: value = Int64(Int32(bitPattern: (low &>> 1) ^ (0 &- (low & 1))))
        case .sint64: value = Int64(bitPattern: (bits &>> 1) ^ (0 &- (bits & 1)))
        case .int64, .uint64, .fixed64, .sfixed64: break
        }
        let isUnsigned = step.pointee.form == .uint64 || step.pointee.form == .fixed64
        return store(value, isUnsigned: isUnsigned, place, to: node) == nil ? nil : next
    }

    /// A whole number into a column; `place` itself where it fits.
    @inline(__always)
    mutating func store(
        _ value: Int64, isUnsigned: Bool, _ place: BytePointer, to node: ColumnNode
    ) -> BytePointer? {
        if isUnsigned, value < 0 { return storeLarge(UInt64(bitPattern: value), place, to: node) }
        switch node.pointee.kind {
        case .bigint, .timestamp: node.pointee.append(int64: value)
        case .integer, .date: node.pointee.append(int32: Int32(truncatingIfNeeded: value))
        default: return storeOther(value, place, to: node)
        }
        return place
    }

    @inline(never)
    private mutating func storeOther(_ value: Int64, _ place: BytePointer, to node: ColumnNode) -> BytePointer? {
        switch node.pointee.kind {
        case .time:
            guard value >= 0, value < 86_400_000 else { return fail(.outOfRange, place, node) }
            node.pointee.append(int32: Int32(truncatingIfNeeded: value))
        case .double: node.pointee.append(double: Double(value))
        case .varchar:
            let count = NumberText.write(value, to: digits)
            node.pointee.append(bytes: UnsafePointer(digits), count: count)
        default: return storeDecimal(Int128(value), place, to: node)
        }
        return place
    }

    /// What only a number without sign can be.
    @inline(never)
    private mutating func storeLarge(_ value: UInt64, _ place: BytePointer, to node: ColumnNode) -> BytePointer? {
        switch node.pointee.kind {
        case .double: node.pointee.append(double: Double(value))
        case .varchar:
            // 20 digits: the last one alone, which the others of which fit.
            let count = NumberText.write(Int64(value / 10), to: digits)
            digits[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
            node.pointee.append(bytes: UnsafePointer(digits), count: count + 1)
        case .decimal: return storeDecimal(Int128(value), place, to: node)
        default: return fail(.outOfRange, place, node)
        }
        return place
    }

    private mutating func storeDecimal(_ value: Int128, _ place: BytePointer, to node: ColumnNode) -> BytePointer? {
        guard let unscaled = DecimalBytes.rescaled(value, 0, node) else { return fail(.outOfRange, place, node) }
        node.pointee.append(decimal: unscaled)
        return place
    }

    func boolean(_ value: Bool, to node: ColumnNode) {
        if node.pointee.kind == .boolean { return node.pointee.append(boolean: value) }
        let text: StaticString = value ? "true" : "false"
        node.pointee.append(bytes: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// So many bytes as text: UTF-8.
    @inline(__always)
    mutating func text(_ place: BytePointer, count: Int, to node: ColumnNode) -> BytePointer? {
        node.pointee.append(text: place, count: count) ? place + count : fail(.invalidText, place, node)
    }

    /// The name of an enum's number; a number that has none is itself, in proto2 NULL.
    mutating func symbol(
        _ step: ProtobufStepPointer, _ number: Int32, _ place: BytePointer, to node: ColumnNode
    ) -> BytePointer? {
        if node.pointee.kind != .varchar { return store(Int64(number), isUnsigned: false, place, to: node) }
        var (low, high) = (0, step.pointee.symbolCount)
        while let symbols = step.pointee.symbols, low < high {
            let middle = (low + high) / 2
            let found = symbols[middle]
            if found.number == number {
                guard mayExpand(found.count) else { return fail(.outOfRange, place, node) }
                node.pointee.append(bytes: UnsafePointer(found.bytes), count: found.count)
                return place
            }
            if found.number < number { low = middle + 1 } else { high = middle }
        }
        if step.pointee.isClosed {
            node.pointee.appendNull()
            return place
        }
        let count = NumberText.write(Int64(number), to: digits)
        node.pointee.append(bytes: UnsafePointer(digits), count: count)
        return place
    }
}
