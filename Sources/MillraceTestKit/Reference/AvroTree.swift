// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A value in Avro's bytes as a tree, with the index of its type in the writer's schema. Only its shape is checked.
struct AvroTree {
    indirect enum Content {
        case null
        case boolean(UInt8)
        /// int, long and the number of a symbol.
        case integer(Int64)
        case double(Double)
        /// bytes, string, fixed.
        case bytes([UInt8])
        case array([AvroTree])
        case map([(key: [UInt8], value: AvroTree)])
        /// In the order of the schema's fields.
        case record([AvroTree])
        case union(AvroTree)
    }

    let type: Int
    let content: Content

    /// Reads a value of a type to the end of its bytes.
    init(_ bytes: [UInt8], _ type: Int, _ schema: AvroSchema) throws {
        var reader = Reader(bytes: bytes, schema: schema, items: bytes.count + 1024)
        self = try reader.tree(type, depth: 0)
        guard reader.position == bytes.count else { throw BadRecord() }
    }

    private init(_ type: Int, _ content: Content) {
        self.type = type
        self.content = content
    }

    /// Without the union around it.
    var inner: AvroTree {
        if case .union(let value) = content { return value }
        return self
    }

    var isNull: Bool {
        if case .null = inner.content { return true }
        return false
    }

    private struct Reader {
        let bytes: [UInt8]
        let schema: AvroSchema
        var position = 0
        var items: Int

        mutating func take(_ count: Int) throws -> [UInt8] {
            guard count >= 0, count <= bytes.count - position else { throw BadRecord() }
            defer { position += count }
            return Array(bytes[position..<position + count])
        }

        mutating func integer() throws -> Int64 {
            var bits: UInt64 = 0
            for index in 0..<10 {
                let byte = try take(1)[0]
                guard index < 9 || byte <= 1 else { throw BadRecord() }
                bits |= UInt64(byte & 0x7F) << UInt64(index * 7)
                if byte < 0x80 { return Int64(bitPattern: bits / 2) ^ (bits % 2 == 1 ? -1 : 0) }
            }
            throw BadRecord()
        }

        mutating func length() throws -> Int { Int(clamping: try integer()) }

        mutating func bits(_ count: Int) throws -> UInt64 {
            try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        mutating func tree(_ type: Int, depth: Int) throws -> AvroTree {
            guard depth < 400 else { throw BadRecord() }
            switch schema[type].kind {
            case .null: return AvroTree(type, .null)
            case .boolean: return AvroTree(type, .boolean(try take(1)[0]))
            case .int, .long, .enumeration: return AvroTree(type, .integer(try integer()))
            case .float:
                return AvroTree(type, .double(Double(Float(bitPattern: UInt32(try bits(4))))))
            case .double: return AvroTree(type, .double(Double(bitPattern: try bits(8))))
            case .bytes, .string: return AvroTree(type, .bytes(try take(length())))
            case .fixed(let size): return AvroTree(type, .bytes(try take(size)))
            case .union(let branches):
                let branch = try length()
                guard branches.indices.contains(branch) else { throw BadRecord() }
                return AvroTree(type, .union(try tree(branches[branch], depth: depth + 1)))
            case .record(let fields):
                return AvroTree(type, .record(try fields.map { try tree($0.type, depth: depth + 1) }))
            case .array(let part):
                var values: [AvroTree] = []
                try blocks { reader in values.append(try reader.tree(part, depth: depth + 1)) }
                return AvroTree(type, .array(values))
            case .map(let part):
                var entries: [(key: [UInt8], value: AvroTree)] = []
                try blocks { reader in
                    let key = try reader.take(reader.length())
                    entries.append((key, try reader.tree(part, depth: depth + 1)))
                }
                return AvroTree(type, .map(entries))
            }
        }

        private mutating func blocks(_ item: (inout Reader) throws -> Void) throws {
            while true {
                var count = try integer()
                if count == 0 { return }
                var end: Int?
                if count < 0 {
                    let size = try length()
                    guard size >= 0, size <= bytes.count - position, count > Int64.min else { throw BadRecord() }
                    end = position + size
                    count = -count
                }
                guard count <= Int64(items) else { throw BadRecord() }
                items -= Int(count)
                for _ in 0..<count { try item(&self) }
                guard end == nil || end == position else { throw BadRecord() }
            }
        }
    }
}
