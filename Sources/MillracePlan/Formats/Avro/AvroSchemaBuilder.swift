// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Makes the schema that ksqlDB registers for columns:
///
///     {"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","fields":[
///       {"name":"AMOUNT","type":["null","long"],"default":null}]}
///
/// Every part may be null. A STRUCT is a record whose name is that of what it is in, `_` and its field's. A MAP is an
/// array of entries, because its keys may be null.
package struct AvroSchemaBuilder {
    package static let namespace = "io.confluent.ksql.avro_schemas"
    /// The full name of the schema of values, and of keys, where the statement gives none.
    package static let defaultName = "\(namespace).KsqlDataSourceSchema"

    private var types: [AvroType] = []
    /// Types without names.
    private var plain: [AvroType: Int] = [:]
    private var names: Set<String> = []

    /// The full name of the schema of the keys of a stream or a table: `ORDERS_BY_USER` has `…OrdersByUserKey`.
    package static func keyName(_ source: String) -> String {
        let words = source.split(separator: "_").map { word in
            word.prefix(1).uppercased() + word.dropFirst().lowercased()
        }
        let name = words.joined().filter { AvroName.isValid("_\($0)") }
        return "\(namespace).\(AvroName.isValid(name) ? name : "_\(name)")Key"
    }

    /// The schema of a record of the columns.
    /// - Throws: where a name is none in Avro.
    package static func record(
        _ columns: [ColumnDefinition], fullName: String = defaultName
    ) throws(SourceError) -> AvroSchema {
        var builder = AvroSchemaBuilder()
        let fields = columns.map { Field($0.name, $0.type) }
        let root = try builder.record(fields, AvroName(full: fullName))
        return AvroSchema(types: builder.types, root: root)
    }

    /// The schema of a column without a record around it. It is not null: a null is a record without bytes.
    package static func bare(
        _ column: ColumnDefinition, fullName: String = defaultName
    ) throws(SourceError) -> AvroSchema {
        var builder = AvroSchemaBuilder()
        let root = try builder.required(column.type, AvroName(full: fullName))
        return AvroSchema(types: builder.types, root: root)
    }

    /// Adds a record without fields. A name that is taken (`A_B` with a field `C`, `A` with `B_C`) gets a `_` more.
    private mutating func add(record name: AvroName, isMapEntry: Bool = false) -> Int {
        var name = name
        while !names.insert(name.simple).inserted { name.simple += "_" }
        types.append(AvroType(.record([]), name: name, isMapEntry: isMapEntry))
        return types.count - 1
    }

    private mutating func add(_ type: AvroType) -> Int {
        if let known = plain[type] { return known }
        types.append(type)
        plain[type] = types.count - 1
        return types.count - 1
    }

    private mutating func record(_ members: [Field], _ name: AvroName) throws(SourceError) -> Int {
        let index = add(record: name)
        var fields: [AvroField] = []
        for member in members {
            guard AvroName.isValid(member.name) else {
                throw SourceError(
                    "\"\(member.name)\" is no name in Avro", at: nil,
                    hint: "names there are of ASCII letters, digits and _: give the column another one by AS")
            }
            fields.append(
                AvroField(
                    name: member.name, type: try optional(member.type, name.inner(member.name)), fallback: .null))
        }
        types[index].kind = .record(fields)
        return index
    }

    private mutating func optional(_ type: DataType, _ name: AvroName) throws(SourceError) -> Int {
        let null = add(AvroType(.null))
        let index = try required(type, name)
        return add(AvroType(.union([null, index])))
    }

    /// - Parameter name: what a record gets.
    private mutating func required(_ type: DataType, _ name: AvroName) throws(SourceError) -> Int {
        switch type {
        case .boolean: return add(AvroType(.boolean))
        case .integer: return add(AvroType(.int))
        case .bigint: return add(AvroType(.long))
        case .double: return add(AvroType(.double))
        case .varchar: return add(AvroType(.string))
        case .bytes: return add(AvroType(.bytes))
        case .decimal(let precision, let scale):
            return add(AvroType(.bytes, logicalType: .decimal(precision: precision, scale: scale)))
        case .date: return add(AvroType(.int, logicalType: .date))
        case .time: return add(AvroType(.int, logicalType: .timeMilliseconds))
        case .timestamp: return add(AvroType(.long, logicalType: .timestampMilliseconds))
        case .array(let element): return add(AvroType(.array(items: try optional(element, name))))
        case .map(let key, let value):
            let entry = add(record: name, isMapEntry: true)
            let fields = [
                AvroField(name: "key", type: try optional(key, name.inner("MapKey")), fallback: .null),
                AvroField(name: "value", type: try optional(value, name.inner("MapValue")), fallback: .null),
            ]
            types[entry].kind = .record(fields)
            return add(AvroType(.array(items: entry), isMapEntry: true))
        case .structure(let members): return try record(members, name)
        }
    }
}

extension AvroName {
    /// The name of a record inside of a field of this one.
    fileprivate func inner(_ field: String) -> AvroName {
        AvroName(namespace: namespace, simple: "\(simple)_\(field)")
    }
}
