// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Makes the JSON Schema that ksqlDB registers for columns:
///
///     {"type":"object","properties":{
///       "AMOUNT":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int64"}]}}}
///
/// Every part may be null. The types of SQL that JSON has not are those of Kafka Connect.
package enum JSONSchemaBuilder {
    static let decimal = "org.apache.kafka.connect.data.Decimal"
    static let date = "org.apache.kafka.connect.data.Date"
    static let time = "org.apache.kafka.connect.data.Time"
    static let timestamp = "org.apache.kafka.connect.data.Timestamp"
    static let precision = "connect.decimal.precision"

    /// The schema of an object of the columns.
    package static func record(_ columns: [ColumnDefinition], title: String? = nil) -> JSONSchema {
        let fields = columns.map { Field($0.name, $0.type) }
        return JSONSchema(.object(members(.structure(fields)) + named(title)))
    }

    /// The schema of a column without an object around it. It is not null: a null is a record without bytes.
    package static func bare(_ column: ColumnDefinition, title: String? = nil) -> JSONSchema {
        var parts = members(column.type)
        if !parts.contains(where: { $0.name == "title" }) { parts += named(title) }
        return JSONSchema(.object(parts))
    }

    private static func named(_ title: String?) -> [JSONValue.Member] {
        title.map { [JSONValue.Member("title", .string($0))] } ?? []
    }

    /// A part of a schema, by its place in an object.
    private static func optional(_ type: DataType, index: Int? = nil) -> JSONValue {
        let branches = JSONValue.array([.object([typed("null")]), .object(members(type))])
        let place = index.map { [JSONValue.Member("connect.index", .number("\($0)"))] } ?? []
        return .object(place + [JSONValue.Member("oneOf", branches)])
    }

    private static func typed(_ name: String) -> JSONValue.Member { JSONValue.Member("type", .string(name)) }

    private static func members(_ type: DataType) -> [JSONValue.Member] {
        func connect(_ name: String, _ connect: String, _ title: String? = nil) -> [JSONValue.Member] {
            var members = [typed(name), JSONValue.Member("connect.type", .string(connect))]
            if let title {
                members.append(JSONValue.Member("title", .string(title)))
                members.append(JSONValue.Member("connect.version", .number("1")))
            }
            return members
        }
        switch type {
        case .boolean: return [typed("boolean")]
        case .integer: return connect("integer", "int32")
        case .bigint: return connect("integer", "int64")
        case .double: return connect("number", "float64")
        case .varchar: return [typed("string")]
        case .bytes: return connect("string", "bytes")
        case .date: return connect("integer", "int32", date)
        case .time: return connect("integer", "int32", time)
        case .timestamp: return connect("integer", "int64", timestamp)
        case .decimal(let precision, let scale):
            let parameters = JSONValue.object([
                JSONValue.Member("scale", .string("\(scale)")),
                JSONValue.Member(self.precision, .string("\(precision)")),
            ])
            return connect("number", "bytes", decimal) + [JSONValue.Member("connect.parameters", parameters)]
        case .array(let element): return [typed("array"), JSONValue.Member("items", optional(element))]
        case .map(_, let value):
            return connect("object", "map") + [JSONValue.Member("additionalProperties", optional(value))]
        case .structure(let fields):
            let properties = fields.enumerated().map { JSONValue.Member($1.name, optional($1.type, index: $0)) }
            return [typed("object"), JSONValue.Member("properties", .object(properties))]
        }
    }
}
