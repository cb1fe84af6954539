// SPDX-License-Identifier: Apache-2.0
import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cells of columns as Protobuf's bytes.
extension ByteOutput {
    /// The fields of a message in a row.
    mutating func appendProtobuf(_ message: ProtobufWriteStep, row: Int) {
        guard let parts = message.parts else { return }
        for index in 0..<message.partCount { appendField(parts + index, row: row) }
    }

    /// A field with its tag, unless it is NULL or what is not there anyway.
    private mutating func appendField(_ step: ProtobufWriteStepPointer, row: Int) {
        let node = step.pointee.node
        if node.pointee.isNull(row) { return }
        switch step.pointee.operation {
        case .array: appendArray(step, row: row)
        case .packed: appendPacked(step, row: row)
        case .map: appendMap(step, row: row)
        default:
            if !step.pointee.writesZero, isZero(step, row: row) { return }
            append(varint: step.pointee.tag)
            appendValue(step, row: row)
        }
    }

    /// Whether a value is what a reader takes for one that is not there.
    private func isZero(_ step: ProtobufWriteStepPointer, row: Int) -> Bool {
        let node = step.pointee.node
        let data = node.pointee.data
        switch step.pointee.operation {
        case .int32, .sint32, .fixed32: return data.assumingMemoryBound(to: Int32.self)[row] == 0
        case .int64, .sint64, .fixed64, .double: return data.assumingMemoryBound(to: UInt64.self)[row] == 0
        case .float: return Float(data.assumingMemoryBound(to: Double.self)[row]).bitPattern == 0
        case .boolean: return !node.pointee.boolean(row)
        case .bytes: return node.pointee.bytes(row).isEmpty
        default: return false
        }
    }

    private mutating func appendValue(_ step: ProtobufWriteStepPointer, row: Int) {
        let node = step.pointee.node
        let data = node.pointee.data
        switch step.pointee.operation {
        case .int32: append(varint: UInt64(bitPattern: Int64(data.assumingMemoryBound(to: Int32.self)[row])))
        case .int64: append(varint: data.assumingMemoryBound(to: UInt64.self)[row])
        case .sint32: append(zigzag: Int64(data.assumingMemoryBound(to: Int32.self)[row]))
        case .sint64: append(zigzag: data.assumingMemoryBound(to: Int64.self)[row])
        case .fixed32: append(littleEndian: data.assumingMemoryBound(to: UInt32.self)[row])
        case .fixed64, .double: append(littleEndian: data.assumingMemoryBound(to: UInt64.self)[row])
        case .float: append(littleEndian: Float(data.assumingMemoryBound(to: Double.self)[row]).bitPattern)
        case .boolean: append(node.pointee.boolean(row) ? 1 : 0)
        case .bytes:
            let bytes = node.pointee.bytes(row)
            append(varint: UInt64(bytes.count))
            if let start = bytes.baseAddress { append(start, count: bytes.count) }
        default:
            let start = beginMessage()
            appendMessage(step, row: row)
            endMessage(start)
        }
    }

    private mutating func appendMessage(_ step: ProtobufWriteStepPointer, row: Int) {
        let node = step.pointee.node
        let data = node.pointee.data
        switch step.pointee.operation {
        case .timestamp:
            let milliseconds = data.assumingMemoryBound(to: Int64.self)[row]
            let rest = milliseconds % 1000
            // The part of a second is never negative.
            append(1, rest < 0 ? milliseconds / 1000 - 1 : milliseconds / 1000)
            append(2, (rest < 0 ? rest + 1000 : rest) * 1_000_000)
        case .date:
            let date = CivilDate(days: Int64(data.assumingMemoryBound(to: Int32.self)[row]))
            append(1, date.year)
            append(2, Int64(date.month))
            append(3, Int64(date.day))
        case .time:
            let time = Int64(data.assumingMemoryBound(to: Int32.self)[row])
            append(1, time / 3_600_000)
            append(2, time / 60_000 % 60)
            append(3, time / 1000 % 60)
            append(4, time % 1000 * 1_000_000)
        case .decimal: appendDecimal(data.assumingMemoryBound(to: Int128.self)[row], node)
        default: appendProtobuf(step.pointee, row: row)
        }
    }

    /// A whole number of a message with a type of SQL.
    private mutating func append(_ number: UInt8, _ value: Int64) {
        guard value != 0 else { return }
        append(number &<< 3)
        append(varint: UInt64(bitPattern: value))
    }

    /// The unscaled value in as few bytes as it needs, and what its type is.
    private mutating func appendDecimal(_ unscaled: Int128, _ node: ColumnNode) {
        let magnitude = unscaled < 0 ? ~unscaled : unscaled
        let count = (128 - magnitude.leadingZeroBitCount) / 8 + 1
        append(UInt8(1 &<< 3 | 2))
        append(varint: UInt64(count))
        let target = reserve(count)
        for index in 0..<count {
            target[index] = UInt8(truncatingIfNeeded: unscaled >> Int128((count - 1 - index) * 8))
        }
        advance(count)
        append(2, Int64(node.pointee.precision))
        append(3, Int64(node.pointee.scale))
    }

    // MARK: Repeated fields

    private mutating func appendArray(_ step: ProtobufWriteStepPointer, row: Int) {
        guard let part = step.pointee.parts else { return }
        let node = step.pointee.node
        for item in Int(node.pointee.offsets[row])..<Int(node.pointee.offsets[row + 1]) {
            append(varint: step.pointee.tag)
            // An element that is NULL is one without anything in it.
            if part.pointee.node.pointee.isNull(item) { append(UInt8(0)) } else { appendValue(part, row: item) }
        }
    }

    private mutating func appendPacked(_ step: ProtobufWriteStepPointer, row: Int) {
        guard let part = step.pointee.parts else { return }
        let node = step.pointee.node
        let items = Int(node.pointee.offsets[row])..<Int(node.pointee.offsets[row + 1])
        if items.isEmpty { return }
        append(varint: step.pointee.tag)
        let start = beginMessage()
        // The memory of an element that is NULL is zero.
        for item in items { appendValue(part, row: item) }
        endMessage(start)
    }

    private mutating func appendMap(_ step: ProtobufWriteStepPointer, row: Int) {
        guard let parts = step.pointee.parts else { return }
        let node = step.pointee.node
        for item in Int(node.pointee.offsets[row])..<Int(node.pointee.offsets[row + 1]) {
            append(varint: step.pointee.tag)
            let start = beginMessage()
            appendField(parts, row: item)
            appendField(parts + 1, row: item)
            endMessage(start)
        }
    }

    // MARK: Bytes

    /// Begins what has its length before it: returns where that will be.
    private mutating func beginMessage() -> Int {
        append(UInt8(0))
        return count
    }

    /// Puts the length before what was written since. It has a byte already; longer ones move what was written.
    private mutating func endMessage(_ start: Int) {
        let length = count - start
        if length < 0x80 {
            base[start - 1] = UInt8(truncatingIfNeeded: length)
            return
        }
        let more = (63 - length.leadingZeroBitCount) / 7
        _ = reserve(more)
        memmove(base + start + more, base + start, length)
        var rest = UInt64(length)
        for index in 0...more {
            base[start - 1 + index] = UInt8(truncatingIfNeeded: rest & 0x7F) | (index < more ? 0x80 : 0)
            rest &>>= 7
        }
        advance(more)
    }

    /// A number of seven bits a byte, the lowest first.
    @inline(__always)
    mutating func append(varint value: UInt64) {
        let target = reserve(10)
        var rest = value
        var count = 0
        while rest >= 0x80 {
            target[count] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest &>>= 7
            count &+= 1
        }
        target[count] = UInt8(truncatingIfNeeded: rest)
        advance(count &+ 1)
    }

    private mutating func append(littleEndian value: UInt32) {
        UnsafeMutableRawPointer(reserve(4)).storeBytes(of: value.littleEndian, as: UInt32.self)
        advance(4)
    }
}
