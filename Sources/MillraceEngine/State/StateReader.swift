// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Why bytes are no state of this program.
package struct StateError: Error, Hashable, Sendable {
    package var reason: String

    package init(_ reason: String) { self.reason = reason }

    static let cutOff = StateError("it ends too early")
}

/// Reads what `StateWriter` wrote; anything else is an error, never a trap.
struct StateReader {
    private static let maximumDepth = 512

    private var next: UnsafeRawPointer
    private(set) var remaining: Int

    /// Over bytes that stay where they are while it is used.
    init(_ bytes: UnsafeRawBufferPointer) {
        remaining = bytes.count
        // Nothing is read where nothing remains.
        next = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    }

    private mutating func take(_ count: Int) throws(StateError) -> UnsafeRawPointer {
        guard count >= 0, count <= remaining else { throw StateError.cutOff }
        defer {
            next += count
            remaining -= count
        }
        return next
    }

    mutating func byte() throws(StateError) -> UInt8 { try take(1).load(as: UInt8.self) }

    mutating func flag() throws(StateError) -> Bool { try byte() != 0 }

    mutating func int64() throws(StateError) -> Int64 {
        let length = Int(try byte())
        guard length <= 8 else { return try Self.narrowed(try int128(length: length)) }
        let start = try take(length)
        guard length > 0 else { return 0 }
        var word: UInt64 = 0
        for place in 0..<length {
            word |= UInt64(start.load(fromByteOffset: place, as: UInt8.self)) &<< UInt64(8 &* place)
        }
        let shift = Int64(64 - 8 * length)
        return (Int64(bitPattern: word) &<< shift) &>> shift
    }

    mutating func int128() throws(StateError) -> Int128 { try int128(length: Int(try byte())) }

    private mutating func int128(length: Int) throws(StateError) -> Int128 {
        guard length <= 16 else { throw StateError("a number of \(length) bytes") }
        let start = try take(length)
        guard length > 0 else { return 0 }
        var word: UInt128 = 0
        for place in 0..<length {
            word |= UInt128(start.load(fromByteOffset: place, as: UInt8.self)) &<< UInt128(8 &* place)
        }
        let shift = Int128(128 - 8 * length)
        return (Int128(truncatingIfNeeded: word) &<< shift) &>> shift
    }

    mutating func int32() throws(StateError) -> Int32 { try Self.narrowed(Int128(try int64())) }

    private static func narrowed<Number: FixedWidthInteger>(_ wide: Int128) throws(StateError) -> Number {
        guard let number = Number(exactly: wide) else { throw StateError("the number \(wide) is out of range") }
        return number
    }

    mutating func count() throws(StateError) -> Int {
        var count: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            count |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
            guard shift < 63 else { throw StateError("a count that has no end") }
        }
        return Int(count)
    }

    /// A count of things of which each has at least one byte here.
    mutating func countOfWhatFollows() throws(StateError) -> Int {
        let count = try count()
        guard count <= remaining else { throw StateError.cutOff }
        return count
    }

    mutating func word() throws(StateError) -> UInt64 {
        UInt64(bigEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    mutating func bytes() throws(StateError) -> UnsafeRawBufferPointer {
        let count = try count()
        return UnsafeRawBufferPointer(start: try take(count), count: count)
    }

    /// A value of a type, or NULL: of any other there is no column.
    mutating func valueOrNull(of type: DataType) throws(StateError) -> Value {
        let value = try value(depth: 0)
        guard value.isNull || value.isOf(type) else { throw StateError("a value that is no \(type.sqlName)") }
        return value
    }

    /// A value of a type that is not NULL.
    mutating func value(of type: DataType) throws(StateError) -> Value {
        let value = try valueOrNull(of: type)
        guard !value.isNull else { throw StateError("a NULL where there can be none") }
        return value
    }

    private mutating func value(depth: Int) throws(StateError) -> Value {
        guard depth < StateReader.maximumDepth else { throw StateError("a value that is nested too deep") }
        guard let tag = StateTag(rawValue: try byte()) else { throw StateError("a value of an unknown kind") }
        switch tag {
        case .null: return .null
        case .boolean: return .boolean(try flag())
        case .integer: return .integer(try int32())
        case .date: return .date(try int32())
        case .time: return .time(try int32())
        case .bigint: return .bigint(try int64())
        case .timestamp: return .timestamp(try int64())
        case .double: return .double(Double(bitPattern: try word()))
        case .decimal:
            let scale = try count()
            guard scale <= 38 else { throw StateError("a decimal of scale \(scale)") }
            return .decimal(Decimal128(unscaled: try int128(), scale: scale))
        case .varchar: return .varchar(Array(try bytes()))
        case .bytes: return .bytes(Array(try bytes()))
        case .array: return .array(try values(depth: depth + 1))
        case .structure: return .structure(try values(depth: depth + 1))
        case .map:
            var entries: [Value.MapEntry] = []
            for _ in 0..<(try countOfWhatFollows()) {
                let key = try value(depth: depth + 1)
                entries.append(Value.MapEntry(key: key, value: try value(depth: depth + 1)))
            }
            return .map(entries)
        }
    }

    private mutating func values(depth: Int) throws(StateError) -> [Value] {
        var values: [Value] = []
        for _ in 0..<(try countOfWhatFollows()) { values.append(try value(depth: depth)) }
        return values
    }

    /// Everything was read.
    func finish() throws(StateError) {
        guard remaining == 0 else { throw StateError("it goes on where it should end") }
    }
}

extension Value {
    /// Whether a column of the type can hold it as it is; NULL is of no type.
    fileprivate func isOf(_ type: DataType) -> Bool {
        switch (self, type) {
        case (.boolean, .boolean), (.integer, .integer), (.bigint, .bigint), (.double, .double), (.varchar, .varchar),
            (.bytes, .bytes), (.date, .date), (.time, .time), (.timestamp, .timestamp):
            true
        case (.decimal(let number), .decimal(let precision, let scale)):
            number.scale == scale && number.unscaled.magnitude < Decimal128.powersOfTen[precision].magnitude
        case (.array(let values), .array(let element)):
            values.allSatisfy { $0.isNull || $0.isOf(element) }
        case (.map(let entries), .map(let key, let value)):
            entries.allSatisfy { $0.key.isOf(key) && ($0.value.isNull || $0.value.isOf(value)) }
        case (.structure(let values), .structure(let fields)):
            values.count == fields.count && zip(values, fields).allSatisfy { $0.isNull || $0.isOf($1.type) }
        default: false
        }
    }
}
