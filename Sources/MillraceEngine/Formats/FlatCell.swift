// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Cells that are no lists, objects, decimals or Base64 as JSON, written to memory with room for them: a row of such
/// cells needs one check of the capacity. Each function returns where the next byte goes.
enum FlatCell {
    typealias Target = UnsafeMutablePointer<UInt8>

    /// Whether a column's cells are flat.
    static func isFlat(_ kind: ColumnMemory.Kind) -> Bool {
        switch kind {
        case .boolean, .integer, .date, .time, .bigint, .timestamp, .double, .varchar: true
        case .decimal, .bytes, .array, .map, .structure: false
        }
    }

    /// The most bytes that a cell needs, but for the bytes of a text.
    static let room = DoubleText.capacity

    /// The most bytes that a text needs with its quotes: each byte becomes six at most, and a word may be written at
    /// its end.
    @inline(__always)
    static func room(ofText length: Int) -> Int { length &* 6 &+ 10 }

    /// The most bytes that one cell needs.
    @inline(__always)
    static func room(_ column: ColumnNode, row: Int) -> Int {
        column.pointee.kind == .varchar ? room &+ room(ofText: column.pointee.bytes(row).count) : room
    }

    /// Writes a cell as JSON: NULL, NaN and the infinities as null; dates and times as numbers.
    @inline(__always)
    static func write(_ column: ColumnNode, row: Int, to target: Target) -> Target {
        if column.pointee.isNull(row) { return writeNull(to: target) }
        switch column.pointee.kind {
        case .varchar:
            let text = column.pointee.bytes(row)
            return writeString(text.baseAddress, count: text.count, to: target)
        case .bigint, .timestamp:
            return target
                + NumberText.write(column.pointee.data.assumingMemoryBound(to: Int64.self)[row], to: target)
        case .double:
            let value = column.pointee.data.assumingMemoryBound(to: Double.self)[row]
            return value.isFinite ? target + DoubleText.write(value, to: target) : writeNull(to: target)
        case .integer, .date, .time:
            let value = Int64(column.pointee.data.assumingMemoryBound(to: Int32.self)[row])
            return target + NumberText.write(value, to: target)
        case .boolean: return writeBoolean(column.pointee.boolean(row), to: target)
        case .decimal, .bytes, .array, .map, .structure: return target
        }
    }

    @inline(__always)
    private static func writeNull(to target: Target) -> Target {
        UnsafeMutableRawPointer(target).storeBytes(of: UInt32(0x6C6C_756E).littleEndian, as: UInt32.self)
        return target + 4
    }

    private static func writeBoolean(_ value: Bool, to target: Target) -> Target {
        let text: StaticString = value ? "true" : "false"
        target.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        return target + text.utf8CodeUnitCount
    }

    /// Writes a text in quotes with JSON's escapes: only those that JSON requires.
    @inline(__always)
    static func writeString(_ text: UnsafePointer<UInt8>?, count: Int, to target: Target) -> Target {
        target.pointee = UInt8(ascii: "\"")
        var end = target + 1
        if let text { end = writeCharacters(text, count: count, to: end) }
        end.pointee = UInt8(ascii: "\"")
        return end + 1
    }

    @inline(__always)
    private static func writeCharacters(_ text: UnsafePointer<UInt8>, count: Int, to target: Target) -> Target {
        guard count >= 8 else { return writeShort(text, count: count, to: target) }
        // Whole words, the last of them perhaps over bytes that are there already.
        let last = count &- 8
        var index = 0
        while true {
            let word = (text + index).word
            guard ByteWords.stringEnds(word) == 0 else { break }
            store(word, to: target + index)
            if index == last { return target + count }
            index = min(index &+ 8, last)
        }
        return writeEscaped(text + index, count: count &- index, to: target + index)
    }

    /// Fewer than eight bytes.
    @inline(__always)
    private static func writeShort(_ text: UnsafePointer<UInt8>, count: Int, to target: Target) -> Target {
        guard count >= 4 else { return writeEscaped(text, count: count, to: target) }
        // Two halves of a word, which may overlap.
        let first = UnsafeRawPointer(text).loadUnaligned(as: UInt32.self)
        let last = UnsafeRawPointer(text).loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
        guard ByteWords.stringEnds(UInt64(first) | UInt64(last) &<< 32) == 0 else {
            return writeEscaped(text, count: count, to: target)
        }
        UnsafeMutableRawPointer(target).storeBytes(of: first, as: UInt32.self)
        UnsafeMutableRawPointer(target).storeBytes(of: last, toByteOffset: count &- 4, as: UInt32.self)
        return target + count
    }

    @inline(__always)
    private static func store(_ word: UInt64, to target: Target) {
        UnsafeMutableRawPointer(target).storeBytes(of: word.littleEndian, as: UInt64.self)
    }

    private static func writeEscaped(_ text: UnsafePointer<UInt8>, count: Int, to target: Target) -> Target {
        var end = target
        var index = 0
        while index < count {
            let byte = text[index]
            index &+= 1
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                end.pointee = byte
                end += 1
            } else {
                end += ByteOutput.writeEscape(byte, to: end)
            }
        }
        return end
    }
}
