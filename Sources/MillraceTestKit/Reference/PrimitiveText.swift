// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Scalars from the bytes of DELIMITED cells, JSON numbers and KAFKA primitives.
enum PrimitiveText {
    /// A number in a text for a column of a number or time type; out of range is bad, a fraction of an integer is cut.
    static func number(_ text: [UInt8], _ type: DataType) throws -> Value {
        switch type {
        case .integer: return .integer(try integer(text))
        case .bigint: return .bigint(try integer(text))
        case .date: return .date(try integer(text))
        case .time:
            let milliseconds: Int32 = try integer(text)
            guard 0..<86_400_000 ~= milliseconds else { throw BadRecord() }
            return .time(milliseconds)
        case .timestamp: return .timestamp(try integer(text))
        case .double:
            guard let number = text.withUnsafeBytes({ NumberText.double($0) }), number.isFinite else {
                throw BadRecord()
            }
            return .double(number == 0 ? 0 : number)
        case .decimal(let precision, let scale):
            // As in ksqlDB only what fits without rounding; with 38 digits behind the point nothing is rounded away.
            let exact = text.withUnsafeBytes { NumberText.decimal($0, precision: 38, scale: 38 - precision + scale) }
            guard let exact, let number = exact.rescaled(to: scale, precision: precision),
                number.rescaled(to: exact.scale) == exact
            else { throw BadRecord() }
            return .decimal(number)
        default: throw BadRecord()
        }
    }

    /// A text for a column of a number or time type: dates and times as people write them; a whole number has no
    /// fraction, and only a DOUBLE may have blanks around it.
    static func text(_ text: [UInt8], _ type: DataType) throws -> Value {
        switch type {
        case .date: if let days = text.withUnsafeBytes({ TimeText.date($0) }) { return .date(days) }
        case .time: if let time = text.withUnsafeBytes({ TimeText.time($0) }) { return .time(time) }
        case .timestamp:
            if text.withUnsafeBytes({ NumberText.integer($0) }) == nil,
                let time = text.withUnsafeBytes({ TimeText.timestamp($0) })
            {
                return .timestamp(time)
            }
        case .double:
            let inner = text.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
            return try number(Array(inner), type)
        case .decimal: return try number(text, type)
        default: break
        }
        guard text.withUnsafeBytes({ NumberText.integer($0) }) != nil else { throw BadRecord() }
        return try number(text, type)
    }

    /// Cut towards zero; bad where it does not fit.
    private static func integer<T: FixedWidthInteger>(_ text: [UInt8]) throws -> T {
        if let exact = text.withUnsafeBytes({ NumberText.integer($0) }) {
            guard let value = T(exactly: exact) else { throw BadRecord() }
            return value
        }
        guard let number = text.withUnsafeBytes({ NumberText.double($0) }), number.isFinite,
            let value = T(exactly: number.rounded(.towardZero))
        else { throw BadRecord() }
        return value
    }

    /// The cells of one line of separated values; nil for an empty cell without quotes.
    static func cells(_ bytes: [UInt8], delimiter: UInt8) throws -> [[UInt8]?] {
        guard !bytes.isEmpty, String(validating: bytes, as: UTF8.self) != nil else { throw BadRecord() }
        var bytes = bytes
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        guard !bytes.isEmpty else { throw BadRecord() }
        let quote = UInt8(ascii: "\"")
        var cells: [[UInt8]?] = []
        var position = 0
        while true {
            var cell: [UInt8] = []
            if position < bytes.count, bytes[position] == quote {
                position += 1
                while true {
                    guard position < bytes.count else { throw BadRecord() }
                    let byte = bytes[position]
                    position += 1
                    if byte != quote {
                        cell.append(byte)
                    } else if position < bytes.count, bytes[position] == quote {
                        cell.append(quote)
                        position += 1
                    } else {
                        break
                    }
                }
                while position < bytes.count, bytes[position] != delimiter, [0x20, 0x09].contains(bytes[position]) {
                    position += 1
                }
                guard position == bytes.count || bytes[position] == delimiter else { throw BadRecord() }
                cells.append(cell)
            } else {
                while position < bytes.count, bytes[position] != delimiter {
                    guard ![0x0A, 0x0D].contains(bytes[position]) else { throw BadRecord() }
                    cell.append(bytes[position])
                    position += 1
                }
                cells.append(cell.isEmpty ? nil : cell)
            }
            guard position < bytes.count else { return cells }
            position += 1
        }
    }

    static func delimited(_ cell: [UInt8]?, _ type: DataType) throws -> Value {
        guard let cell else { return .null }
        switch type {
        case .varchar: return .varchar(cell)
        case .bytes:
            guard let bytes = Base64.decode(cell) else { throw BadRecord() }
            return .bytes(bytes)
        case .boolean:
            switch String(decoding: cell, as: UTF8.self).lowercased() {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            default: throw BadRecord()
            }
        default: return try text(cell, type)
        }
    }

    /// Kafka's own serialisers: big-endian numbers, UTF-8 texts, raw bytes.
    static func kafka(_ bytes: [UInt8], _ type: DataType) throws -> Value {
        func number(_ width: Int) throws -> UInt64 {
            guard bytes.count == width else { throw BadRecord() }
            return bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch type {
        case .integer: return .integer(Int32(truncatingIfNeeded: try number(4)))
        case .bigint: return .bigint(Int64(truncatingIfNeeded: try number(8)))
        case .double:
            let value = Double(bitPattern: try number(8))
            return .double(value == 0 ? 0 : value.isNaN ? .nan : value)
        case .varchar:
            guard String(validating: bytes, as: UTF8.self) != nil else { throw BadRecord() }
            return .varchar(bytes)
        case .bytes: return .bytes(bytes)
        default: throw BadRecord()
        }
    }
}
