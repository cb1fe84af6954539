// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// The columns that ksqlDB gives a stream or a table over a schema.
extension AvroSchema {
    private static let mostColumns = 20_000

    /// The fields of the record, each a column of this role, in the order of the schema.
    ///
    /// - Parameters:
    ///   - bareName: the name of the only column, where the schema stands for that: `ROWKEY` or `ROWVAL`. Nil: the
    ///     schema has to be a record.
    ///   - keepsCase: names stay as they are; else they are in upper case.
    /// - Throws: for types that SQL has none for, with the path to them.
    package func columns(
        _ role: ColumnDefinition.Role, bareName: String? = nil, keepsCase: Bool = false
    ) throws(SourceError) -> [ColumnDefinition] {
        guard expandedCount(AvroSchema.mostColumns) < AvroSchema.mostColumns else {
            throw SourceError(
                "the schema has more than \(AvroSchema.mostColumns) fields and types, each written out in its place",
                at: nil, hint: "name the columns that are needed in the statement")
        }
        if let bareName {
            return [ColumnDefinition(bareName, try columnType(root, [], inside: [], keepsCase), role)]
        }
        let top = withoutNull(root).index
        guard case .record(let fields) = types[top].kind else {
            throw SourceError(
                "the schema is no record, but \(types[top].kindName)", at: nil,
                hint: "a value without a record around it is one column, with WRAP_SINGLE_VALUE = false")
        }
        return try self.fields(fields, [], inside: [top], keepsCase).map { ColumnDefinition($0.name, $0.type, role) }
    }

    private func fields(
        _ fields: [AvroField], _ path: [String], inside open: [Int], _ keepsCase: Bool
    ) throws(SourceError) -> [Field] {
        var result: [Field] = []
        var names: Set<String> = []
        for field in fields {
            let name = keepsCase ? field.name : field.name.uppercased()
            guard names.insert(name).inserted else {
                throw SourceError(
                    "two fields of the schema are \((path + [field.name]).joined(separator: ".")) "
                        + "but for the case of letters", at: nil,
                    hint: "name the columns in the statement, in quotes where their case counts")
            }
            result.append(Field(name, try columnType(field.type, path + [field.name], inside: open, keepsCase)))
        }
        return result
    }

    private func columnType(
        _ given: Int, _ path: [String], inside open: [Int], _ keepsCase: Bool
    ) throws(SourceError) -> DataType {
        let index = withoutNull(given).index
        let type = types[index]
        let place = path.isEmpty ? "the schema" : path.joined(separator: ".")
        guard !open.contains(index) else {
            throw SourceError(
                "\(place): the type \(type.title) contains itself, which no type of SQL can", at: nil,
                hint: "name the columns that are needed in the statement, without this one")
        }
        let open = open + [index]
        switch type.kind {
        case .null:
            throw SourceError(
                "\(place) can only be null, which no type of SQL is", at: nil,
                hint: "name the columns that are needed in the statement, without this one")
        case .boolean: return .boolean
        case .int: return type.logicalType == .date ? .date : type.logicalType == .timeMilliseconds ? .time : .integer
        case .long: return type.logicalType == .timestampMilliseconds ? .timestamp : .bigint
        case .float, .double: return .double
        case .string, .enumeration: return .varchar
        case .bytes, .fixed: return try bytesType(type, place)
        case .array(let items):
            if type.isMapEntry, let (key, value) = mapEntry(items) {
                return .map(
                    key: try columnType(key, path + ["key"], inside: open, keepsCase),
                    value: try columnType(value, path + ["value"], inside: open, keepsCase))
            }
            return .array(try columnType(items, path, inside: open, keepsCase))
        case .map(let values): return .map(key: .varchar, value: try columnType(values, path, inside: open, keepsCase))
        case .record(let members): return .structure(try fields(members, path, inside: open, keepsCase))
        case .union(let branches): return .structure(try unionFields(branches, path, inside: open, keepsCase))
        }
    }

    private func bytesType(_ type: AvroType, _ place: String) throws(SourceError) -> DataType {
        guard case .decimal(let precision, let scale) = type.logicalType else { return .bytes }
        guard precision <= 38 else {
            throw SourceError(
                "\(place) is a decimal of \(precision) digits; DECIMAL has 38 at most", at: nil,
                hint: "name the columns in the statement, this one as BYTES or as a shorter DECIMAL")
        }
        return .decimal(precision: precision, scale: scale)
    }

    /// A union of several types is a STRUCT with a field for each of them, as in Kafka Connect.
    private func unionFields(
        _ branches: [Int], _ path: [String], inside open: [Int], _ keepsCase: Bool
    ) throws(SourceError) -> [Field] {
        var result: [Field] = []
        for branch in branches where types[branch].kind != .null {
            let name = unionFieldName(branch)
            guard !result.contains(where: { $0.name == name }) else {
                throw SourceError("\(path.joined(separator: ".")): the union has two types \(name)", at: nil)
            }
            result.append(Field(name, try columnType(branch, path + [types[branch].kindName], inside: open, keepsCase)))
        }
        return result
    }

    /// The field of the STRUCT of a union for one of its types.
    package func unionFieldName(_ branch: Int) -> String {
        (types[branch].name?.simple ?? types[branch].kindName).uppercased()
    }

    /// The types of key and value, where `index` is a record of the two.
    package func mapEntry(_ index: Int) -> (key: Int, value: Int)? {
        guard case .record(let fields) = types[withoutNull(index).index].kind, fields.count == 2,
            fields[0].name == "key", fields[1].name == "value"
        else { return nil }
        return (fields[0].type, fields[1].type)
    }
}
