// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// CREATE STREAM or TABLE over a topic, with columns or with those of the topic's schemas.
struct DeclaredSource {
    private let create: CreateSourceSyntax
    private let defaults: FormatDefaults
    private let catalogue: any Catalogue
    private var head: CreateHeadSyntax { create.head }

    init(_ create: CreateSourceSyntax, _ defaults: FormatDefaults, _ catalogue: any Catalogue) {
        self.create = create
        self.defaults = defaults
        self.catalogue = catalogue
    }

    /// - Parameter sink: what a query of the program writes to a topic.
    func bound(sink: (_ topic: String) -> SourceDefinition?) throws(SourceError) -> SourceDefinition {
        let properties = try PropertyReader(create.properties, .source)
        let declared = try columns()
        guard let topic = try properties.topic() else {
            throw SourceError(
                "\(head.name.text) needs KAFKA_TOPIC", at: head.name.location,
                hint: "name its topic: WITH (KAFKA_TOPIC = '…', VALUE_FORMAT = 'JSON')")
        }
        let inference = SchemaInference(
            head: head, properties: properties, defaults: defaults, catalogue: catalogue,
            isBare: create.columns.isEmpty,
            sink: sink(topic))
        let (columns, schemas) = try inference.completed(declared, topic: topic)
        try checkKey(columns)
        let windowedKey = try properties.windowedKey()
        if windowedKey != nil, columns.first?.definition.role != .key {
            throw SourceError(
                "WINDOW_TYPE needs a key column", at: properties["WINDOW_TYPE"]?.name.location,
                hint: "mark a column as KEY")
        }
        let assembler = SourceAssembler(
            name: head.name, kind: head.kind, properties: properties, input: nil, location: head.location,
            defaults: defaults, isReadOnly: head.isReadOnly, schemas: schemas)
        return try assembler.assembled(columns, topic: topic, windowedKey: windowedKey)
    }

    /// Key columns first.
    private func columns() throws(SourceError) -> [LocatedColumn] {
        var names: Set<String> = []
        var roles: Set<ColumnDefinition.Role> = []
        var columns: [LocatedColumn] = []
        for column in create.columns {
            let name = column.name
            guard !Names.pseudoColumns.contains(name.text) else {
                throw SourceError(
                    "\(name.text) is the name of a pseudo column", at: name.location, hint: "choose another name")
            }
            guard names.insert(name.text).inserted else {
                throw SourceError("the column \(name.text) is there twice", at: name.location)
            }
            let role = try role(of: column)
            if role != .key, role != .value, !roles.insert(role).inserted {
                throw SourceError("two columns take the same headers", at: column.constraintLocation)
            }
            columns.append(
                LocatedColumn(
                    definition: ColumnDefinition(name.text, column.type, role), location: name.location))
        }
        return columns.filter { $0.definition.role == .key } + columns.filter { $0.definition.role != .key }
    }

    private func checkKey(_ columns: [LocatedColumn]) throws(SourceError) {
        guard head.kind == .table, columns.first?.definition.role != .key else { return }
        let example = create.columns.first.map { "\($0.name.text) \($0.type.sqlName)" } ?? "name type"
        throw SourceError(
            "the table \(head.name.text) has no PRIMARY KEY", at: head.name.location,
            hint: "mark its key: \(example) PRIMARY KEY")
    }

    private func role(of column: ColumnSyntax) throws(SourceError) -> ColumnDefinition.Role {
        switch column.constraint {
        case .none: return .value
        case .key, .primaryKey:
            let isPrimary = column.constraint == .primaryKey
            guard isPrimary == (head.kind == .table) else {
                throw SourceError(
                    isPrimary ? "a stream has no PRIMARY KEY" : "a table has a PRIMARY KEY, not a KEY",
                    at: column.constraintLocation, hint: isPrimary ? "write KEY" : "write PRIMARY KEY")
            }
            if case .map = column.type {
                throw SourceError("a MAP cannot be a key", at: column.typeLocation)
            }
            return .key
        case .headers:
            let type = DataType.array(.structure([Field("KEY", .varchar), Field("VALUE", .bytes)]))
            guard column.type == type else {
                throw SourceError("a HEADERS column must be \(type.sqlName)", at: column.typeLocation)
            }
            return .headers
        case .header(let name):
            guard column.type == .bytes else {
                throw SourceError("a HEADER column must be BYTES", at: column.typeLocation)
            }
            return .header(name)
        }
    }
}
