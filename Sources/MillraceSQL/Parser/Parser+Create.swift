// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension Parser {
    /// `CREATE [OR REPLACE] [SOURCE] STREAM|TABLE [IF NOT EXISTS] name` with what follows.
    mutating func create() throws(SourceError) -> StatementSyntax {
        let location = try expectWord("CREATE").location
        var orReplace = false
        if atWords("OR", "REPLACE") {
            take()
            take()
            orReplace = true
        }
        if !orReplace, atWord("TYPE") { return try createType() }
        let sourceLocation = current.location
        let isReadOnly = takeSource()
        let kind = try sourceKind()
        var ifNotExists = false
        if atWords("IF", "NOT", "EXISTS") {
            take()
            take()
            take()
            ifNotExists = true
        }
        let name = try name("the name of the \(kind == .stream ? "stream" : "table")")
        let head = CreateHeadSyntax(
            kind: kind, isReadOnly: isReadOnly, orReplace: orReplace, ifNotExists: ifNotExists, name: name,
            location: location)
        if atSymbol("(") {
            let columns = try columns()
            let properties = try properties()
            if atWord("AS") {
                throw SourceError(
                    "CREATE \(kind.rawValue) … AS SELECT takes no column list", at: current.location,
                    hint: "name the columns in the SELECT: expression AS name")
            }
            return .createSource(CreateSourceSyntax(head: head, columns: columns, properties: properties))
        }
        let properties = try properties()
        if atWord("AS"), isReadOnly {
            throw SourceError(
                "a SOURCE \(kind.rawValue) is declared over a topic, and is not the result of a query",
                at: sourceLocation, hint: "leave out SOURCE")
        }
        if takeWord("AS") {
            return .createAsSelect(CreateAsSelectSyntax(head: head, properties: properties, query: try query()))
        }
        if properties.isEmpty { throw expected("a column list, WITH or AS SELECT") }
        // Its columns come from a schema, if its format has any.
        return .createSource(CreateSourceSyntax(head: head, columns: [], properties: properties))
    }

    /// SOURCE before STREAM or TABLE.
    private mutating func takeSource() -> Bool {
        guard atWords("SOURCE", "STREAM") || atWords("SOURCE", "TABLE") else { return false }
        take()
        return true
    }

    private mutating func sourceKind() throws(SourceError) -> SourceDefinition.Kind {
        if takeWord("STREAM") { return .stream }
        if takeWord("TABLE") { return .table }
        if atWord("SOURCE") || atWord("SINK") {
            if peek().text == "CONNECTOR" { throw unsupported("CREATE \(current.text) CONNECTOR") }
        }
        throw expected("STREAM or TABLE", hint: Suggestion.hint(for: current.text, in: ["STREAM", "TABLE"]))
    }

    private mutating func columns() throws(SourceError) -> [ColumnSyntax] {
        try expectSymbol("(")
        var result: [ColumnSyntax] = []
        repeat { result.append(try column()) } while takeSymbol(",")
        try expectClosing(of: "the column list")
        return result
    }

    private mutating func column() throws(SourceError) -> ColumnSyntax {
        let name = try name("a column's name")
        let typeLocation = current.location
        let type = try dataType()
        let location = current.location
        var constraint = ColumnSyntax.Constraint.none
        if takeWord("KEY") {
            constraint = .key
        } else if takeWord("PRIMARY") {
            try expectWord("KEY")
            constraint = .primaryKey
        } else if takeWord("HEADERS") {
            constraint = .headers
        } else if takeWord("HEADER") {
            try expectSymbol("(")
            constraint = .header(try string("the header's name").text)
            try expectSymbol(")")
        }
        return ColumnSyntax(
            name: name, type: type, typeLocation: typeLocation, constraint: constraint, constraintLocation: location)
    }

    /// `)`, where a comma could stand too.
    mutating func expectClosing(of what: String) throws(SourceError) {
        guard takeSymbol(")") else { throw expected(", or ) in \(what)") }
    }

    /// `[WITH (name = value, …)]`.
    mutating func properties() throws(SourceError) -> [PropertySyntax] {
        guard takeWord("WITH") else { return [] }
        try expectSymbol("(")
        var result: [PropertySyntax] = []
        repeat { result.append(try property()) } while takeSymbol(",")
        try expectClosing(of: "WITH")
        return result
    }

    private mutating func property() throws(SourceError) -> PropertySyntax {
        var name: NameSyntax
        if current.kind == .string {
            let token = take()
            name = NameSyntax(text: token.text, location: token.location)
        } else {
            name = try self.name("a property's name")
        }
        name.text = Names.upperCased(name.text)
        try expectSymbol("=")
        let location = current.location
        let value: PropertySyntax.Value
        let isNegative = current.text == "-" && current.kind == .symbol && peek().kind == .integer
        if isNegative { take() }
        switch (current.kind, current.text) {
        case (.string, let text): value = .string(text)
        case (.integer, let text): value = .integer((isNegative ? "-" : "") + text)
        case (.word, "TRUE"): value = .boolean(true)
        case (.word, "FALSE"): value = .boolean(false)
        default: throw expected("a value: a string in single quotes, a whole number, true or false")
        }
        take()
        return PropertySyntax(name: name, value: value, valueLocation: location)
    }
}
