// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

extension JSONSchema {
    /// Looks whether rows of columns can be written by this schema: each column is a property of just its name, which
    /// takes its type, and no other property is required. A record has the names of the columns.
    /// - Parameter bare: the only column, where nothing is around it.
    /// - Throws: what does not fit.
    package func check(_ columns: [ColumnDefinition], bare: ColumnDefinition?) throws(SourceError) {
        let found = try self.columns(.value, bareName: bare?.name, keepsCase: true)
        let properties = found.map { Field($0.name, $0.type) }
        try JSONSchema.check(columns.map { Field($0.name, $0.type) }, properties, root)
    }

    private static func check(
        _ members: [Field], _ properties: [Field], _ schema: JSONValue?
    ) throws(SourceError) {
        for member in members {
            guard let property = properties.first(where: { $0.name == member.name }) else {
                let other = properties.first { $0.name.uppercased() == member.name.uppercased() }
                throw SourceError(
                    "the schema to write by has no property \(member.name)", at: nil,
                    hint: other.map { "it has \($0.name): name the column so, AS `\($0.name)`" })
            }
            guard takes(property.type, member.type) else {
                throw SourceError(
                    "the schema to write by has \(property.type.sqlName) for \(member.name), as which "
                        + "\(member.type.sqlName) cannot be written", at: nil)
            }
            if case .structure(let inner) = member.type, case .structure(let known) = property.type {
                try check(inner, known, schema?["properties"]?[member.name])
            }
        }
        let required = schema?["required"]?.elements?.compactMap(\.string) ?? []
        if let name = required.first(where: { name in !members.contains { $0.name == name } }) {
            throw SourceError("the schema to write by requires \(name), which is no column", at: nil)
        }
    }

    /// Whether a value of a type is one of the property's, in JSON. The members of a STRUCT are looked at on their own.
    private static func takes(_ property: DataType, _ type: DataType) -> Bool {
        switch (property, type) {
        case (.bigint, .integer), (.double, .integer), (.double, .bigint), (.double, .decimal): true
        case (.structure, .structure): true
        case (.array(let known), .array(let element)): takes(known, element)
        case (.map(let key, let known), .map(let otherKey, let value)): key == otherKey && takes(known, value)
        default: property == type
        }
    }
}
