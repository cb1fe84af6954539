// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// From a message of Protobuf to columns' values, one rule after the other.
struct ProtobufConversion {
    let schema: ProtobufSchema

    /// A field of a message, or the STRUCT of a oneof, for a column.
    func member(_ tree: ProtobufTree, _ message: Int, _ column: String, _ type: DataType) throws -> Value {
        let fields = schema[message].fields
        let exact = fields.first { $0.name == column }
        let field = exact ?? fields.first { $0.name.uppercased() == column }
        let oneof = schema[message].oneofs.indices.first { index in
            let name = ProtobufSchema.oneofName(schema[message], index)
            return name == column || name.uppercased() == column
        }
        // A STRUCT is the oneof rather than a field of one.
        guard let oneof, field == nil || field?.oneof != nil, case .structure(let members) = type else {
            return try field.map { try value(tree, message, $0, type) } ?? .null
        }
        var isThere = false
        var values: [Value] = []
        for member in members {
            let field = fields.first {
                $0.oneof == oneof && ($0.name == member.name || $0.name.uppercased() == member.name)
            }
            guard let field else {
                values.append(.null)
                continue
            }
            if occurrences(tree, message, field).isEmpty {
                values.append(.null)
            } else {
                isThere = true
                values.append(try value(tree, message, field, member.type))
            }
        }
        return isThere ? .structure(values) : .null
    }

    private func wire(_ kind: ProtobufField.Kind) -> Int {
        switch kind {
        case .fixed64, .sfixed64, .double: 1
        case .string, .bytes, .message: 2
        case .group: 3
        case .fixed32, .sfixed32, .float: 5
        default: 0
        }
    }

    /// What a record has of a field; of a oneof only what comes behind its other fields.
    private func occurrences(
        _ tree: ProtobufTree, _ message: Int, _ field: ProtobufField
    ) -> [ProtobufTree.Entry] {
        var found: [ProtobufTree.Entry] = []
        for entry in tree.entries {
            guard let own = schema[message].fields.first(where: { UInt64($0.number) == entry.number }) else { continue }
            let isIt = entry.wire == wire(own.kind) || own.isRepeated && entry.wire == 2
            guard isIt else { continue }
            if own.number == field.number {
                found.append(entry)
            } else if let oneof = own.oneof, oneof == field.oneof {
                found = []
            }
        }
        return found
    }

    private func value(
        _ tree: ProtobufTree, _ message: Int, _ field: ProtobufField, _ type: DataType
    ) throws -> Value {
        let found = occurrences(tree, message, field)
        if field.isRepeated, case .map(let key, let element) = type {
            guard case .message(let index) = field.kind, schema[index].isEntry else { throw BadRecord() }
            return try map(found, index, key, element)
        }
        if case .array(let element) = type {
            // Also of what was not repeated when it was written.
            try check(field, element)
            return .array(try found.flatMap { try elements($0, field, element) })
        }
        guard !field.isRepeated else { throw BadRecord() }
        try check(field, type)
        guard let last = found.last else { return try absent(field, type) }
        if case .message = field.kind {
            // The parts of a message are one message.
            let parts = found.flatMap { entry -> [UInt8] in
                if case .bytes(let bytes) = entry.content { bytes } else { [] }
            }
            return try single(.bytes(parts), field, type)
        }
        return try single(last.content, field, type)
    }

    private func map(
        _ found: [ProtobufTree.Entry], _ index: Int, _ key: DataType, _ element: DataType
    ) throws -> Value {
        var entries: [Value.MapEntry] = []
        for entry in found {
            guard case .bytes(let bytes) = entry.content else { throw BadRecord() }
            let tree = try ProtobufTree(bytes)
            let key = try member(tree, index, "key", key)
            guard key != .null else { throw BadRecord() }
            entries.removeAll { $0.key == key }
            entries.append(Value.MapEntry(key: key, value: try member(tree, index, "value", element)))
        }
        return .map(entries)
    }

    /// Many values that are packed, or one.
    private func elements(
        _ entry: ProtobufTree.Entry, _ field: ProtobufField, _ type: DataType
    ) throws -> [Value] {
        guard case .bytes(var rest) = entry.content, wire(field.kind) != 2 else {
            return [try single(entry.content, field, type)]
        }
        var contents: [ProtobufTree.Content] = []
        switch wire(field.kind) {
        case 0: contents = try ProtobufTree.varints(rest).map { .varint($0) }
        case let wire:
            let size = wire == 1 ? 8 : 4
            guard rest.count % size == 0 else { throw BadRecord() }
            while !rest.isEmpty {
                let bits = rest.prefix(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                contents.append(size == 8 ? .eight(bits) : .four(UInt32(bits)))
                rest.removeFirst(size)
            }
        }
        return try contents.map { try single($0, field, type) }
    }

    // MARK: Values

    private static let long: Set<DataType> = [.bigint, .double, .varchar, .timestamp]
    private static let short: Set<DataType> = [.integer, .date, .time]

    /// Whether a field can be read as a type at all.
    private func check(_ field: ProtobufField, _ type: DataType) throws {
        let isDecimal = if case .decimal = type { true } else { false }
        let fits: Bool
        switch field.kind {
        case .int32, .sint32, .sfixed32:
            fits = Self.long.contains(type) || Self.short.contains(type) || isDecimal
        case .int64, .uint32, .uint64, .sint64, .fixed32, .fixed64, .sfixed64:
            fits = Self.long.contains(type) || isDecimal
        case .bool: fits = type == .boolean || type == .varchar
        case .float, .double: fits = type == .double
        case .string, .bytes: fits = type == .varchar || type == .bytes
        case .enumeration: fits = type == .varchar || type == .integer || type == .bigint
        case .group: fits = false
        case .message(let index):
            if case .structure = type {
                fits = true
            } else {
                switch schema.wellKnown(field.kind) {
                case .timestamp: fits = type == .timestamp
                case .date: fits = type == .date
                case .time: fits = type == .time
                case .decimal: fits = isDecimal
                case nil: fits = false
                default:
                    fits = true
                    try check(schema[index].fields[0], type)
                }
            }
        }
        guard fits else { throw BadRecord() }
    }

    private func single(_ content: ProtobufTree.Content, _ field: ProtobufField, _ type: DataType) throws -> Value {
        switch content {
        case .bytes(let bytes): return try bytesValue(bytes, field, type)
        case .four(let bits):
            if field.kind == .float { return .double(zeroed(Double(Float(bitPattern: bits)))) }
            return try number(field.kind == .sfixed32 ? Int128(Int32(bitPattern: bits)) : Int128(bits), type)
        case .eight(let bits):
            if field.kind == .double { return .double(zeroed(Double(bitPattern: bits))) }
            return try number(field.kind == .sfixed64 ? Int128(Int64(bitPattern: bits)) : Int128(bits), type)
        case .varint(let bits): return try varint(bits, field, type)
        case .group: throw BadRecord()
        }
    }

    private func zeroed(_ value: Double) -> Double { value == 0 ? 0 : value }

    private func varint(_ bits: UInt64, _ field: ProtobufField, _ type: DataType) throws -> Value {
        let low = UInt32(truncatingIfNeeded: bits)
        switch field.kind {
        case .bool: return type == .boolean ? .boolean(bits != 0) : .text(bits == 0 ? "false" : "true")
        case .enumeration(let index): return try symbol(Int32(bitPattern: low), index, type)
        case .int32: return try number(Int128(Int32(bitPattern: low)), type)
        case .uint32: return try number(Int128(low), type)
        case .sint32: return try number(Int128(Int32(bitPattern: low >> 1)) ^ (low % 2 == 1 ? -1 : 0), type)
        case .sint64: return try number(Int128(bits >> 1) ^ (bits % 2 == 1 ? -1 : 0), type)
        case .uint64: return try number(Int128(bits), type)
        default: return try number(Int128(Int64(bitPattern: bits)), type)
        }
    }

    private func number(_ value: Int128, _ type: DataType) throws -> Value {
        switch type {
        case .integer: return .integer(Int32(value))
        case .date: return .date(Int32(value))
        case .bigint, .timestamp:
            guard let long = Int64(exactly: value) else { throw BadRecord() }
            return type == .bigint ? .bigint(long) : .timestamp(long)
        case .time:
            guard 0..<86_400_000 ~= value else { throw BadRecord() }
            return .time(Int32(value))
        case .double: return .double(Double(value))
        case .varchar: return .text("\(value)")
        case .decimal(let precision, let scale): return try decimal(value, 0, precision, scale)
        default: throw BadRecord()
        }
    }

    private func symbol(_ number: Int32, _ index: Int, _ type: DataType) throws -> Value {
        guard type == .varchar else { return try self.number(Int128(number), type) }
        let enumeration = schema.enumerations[index]
        if let symbol = enumeration.symbols.first(where: { $0.number == number }) { return .text(symbol.name) }
        return enumeration.isOpen ? .text("\(number)") : .null
    }

    private func bytesValue(_ bytes: [UInt8], _ field: ProtobufField, _ type: DataType) throws -> Value {
        guard case .message(let index) = field.kind else {
            if type == .bytes { return .bytes(bytes) }
            guard String(validating: bytes, as: UTF8.self) != nil else { throw BadRecord() }
            return .varchar(bytes)
        }
        let tree = try ProtobufTree(bytes)
        if case .structure(let members) = type {
            return .structure(try members.map { try member(tree, index, $0.name, $0.type) })
        }
        func part(_ number: UInt64) -> Int64 {
            let found = tree.entries.last { $0.number == number && $0.wire == 0 }
            if case .varint(let bits)? = found?.content { return Int64(bitPattern: bits) }
            return 0
        }
        switch (schema.wellKnown(field.kind), type) {
        case (.timestamp, _): return .timestamp(try milliseconds(part(1), part(2)))
        case (.date, _):
            guard let date = CivilDate(year: part(1), month: Int(part(2)), day: Int(part(3))),
                let days = Int32(exactly: date.days)
            else { throw BadRecord() }
            return .date(days)
        case (.time, _):
            guard 0..<24 ~= part(1), 0..<60 ~= part(2), 0..<60 ~= part(3), 0..<1_000_000_000 ~= part(4) else {
                throw BadRecord()
            }
            return .time(Int32(((part(1) * 60 + part(2)) * 60 + part(3)) * 1000 + part(4) / 1_000_000))
        case (.decimal, .decimal(let precision, let scale)):
            let found = tree.entries.last { $0.number == 1 && $0.wire == 2 }
            guard case .bytes(let unscaled)? = found?.content else { return try decimal(0, 0, precision, scale) }
            let own = Int(Int32(truncatingIfNeeded: part(3)))
            return try decimal(try number(unscaled), own, precision, scale)
        default: return try member(tree, index, "value", type)
        }
    }

    private func milliseconds(_ seconds: Int64, _ nanos: Int64) throws -> Int64 {
        guard abs(Int128(nanos)) < 1_000_000_000 else { throw BadRecord() }
        let total = Int128(seconds) * 1000 + Int128(nanos) / 1_000_000 - (nanos % 1_000_000 < 0 ? 1 : 0)
        guard let result = Int64(exactly: total) else { throw BadRecord() }
        return result
    }

    /// Big-endian in two's complement.
    private func number(_ bytes: [UInt8]) throws -> Int128 {
        guard let first = bytes.first else { return 0 }
        let fill: UInt8 = first >= 0x80 ? 0xFF : 0
        let rest = Array(bytes.drop { $0 == fill })
        guard rest.count <= 16 else { throw BadRecord() }
        let bits = rest.reduce(fill == 0 ? UInt128(0) : UInt128.max) { $0 << 8 | UInt128($1) }
        let value = Int128(truncatingIfNeeded: bits)
        guard (value < 0) == (fill != 0) else { throw BadRecord() }
        return value
    }

    private func decimal(_ unscaled: Int128, _ own: Int, _ precision: Int, _ scale: Int) throws -> Value {
        var (value, own) = (unscaled, own)
        if value == 0 { return .decimal(Decimal128(unscaled: 0, scale: scale)) }
        while own < scale {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { throw BadRecord() }
            (value, own) = (product, own + 1)
        }
        while own > scale {
            guard value % 10 == 0 else { throw BadRecord() }
            (value, own) = (value / 10, own - 1)
        }
        guard "\(value.magnitude)".count <= precision else { throw BadRecord() }
        return .decimal(Decimal128(unscaled: value, scale: scale))
    }

    /// What a field is that is not there.
    private func absent(_ field: ProtobufField, _ type: DataType) throws -> Value {
        if field.fallback == nil, field.hasPresence { return .null }
        let text = field.fallback.map { String(decoding: $0, as: UTF8.self) }
        switch field.kind {
        case .message, .group: return .null
        case .string, .bytes: return try bytesValue(field.fallback ?? [], field, type)
        case .bool: return try varint(text == "true" ? 1 : 0, field, type)
        case .float, .double: return .double(zeroed(text.flatMap { Double($0) } ?? 0))
        case .enumeration(let index):
            let symbols = schema.enumerations[index].symbols
            return try symbol((symbols.first { $0.name == text } ?? symbols[0]).number, index, type)
        default: return try number(text.flatMap { Int128($0) } ?? 0, type)
        }
    }
}
