// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// From a value in Avro to a column's value, one rule after the other.
struct AvroConversion {
    let writer: AvroSchema
    /// The schema that the columns were made from.
    let reader: AvroSchema?

    /// A field of a record for a column: by the reader's name, its aliases, the column's name, that in any case; else
    /// the reader's default; else NULL.
    func member(
        _ values: [AvroTree], _ fields: [AvroField], _ readerFields: [AvroField]?, _ column: String, _ type: DataType
    ) throws -> Value {
        let known = readerFields?.first { $0.name == column } ?? readerFields?.first { $0.name.uppercased() == column }
        var names = known.map { [$0.name] + $0.aliases } ?? []
        names.append(column)
        var index: Int?
        for name in names where index == nil { index = fields.firstIndex { $0.name == name } }
        index = index ?? fields.firstIndex { $0.name.uppercased() == column }
        if let index { return try value(values[index], type, known?.type) }
        guard let known, let fallback = known.fallback, let reader else { return .null }
        guard let bytes = AvroText.bytes(fallback, known.type, reader) else { throw BadRecord() }
        return try AvroConversion(writer: reader, reader: nil).value(AvroTree(bytes, known.type, reader), type, nil)
    }

    func value(_ tree: AvroTree, _ type: DataType, _ readerType: Int?) throws -> Value {
        if case .union(let branches) = writer[tree.type].kind, case .structure(let fields) = type {
            let others = branches.filter { writer[$0].kind != .null }
            if others.count > 1,
                fields.contains(where: { field in
                    others.contains { writer.unionFieldName($0) == field.name }
                })
            {
                return try unionValue(tree, fields, readerType)
            }
        }
        let given = tree
        let tree = tree.inner
        let readerType = readerType.map { branch($0, tree.type, isUnion: given.type != tree.type) }
        let logical = writer[tree.type].logicalType
        switch (tree.content, type) {
        case (.null, _): return .null
        case (.boolean(let byte), .boolean) where byte < 2: return .boolean(byte == 1)
        case (.boolean(let byte), .varchar) where byte < 2: return .text(byte == 1 ? "true" : "false")
        case (.integer(let number), .varchar):
            if case .enumeration(let symbols, _) = writer[tree.type].kind {
                return try symbol(number, symbols, readerType)
            }
            return .text("\(number)")
        case (.integer(let number), _): return try integer(number, tree.type, logical, type)
        case (.double(let number), .double): return .double(number == 0 ? 0 : number)
        case (.bytes(let bytes), .bytes): return .bytes(bytes)
        case (.bytes(let bytes), .varchar) where logical == nil || logical == .uuid:
            guard String(validating: bytes, as: UTF8.self) != nil else { throw BadRecord() }
            return .varchar(bytes)
        case (.bytes(let bytes), .decimal(let precision, let scale)):
            guard case .decimal(_, let own) = logical else { throw BadRecord() }
            return try decimal(bytes, own, precision, scale)
        case (.array(let items), .array(let element)):
            return .array(try items.map { try value($0, element, part(readerType)) })
        case (.array(let items), .map(let key, let element)): return try entries(items, key, element, part(readerType))
        case (.map(let entries), .map(.varchar, let element)):
            return try map(
                entries.map { entry in
                    guard String(validating: entry.key, as: UTF8.self) != nil else { throw BadRecord() }
                    return Value.MapEntry(
                        key: .varchar(entry.key), value: try value(entry.value, element, part(readerType)))
                })
        case (.record(let values), .structure(let members)):
            guard case .record(let fields) = writer[tree.type].kind else { throw BadRecord() }
            let known = readerFields(readerType)
            return .structure(try members.map { try member(values, fields, known, $0.name, $0.type) })
        case (_, .structure(let fields)):
            guard fields.contains(where: { $0.name == writer.unionFieldName(tree.type) }) else { throw BadRecord() }
            return try unionValue(tree, fields, readerType)
        default: throw BadRecord()
        }
    }

    private func small(_ number: Int64) throws -> Int32 {
        guard let small = Int32(exactly: number) else { throw BadRecord() }
        return small
    }

    private func integer(
        _ number: Int64, _ index: Int, _ logical: AvroLogicalType?, _ type: DataType
    ) throws -> Value {
        let isInt = writer[index].kind == .int
        guard isInt || writer[index].kind == .long else { throw BadRecord() }
        switch type {
        case .bigint: return .bigint(number)
        case .double: return .double(Double(number))
        case .integer where isInt: return .integer(try small(number))
        case .date where isInt && (logical == nil || logical == .date): return .date(try small(number))
        case .time where isInt && (logical == nil || logical == .timeMilliseconds): return try time(number)
        case .time where logical == .timeMicroseconds: return try time(thousandth(number))
        case .timestamp where logical == nil: return .timestamp(number)
        case .timestamp:
            switch logical {
            case .timestampMilliseconds, .localTimestampMilliseconds: return .timestamp(number)
            case .timestampMicroseconds, .localTimestampMicroseconds: return .timestamp(thousandth(number))
            default: throw BadRecord()
            }
        default: throw BadRecord()
        }
    }

    /// Towards the past.
    private func thousandth(_ number: Int64) -> Int64 { number / 1000 - (number % 1000 < 0 ? 1 : 0) }

    private func time(_ number: Int64) throws -> Value {
        guard 0..<86_400_000 ~= number else { throw BadRecord() }
        return .time(Int32(number))
    }

    private func symbol(_ number: Int64, _ symbols: [String], _ readerType: Int?) throws -> Value {
        guard let index = Int(exactly: number), symbols.indices.contains(index) else { throw BadRecord() }
        if let reader, let readerType, case .enumeration(let known, let fallback) = reader[readerType].kind,
            !known.contains(symbols[index])
        {
            guard let fallback else { throw BadRecord() }
            return .text(fallback)
        }
        return .text(symbols[index])
    }

    private func decimal(_ bytes: [UInt8], _ own: Int, _ precision: Int, _ scale: Int) throws -> Value {
        guard let first = bytes.first else { throw BadRecord() }
        var number = BigInteger(first >= 0x80 ? -1 : 0)
        for byte in bytes { number = (number << 8) + BigInteger(Int128(byte)) }
        if scale > own { number = number * BigInteger.powerOfTen(scale - own) }
        if own > scale {
            guard let (quotient, rest) = number.dividedTowardsZero(by: BigInteger.powerOfTen(own - scale)),
                rest.isZero
            else { throw BadRecord() }
            number = quotient
        }
        let limit = BigInteger.powerOfTen(precision)
        guard number < limit, limit.negated < number, let unscaled = number.int128 else { throw BadRecord() }
        return .decimal(Decimal128(unscaled: unscaled, scale: scale))
    }

    // MARK: Parts

    private func entries(_ items: [AvroTree], _ key: DataType, _ element: DataType, _ readerType: Int?) throws -> Value
    {
        try map(
            items.map { item in
                guard case .record(let values) = item.content, case .record(let fields) = writer[item.type].kind,
                    fields.map(\.name) == ["key", "value"]
                else { throw BadRecord() }
                let known = readerFields(readerType)
                let keyValue = try value(values[0], key, known?.first?.type)
                guard !keyValue.isNull else { throw BadRecord() }
                return Value.MapEntry(key: keyValue, value: try value(values[1], element, known?.last?.type))
            })
    }

    /// Of equal keys the last one stays, at its place.
    private func map(_ entries: [Value.MapEntry]) throws -> Value {
        .map(
            entries.indices.filter { index in !entries[(index + 1)...].contains { $0.key == entries[index].key } }
                .map { entries[$0] })
    }

    private func unionValue(_ tree: AvroTree, _ fields: [Field], _ readerType: Int?) throws -> Value {
        if tree.isNull { return .null }
        let name = writer.unionFieldName(tree.inner.type)
        return .structure(
            try fields.map { field in
                guard field.name == name else { return .null }
                return try value(
                    tree.inner, field.type, readerType.map { branch($0, tree.inner.type, isUnion: true) })
            })
    }

    private func branch(_ readerType: Int, _ type: Int, isUnion: Bool) -> Int {
        guard let reader, case .union(let branches) = reader[readerType].kind else { return readerType }
        return branches.first { reader[$0].title == writer[type].title }
            ?? branches.first { reader[$0].kindName == writer[type].kindName } ?? reader.withoutNull(readerType).index
    }

    private func part(_ readerType: Int?) -> Int? {
        guard let reader, let readerType else { return nil }
        switch reader[reader.withoutNull(readerType).index].kind {
        case .array(let part), .map(let part): return part
        default: return nil
        }
    }

    func readerFields(_ readerType: Int?) -> [AvroField]? {
        guard let reader, let readerType,
            case .record(let fields) = reader[reader.withoutNull(readerType).index].kind
        else { return nil }
        return fields
    }
}
