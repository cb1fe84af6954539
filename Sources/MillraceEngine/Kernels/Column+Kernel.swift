// SPDX-License-Identifier: Apache-2.0
import MillracePlan

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What kernels need of a result column.
extension Column {
    /// Boolean and validity bits, 8 rows a byte.
    @inline(__always)
    var bitBytes: UnsafeMutablePointer<UInt8> { data.assumingMemoryBound(to: UInt8.self) }

    /// Fixed-width and boolean columns only: `rows` rows with undefined values, null where an operand is null.
    func prepare(rows: Int, nullsOf left: Column?, _ right: Column?) {
        let left = left.flatMap { $0.nullCount == 0 ? nil : $0 }
        let right = right.flatMap { $0.nullCount == 0 ? nil : $0 }
        prepare(rows: rows, valid: true)
        let bytes = (rows + 7) / 8
        if let left, let right {
            let (out, first, second) = (validity, left.validity, right.validity)
            for byte in 0..<bytes { out[byte] = first[byte] & second[byte] }
            nullCount = left.nullCount + right.nullCount
        } else if let only = left ?? right {
            memcpy(validity, only.validity, bytes)
            nullCount = only.nullCount
        }
    }

    /// Appends `rows` rows: one by `append` for each selected row, undefined ones for the others.
    @inline(__always)
    func appendRows(_ rows: Int, _ selection: Selection, append: (Int) -> Void) {
        // What a few huge values took is not kept for the usual ones.
        removeAll(keepingAtMost: ValueLimit.bytes)
        fillRows(rows, selection, append: append)
    }

    /// As `appendRows`, into a column without rows. A list's children may have theirs.
    @inline(__always)
    func fillRows(_ rows: Int, _ selection: Selection, append: (Int) -> Void) {
        reserve(rows)
        var next = 0
        let (indices, selected) = (selection.indices, selection.count)
        for position in 0..<selected {
            let row = Int(indices[position])
            if next < row { appendUndefined(row &- next) }
            append(row)
            next = row &+ 1
        }
        if next < rows { appendUndefined(rows &- next) }
    }

    /// Rows that nobody looks at; `reserve` made the room.
    private func appendUndefined(_ rows: Int) {
        switch layout {
        case .bits, .fixed: break
        case .variable, .list:
            let (offsets, end) = (offsets, offsets[count])
            for row in count..<count + rows { offsets[row + 1] = end }
        case .structure:
            for child in children {
                child.reserve(child.count + rows)
                child.appendUndefined(rows)
            }
        }
        // The validity bits stay as they are; that they may say NULL must not be hidden.
        nullCount += rows
        count += rows
    }

    /// varchar, bytes: appends two byte strings as one row.
    @inline(__always)
    func append(bytes first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) {
        append(bytes: first.baseAddress, count: first.count)
        count &-= 1
        append(bytes: second.baseAddress, count: second.count)
    }
}
