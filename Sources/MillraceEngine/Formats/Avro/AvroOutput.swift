// SPDX-License-Identifier: Apache-2.0

/// Cells of columns as Avro's bytes.
extension ByteOutput {
    /// The key or the value of a row.
    mutating func appendAvro(root: AvroWriteStepPointer, row: Int) {
        if root.pointee.operation == .structure {
            appendParts(root, row: row)
        } else {
            appendAvro(root, row: row)
        }
    }

    @inline(__always)
    private mutating func appendParts(_ step: AvroWriteStepPointer, row: Int) {
        guard let parts = step.pointee.parts else { return }
        for index in 0..<step.pointee.partCount { appendAvro(parts + index, row: row) }
    }

    private mutating func appendAvro(_ step: AvroWriteStepPointer, row: Int) {
        let node = step.pointee.node
        let data = node.pointee.data
        switch step.pointee.operation {
        case .optional:
            let null = UInt8(truncatingIfNeeded: step.pointee.number)
            if node.pointee.isNull(row) { return append(null) }
            append(2 &- null)
            if let part = step.pointee.parts { appendAvro(part, row: row) }
        case .null: break
        case .constant: if let bytes = step.pointee.bytes { append(bytes, count: step.pointee.number) }
        case .defaulted:
            if let parts = step.pointee.parts { appendAvro(parts + (node.pointee.isNull(row) ? 0 : 1), row: row) }
        // A row that lacks one is not sent.
        case .required: if !node.pointee.isNull(row), let part = step.pointee.parts { appendAvro(part, row: row) }
        case .boolean: append(node.pointee.boolean(row) ? 1 : 0)
        case .int32: append(zigzag: Int64(data.assumingMemoryBound(to: Int32.self)[row]))
        case .int64: append(zigzag: data.assumingMemoryBound(to: Int64.self)[row])
        case .double: append(littleEndian: data.assumingMemoryBound(to: UInt64.self)[row])
        case .bytes:
            let bytes = node.pointee.bytes(row)
            append(zigzag: Int64(bytes.count))
            if let start = bytes.baseAddress { append(start, count: bytes.count) }
        case .decimal: append(decimal: data.assumingMemoryBound(to: Int128.self)[row], size: step.pointee.number)
        case .structure: appendParts(step, row: row)
        case .array, .map, .entries: appendItems(step, row: row)
        }
    }

    /// The items of an array, the entries of a map: a block of all of them, if there are any, and an empty one.
    private mutating func appendItems(_ step: AvroWriteStepPointer, row: Int) {
        let node = step.pointee.node
        let first = Int(node.pointee.offsets[row])
        let end = Int(node.pointee.offsets[row + 1])
        if end > first { append(zigzag: Int64(end - first)) }
        for item in first..<end { appendParts(step, row: item) }
        append(UInt8(0))
    }

    /// An int or a long: seven bits a byte, the lowest first, small numbers of either sign short.
    @inline(__always)
    mutating func append(zigzag value: Int64) {
        append(varint: UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)))
    }

    mutating func append(littleEndian value: UInt64) {
        UnsafeMutableRawPointer(reserve(8)).storeBytes(of: value.littleEndian, as: UInt64.self)
        advance(8)
    }

    /// An unscaled value, big-endian in two's complement.
    /// - Parameter size: how many bytes; −1: as few as it needs, with their number before them.
    private mutating func append(decimal unscaled: Int128, size: Int) {
        // Bits that it needs with the sign's.
        let magnitude = unscaled < 0 ? ~unscaled : unscaled
        let needed = (128 - magnitude.leadingZeroBitCount) / 8 + 1
        let count = size < 0 ? needed : size
        if size < 0 { append(zigzag: Int64(count)) }
        let target = reserve(count)
        for index in 0..<count {
            let shift = (count - 1 - index) * 8
            target[index] = UInt8(truncatingIfNeeded: unscaled >> min(shift, 127))
        }
        advance(count)
    }
}
