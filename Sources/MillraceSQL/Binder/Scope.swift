// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The columns that a query's expressions can name, and which of them they did name: the scan.
struct Scope {
    /// One of the sources that the query reads.
    struct Part {
        /// Its alias, or its name.
        var qualifier: String
        var name: String
        /// Its columns among those of the scope's source.
        var columns: Range<Int>
    }

    /// What the query reads; of a join the input, with the columns of the tables behind its own.
    let source: SourceDefinition
    let parts: [Part]
    /// Whether its rows are pairs of rows of two streams, which have no one record.
    let pairsStreams: Bool
    private(set) var scan: [ScanColumn] = []
    private var indexes: [ScanColumn: Int] = [:]
    /// By name: the columns that have it, one a part.
    private let columns: [String: [Int]]

    init(source: SourceDefinition, alias: String?) {
        self.init(
            source: source,
            parts: [Part(qualifier: alias ?? source.name, name: source.name, columns: source.columns.indices)])
    }

    init(source: SourceDefinition, parts: [Part], pairsStreams: Bool = false) {
        self.pairsStreams = pairsStreams
        self.source = source
        self.parts = parts
        var columns: [String: [Int]] = [:]
        for part in parts {
            var seen: Set<String> = []
            for index in part.columns where seen.insert(source.columns[index].name).inserted {
                columns[source.columns[index].name, default: []].append(index)
            }
        }
        self.columns = columns
    }

    var isJoin: Bool { parts.count > 1 }

    /// The part of a qualifier.
    func part(_ qualifier: NameSyntax) throws(SourceError) -> Part {
        if let part = parts.first(where: { $0.qualifier == qualifier.text }) { return part }
        let called = parts.first { $0.name == qualifier.text }
        let first = parts[0].qualifier
        throw SourceError(
            "unknown source \(Suggestion.shortened(qualifier.text))", at: qualifier.location,
            hint: called.map { "here it is called \($0.qualifier)" }
                ?? (isJoin
                    ? "the sources of this query are \(Suggestion.list(parts.map(\.qualifier)))"
                    : "columns of \(first) are written \(first).name; fields of a STRUCT are taken with ->"))
    }

    /// The part that a column belongs to.
    func part(of column: Int) -> Part { parts.first { $0.columns.contains(column) } ?? parts[0] }

    /// The column of the name: a declared one goes before a pseudo column.
    func column(_ qualifier: NameSyntax?, _ name: NameSyntax) throws(SourceError) -> ScanColumn {
        let owner = try qualifier.map { (name) throws(SourceError) in try part(name) }
        let found = (columns[name.text] ?? []).filter { owner?.columns.contains($0) ?? true }
        if found.count > 1 {
            let written = found.map { index in "\(part(of: index).qualifier).\(name.text)" }
            throw SourceError(
                "\(name.text) is a column of several sources of this join", at: name.location,
                hint: "write " + written.joined(separator: " or "))
        }
        if let index = found.first { return .column(index) }
        if pairsStreams { try checkPseudoColumn(owner, name) }
        if Names.pseudoColumns.contains(name.text), let owner, owner.columns != parts[0].columns {
            throw SourceError(
                "\(name.text) of a joined table is not supported yet", at: name.location,
                hint: "\(parts[0].qualifier).\(name.text) is that of the stream")
        }
        switch name.text {
        case "ROWTIME": return .rowTime
        case "ROWPARTITION": return .rowPartition
        case "ROWOFFSET": return .rowOffset
        case "WINDOWSTART", "WINDOWEND":
            guard source.windowedKey != nil else {
                throw SourceError(
                    "\(name.text) is not known here, because \(source.name) has no windowed key", at: name.location,
                    hint: "it is known in the SELECT of a query with a WINDOW clause, and over what such a query made")
            }
            return name.text == "WINDOWSTART" ? .windowStart : .windowEnd
        default: throw unknown(name, owner)
        }
    }

    /// A pair has the time of its later row, and no place in a log.
    private func checkPseudoColumn(_ owner: Part?, _ name: NameSyntax) throws(SourceError) {
        guard Names.pseudoColumns.contains(name.text), owner != nil || name.text != "ROWTIME" else { return }
        let own = owner.map { "\($0.qualifier).\(name.text)" } ?? name.text
        throw SourceError(
            "\(own) of a join of two streams is not supported yet", at: name.location,
            hint: "ROWTIME is the time of the later of both rows; others are columns of a query in front of the join")
    }

    /// Whether it is a declared column.
    func has(_ name: String) -> Bool { columns[name] != nil }

    /// Whether several sources of a join have a column of this name.
    func isClashing(_ name: String) -> Bool { (columns[name]?.count ?? 0) > 1 }

    private func unknown(_ name: NameSyntax, _ part: Part?) -> SourceError {
        let names = source.columns[part?.columns ?? source.columns.indices].map(\.name)
        let otherCase = names.first { Names.upperCased($0) == Names.upperCased(name.text) }
        let owner = part?.name ?? parts.map(\.name).joined(separator: " with ")
        let hint =
            otherCase.map { "the column is called `\($0)`, which must be quoted as it is" }
            ?? Suggestion.hint(
                for: name.text, in: names + Names.pseudoColumns,
                otherwise: "\(owner) has \(Suggestion.list(names))")
        return SourceError("unknown column \(Suggestion.shortened(name.text))", at: name.location, hint: hint)
    }

    /// The reference to the column from now on; it becomes part of the scan.
    mutating func reference(to column: ScanColumn) -> Expression {
        let index: Int
        if let known = indexes[column] {
            index = known
        } else {
            index = scan.count
            scan.append(column)
            indexes[column] = index
        }
        return .column(index, type(of: column))
    }

    func type(of column: ScanColumn) -> DataType {
        switch column {
        case .column(let index): source.columns[index].type
        case .rowPartition: .integer
        case .rowTopic: .varchar
        case .rowTime, .rowOffset, .subOffset, .windowStart, .windowEnd: .bigint
        // Its type is that of the call (`ExpressionBinder.tableCall`).
        case .exploded: .varchar
        }
    }
}
