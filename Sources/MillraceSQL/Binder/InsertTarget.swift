// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The stream that INSERT INTO writes: its columns against the query's.
struct InsertTarget {
    private let target: SourceDefinition
    private let insert: InsertIntoSyntax
    private let flow: SourceFlow

    init(_ target: SourceDefinition, _ insert: InsertIntoSyntax, _ flow: SourceFlow) {
        self.target = target
        self.insert = insert
        self.flow = flow
    }

    /// The query with its columns in the target's types.
    func matched(_ query: BoundQuery, _ input: SourceDefinition) throws(SourceError) -> BoundQuery {
        let location = insert.target.location
        guard target.kind == .stream else {
            throw SourceError("INSERT INTO needs a stream; \(target.name) is a table", at: location)
        }
        guard !target.isReadOnly else {
            throw SourceError(
                "\(target.name) is a SOURCE stream, which is only read", at: location,
                hint: "declare it with CREATE STREAM, without SOURCE (line \(target.location.line))")
        }
        guard query.kind == .stream else {
            throw SourceError(
                "the query makes a table, but \(target.name) is a stream", at: insert.query.location,
                hint: "write CREATE TABLE … AS SELECT")
        }
        guard target.columns.allSatisfy({ $0.role == .key || $0.role == .value }) else {
            throw SourceError("\(target.name) has columns of headers, which cannot be written", at: location)
        }
        if target.name == input.name {
            throw SourceError("the query would read what it writes into \(target.name)", at: location)
        }
        if target.topic == input.topic {
            throw SourceError(
                "the query would read what it writes: \(target.name) and \(input.name) are one topic", at: location)
        }
        if flow.isFed(input.name, by: target.topic) {
            let through = flow.query(writing: input.name).map { " by \($0)" } ?? ""
            throw SourceError(
                "the query would read what it writes: \(input.name) is made\(through) from \(target.name)",
                at: location, hint: "rows would go round for ever; write to another stream")
        }
        guard query.windowedKey == target.windowedKey else {
            throw SourceError("the keys of \(input.name) and \(target.name) differ in their window", at: location)
        }
        var result = query
        result.keys = try matched(query.keys, Array(target.keyColumns), "key")
        result.values = try matched(query.values, target.valueColumns, "value")
        return result
    }

    private func matched(
        _ columns: [BoundQuery.Column], _ wanted: [ColumnDefinition], _ part: String
    ) throws(SourceError) -> [BoundQuery.Column] {
        guard columns.count == wanted.count else {
            throw SourceError(
                "the query has \(columns.count) \(part) \(columns.count == 1 ? "column" : "columns"), "
                    + "\(target.name) has \(wanted.count)",
                at: insert.query.location,
                hint: wanted.isEmpty
                    ? "PARTITION BY NULL drops the key"
                    : "\(target.name) has the \(part) \(Suggestion.list(wanted.map(\.name)))")
        }
        var result: [BoundQuery.Column] = []
        for (column, definition) in zip(columns, wanted) {
            guard column.name == definition.name else {
                throw SourceError(
                    "the \(part) column \(Suggestion.shortened(column.name)) stands where \(target.name) has "
                        + definition.name,
                    at: column.location, hint: "name it: … AS \(definition.name)")
            }
            guard let widened = Coercion.widened(column.expression, to: definition.type) else {
                throw SourceError(
                    "\(column.name) is \(column.expression.type.sqlName), but in \(target.name) it is "
                        + definition.type.sqlName,
                    at: column.location, hint: "use CAST(… AS \(definition.type.sqlName))")
            }
            result.append(BoundQuery.Column(name: column.name, expression: widened, location: column.location))
        }
        return result
    }
}
