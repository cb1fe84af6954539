// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport

/// What the values look like.
enum Shape: String {
    /// JSON of five fields and about 90 bytes, which `--bytes` does not change.
    case orders
    /// The same five values, separated by commas.
    case delimited
    /// JSON of 20 fields, filled up to `--bytes`.
    case wide
    /// The fields of `orders` and of `wide` in Avro, behind the numbers 1 and 2 of their schemas (Benchmarks/Schemas).
    case avro
    case wideAvro = "wide-avro"
    /// The same in Protobuf, behind the numbers 3 and 4.
    case protobuf
    case wideProtobuf = "wide-protobuf"
    /// JSON of three fields, and a fourth one that fills it up to `--bytes`.
    case sized
}

/// Writes record after record into one piece of memory: a pure function of the seed, the shape and the number.
struct RecordWriter {
    let shape: Shape
    let keys: UInt64
    let bytes: Int
    let startMilliseconds: Int64
    /// How many records bear the same millisecond: this makes event time advance, whatever the machine's speed.
    let recordsPerMillisecond: Int
    private var random: SplitMix64
    private let buffer: UnsafeMutablePointer<UInt8>
    private var end = 0
    private(set) var keyLength = 0
    private var valueStart = 0
    private(set) var timestamp: Int64 = 0

    init(
        shape: Shape, keys: UInt64, bytes: Int, startMilliseconds: Int64, recordsPerMillisecond: Int, seed: UInt64
    ) {
        self.shape = shape
        self.keys = max(1, keys)
        self.bytes = bytes
        self.startMilliseconds = startMilliseconds
        self.recordsPerMillisecond = max(1, recordsPerMillisecond)
        random = SplitMix64(seed: seed)
        buffer = .allocate(capacity: bytes + 1024)
    }

    var key: UnsafeMutableRawPointer { UnsafeMutableRawPointer(buffer) }
    var value: UnsafeMutableRawPointer { UnsafeMutableRawPointer(buffer + valueStart) }
    var valueLength: Int { end - valueStart }

    /// Makes the next record; numbers must come in order, from 0.
    mutating func write(_ number: Int) {
        let user = random.next() % keys
        let other = random.next()
        let cents = other % 100_000
        let page = (other >> 32) % 10_000
        timestamp = startMilliseconds + Int64(number / recordsPerMillisecond)
        end = 0
        put("u")
        put(user, digits: 7)
        keyLength = end
        valueStart = end
        switch shape {
        case .orders: writeOrder(number, cents, page, user)
        case .delimited: writeDelimited(number, cents, page, user)
        case .wide: writeWide(number, cents, page, user)
        case .sized: writeSized(number, cents)
        case .avro: writeAvro(number, cents, page, user)
        case .wideAvro: writeWideAvro(number, cents, page, user)
        case .protobuf: writeProtobuf(number, cents, page, user)
        case .wideProtobuf: writeWideProtobuf(number, cents, page, user)
        }
    }

    private mutating func writeOrder(_ number: Int, _ cents: UInt64, _ page: UInt64, _ user: UInt64) {
        put("{\"id\":")
        put(UInt64(number))
        put(",\"amount\":")
        put(cents: cents)
        put(",\"ts\":")
        put(UInt64(timestamp))
        put(",\"page\":\"/p/")
        put(page, digits: 5)
        put("\",\"user\":\"u")
        put(user, digits: 7)
        put("\"}")
    }

    private mutating func writeDelimited(_ number: Int, _ cents: UInt64, _ page: UInt64, _ user: UInt64) {
        put(UInt64(number))
        put(",")
        put(cents: cents)
        put(",")
        put(UInt64(timestamp))
        put(",/p/")
        put(page, digits: 5)
        put(",u")
        put(user, digits: 7)
    }

    /// The fields that a query reads (`amount`, `ts`, `quantity`) stand among the others.
    private mutating func writeWide(_ number: Int, _ cents: UInt64, _ page: UInt64, _ user: UInt64) {
        // Names, quotes and the numbers take about 205 bytes, 15 texts the rest.
        let text = max(1, (bytes - 205) / 15)
        put("{\"id\":")
        put(UInt64(number))
        for field in 1...15 {
            switch field {
            case 5:
                put(",\"amount\":")
                put(cents: cents)
            case 9:
                put(",\"ts\":")
                put(UInt64(timestamp))
            case 12:
                put(",\"quantity\":")
                put(cents % 9 + 1)
            case 14:
                put(",\"page\":\"/p/")
                put(page, digits: 5)
                put("\"")
            default: break
            }
            put(",\"f")
            put(UInt64(field), digits: 2)
            put("\":\"")
            fill(text, from: Int(truncatingIfNeeded: user &+ UInt64(field)))
            put("\"")
        }
        put("}")
    }

    private mutating func writeSized(_ number: Int, _ cents: UInt64) {
        put("{\"id\":")
        put(UInt64(number))
        put(",\"amount\":")
        put(cents: cents)
        put(",\"ts\":")
        put(UInt64(timestamp))
        let left = bytes - valueLength - 1
        if left >= 9 {
            put(",\"pad\":\"")
            fill(left - 9, from: number)
            put("\"")
        }
        put("}")
    }

    // MARK: Avro

    private mutating func writeAvro(_ number: Int, _ cents: UInt64, _ page: UInt64, _ user: UInt64) {
        putFrame(schema: 1)
        put(zigzag: UInt64(number))
        put(double: Double(cents) / 100)
        put(zigzag: UInt64(timestamp))
        putPage(page)
        put(zigzag: 8)
        put("u")
        put(user, digits: 7)
    }

    /// The fields of `writeWide`, in its order.
    private mutating func writeWideAvro(_ number: Int, _ cents: UInt64, _ page: UInt64, _ user: UInt64) {
        let text = max(1, (bytes - 205) / 15)
        putFrame(schema: 2)
        put(zigzag: UInt64(number))
        for field in 1...15 {
            switch field {
            case 5: put(double: Double(cents) / 100)
            case 9: put(zigzag: UInt64(timestamp))
            case 12: put(zigzag: cents % 9 + 1)
            case 14: putPage(page)
            default: break
            }
            put(zigzag: UInt64(text))
            fill(text, from: Int(truncatingIfNeeded: user &+ UInt64(field)))
        }
    }

    private mutating func putPage(_ page: UInt64) {
        put(zigzag: 8)
        put("/p/")
        put(page, digits: 5)
    }

    // MARK: Protobuf

    private mutating func writeProtobuf(_ number: Int, _ cents: UInt64, _ page: UInt64, _ user: UInt64) {
        putFrame(schema: 3)
        put(byte: 0)
        put(field: 1, varint: UInt64(number))
        put(field: 2, double: Double(cents) / 100)
        put(field: 3, varint: UInt64(timestamp))
        put(field: 4, page: page)
        put(field: 5, count: 8)
        put("u")
        put(user, digits: 7)
    }

    /// The fields of `writeWide`, in its order.
    private mutating func writeWideProtobuf(_ number: Int, _ cents: UInt64, _ page: UInt64, _ user: UInt64) {
        let text = max(1, (bytes - 205) / 15)
        putFrame(schema: 4)
        put(byte: 0)
        put(field: 1, varint: UInt64(number))
        var next: UInt64 = 2
        for field in 1...15 {
            var isThere = true
            switch field {
            case 5: put(field: next, double: Double(cents) / 100)
            case 9: put(field: next, varint: UInt64(timestamp))
            case 12: put(field: next, varint: cents % 9 + 1)
            case 14: put(field: next, page: page)
            default: isThere = false
            }
            if isThere { next += 1 }
            put(field: next, count: text)
            fill(text, from: Int(truncatingIfNeeded: user &+ UInt64(field)))
            next += 1
        }
    }

    private mutating func put(field: UInt64, page: UInt64) {
        put(field: field, count: 8)
        put("/p/")
        put(page, digits: 5)
    }

    private mutating func put(field: UInt64, varint: UInt64) {
        put(varint: field << 3)
        put(varint: varint)
    }

    private mutating func put(field: UInt64, double: Double) {
        put(varint: field << 3 | 1)
        put(double: double)
    }

    /// A text of so many bytes begins.
    private mutating func put(field: UInt64, count: Int) {
        put(varint: field << 3 | 2)
        put(varint: UInt64(count))
    }

    // MARK: Numbers of both

    private mutating func putFrame(schema: UInt8) {
        for byte in [0, 0, 0, 0, schema] { put(byte: byte) }
    }

    /// An int or a long that is not negative.
    private mutating func put(zigzag number: UInt64) { put(varint: number << 1) }

    private mutating func put(varint number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            put(byte: UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        put(byte: UInt8(rest))
    }

    private mutating func put(double: Double) {
        let bits = double.bitPattern
        for shift in stride(from: 0, to: 64, by: 8) { put(byte: UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
    }

    private mutating func put(byte: UInt8) {
        buffer[end] = byte
        end += 1
    }

    // MARK: Pieces

    private mutating func put(_ text: StaticString) {
        buffer.advanced(by: end).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        end += text.utf8CodeUnitCount
    }

    private mutating func put(_ number: UInt64) {
        var digits = 1
        var rest = number / 10
        while rest > 0 { (digits, rest) = (digits + 1, rest / 10) }
        put(number, digits: digits)
    }

    private mutating func put(_ number: UInt64, digits: Int) {
        var rest = number
        for place in stride(from: end + digits - 1, through: end, by: -1) {
            buffer[place] = UInt8(truncatingIfNeeded: rest % 10) + 0x30
            rest /= 10
        }
        end += digits
    }

    private mutating func put(cents: UInt64) {
        put(cents / 100)
        put(".")
        put(cents % 100, digits: 2)
    }

    private mutating func fill(_ count: Int, from letter: Int) {
        for index in 0..<max(0, count) { buffer[end + index] = UInt8(0x61 + (letter + index) % 26) }
        end += max(0, count)
    }
}
