// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Writes state as bytes that depend on nothing but the state.
///
///     whole number     n, then its lowest n bytes (two's complement, the lowest first), n as small as can be: 0 … 16
///     count            seven bits a byte, the lowest first, bit 7: more follow
///     bytes            count, then they
///     value            tag, then what belongs to it
struct StateWriter: ~Copyable {
    private(set) var bytes = ByteArena()

    mutating func removeAll() { bytes.removeAll() }

    mutating func append(byte: UInt8) { bytes.append(byte) }

    mutating func append(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func append(_ number: Int64) {
        let used = 64 - (number < 0 ? ~number : number).leadingZeroBitCount
        // One bit more for the sign; 0 has none.
        let length = number == 0 ? 0 : used / 8 + 1
        bytes.append(UInt8(truncatingIfNeeded: length))
        var word = number.littleEndian
        withUnsafeBytes(of: &word) { _ = bytes.append($0.baseAddress.unsafelyUnwrapped, count: length) }
    }

    mutating func append(_ number: Int128) {
        if let small = Int64(exactly: number) { return append(small) }
        let used = 128 - (number < 0 ? ~number : number).leadingZeroBitCount
        let length = used / 8 + 1
        bytes.append(UInt8(truncatingIfNeeded: length))
        var word = number.littleEndian
        withUnsafeBytes(of: &word) { _ = bytes.append($0.baseAddress.unsafelyUnwrapped, count: length) }
    }

    mutating func append(count: Int) {
        var rest = UInt64(count)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(word: UInt64) { bytes.append(bigEndian: word) }

    mutating func append(_ text: UnsafeRawBufferPointer) {
        append(count: text.count)
        if let base = text.baseAddress { _ = bytes.append(base, count: text.count) }
    }

    mutating func append(_ text: [UInt8]) { text.withUnsafeBytes { append($0) } }

    mutating func append(_ value: Value) {
        bytes.append(StateTag.of(value).rawValue)
        switch value {
        case .null: break
        case .boolean(let flag): append(flag)
        case .integer(let number), .date(let number), .time(let number): append(Int64(number))
        case .bigint(let number), .timestamp(let number): append(number)
        case .double(let number): append(word: number.bitPattern)
        case .decimal(let number):
            append(count: number.scale)
            append(number.unscaled)
        case .varchar(let text), .bytes(let text): append(text)
        case .array(let values), .structure(let values):
            append(count: values.count)
            for value in values { append(value) }
        case .map(let entries):
            append(count: entries.count)
            for entry in entries {
                append(entry.key)
                append(entry.value)
            }
        }
    }
}

/// What kind of value follows.
enum StateTag: UInt8 {
    case null, boolean, integer, bigint, double, decimal, varchar, bytes, date, time, timestamp, array, map, structure

    static func of(_ value: Value) -> StateTag {
        switch value {
        case .null: .null
        case .boolean: .boolean
        case .integer: .integer
        case .bigint: .bigint
        case .double: .double
        case .decimal: .decimal
        case .varchar: .varchar
        case .bytes: .bytes
        case .date: .date
        case .time: .time
        case .timestamp: .timestamp
        case .array: .array
        case .map: .map
        case .structure: .structure
        }
    }
}
