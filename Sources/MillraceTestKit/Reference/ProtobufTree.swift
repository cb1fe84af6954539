// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// A message of Protobuf as the fields that lie in it, in their order. Only its shape is checked.
struct ProtobufTree {
    enum Content {
        case varint(UInt64)
        case eight(UInt64)
        case four(UInt32)
        case bytes([UInt8])
        case group
    }

    struct Entry {
        var number: UInt64
        var content: Content

        /// How it is marked.
        var wire: Int {
            switch content {
            case .varint: 0
            case .eight: 1
            case .bytes: 2
            case .group: 3
            case .four: 5
            }
        }
    }

    let entries: [Entry]

    init(_ bytes: [UInt8]) throws {
        var reader = Reader(bytes: bytes)
        var entries: [Entry] = []
        while reader.position < bytes.count {
            let tag = try reader.varint()
            entries.append(try reader.entry(tag, depth: 0))
        }
        self.entries = entries
    }

    /// The numbers of a text of varints.
    static func varints(_ bytes: [UInt8]) throws -> [UInt64] {
        var reader = Reader(bytes: bytes)
        var result: [UInt64] = []
        while reader.position < bytes.count { result.append(try reader.varint()) }
        return result
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func take(_ count: UInt64) throws -> [UInt8] {
            guard count <= UInt64(bytes.count - position) else { throw BadRecord() }
            defer { position += Int(count) }
            return Array(bytes[position..<position + Int(count)])
        }

        mutating func varint() throws -> UInt64 {
            var bits: UInt64 = 0
            for index in 0..<10 {
                let byte = try take(1)[0]
                guard index < 9 || byte <= 1 else { throw BadRecord() }
                bits |= UInt64(byte & 0x7F) << UInt64(index * 7)
                if byte < 0x80 { return bits }
            }
            throw BadRecord()
        }

        mutating func entry(_ tag: UInt64, depth: Int) throws -> Entry {
            let number = tag / 8
            guard number > 0, depth < 101 else { throw BadRecord() }
            switch tag % 8 {
            case 0: return Entry(number: number, content: .varint(try varint()))
            case 1: return Entry(number: number, content: .eight(littleEndian(try take(8))))
            case 2: return Entry(number: number, content: .bytes(try take(varint())))
            case 5: return Entry(number: number, content: .four(UInt32(littleEndian(try take(4)))))
            case 3:
                guard depth < 100 else { throw BadRecord() }
                while true {
                    let inner = try varint()
                    if inner % 8 == 4 {
                        guard inner / 8 == number else { throw BadRecord() }
                        return Entry(number: number, content: .group)
                    }
                    _ = try entry(inner, depth: depth + 1)
                }
            default: throw BadRecord()
            }
        }

        private func littleEndian(_ bytes: [UInt8]) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    }
}
