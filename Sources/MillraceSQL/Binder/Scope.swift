// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The columns that a query's expressions can name, and which of them they did name: the scan.
struct Scope {
    let source: SourceDefinition
    private let qualifier: String
    private(set) var scan: [ScanColumn] = []
    private var indexes: [ScanColumn: Int] = [:]
    private let columns: [String: Int]

    init(source: SourceDefinition, alias: String?) {
        self.source = source
        columns = Dictionary(
            source.columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        qualifier = alias ?? source.name
    }

    func checkQualifier(_ name: NameSyntax?) throws(SourceError) {
        guard let name, name.text != qualifier else { return }
        throw SourceError(
            "unknown source \(Suggestion.shortened(name.text))", at: name.location,
            hint: source.name == name.text
                ? "here it is called \(qualifier)"
                : "columns of \(qualifier) are written \(qualifier).name; fields of a STRUCT are taken with ->")
    }

    /// The column of the name: a declared one goes before a pseudo column.
    func column(_ name: NameSyntax) throws(SourceError) -> ScanColumn {
        if let index = columns[name.text] { return .column(index) }
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
        default: throw unknown(name)
        }
    }

    /// Whether it is a declared column.
    func has(_ name: String) -> Bool { columns[name] != nil }

    private func unknown(_ name: NameSyntax) -> SourceError {
        let names = source.columns.map(\.name)
        let otherCase = names.first { Names.upperCased($0) == Names.upperCased(name.text) }
        let hint =
            otherCase.map { "the column is called `\($0)`, which must be quoted as it is" }
            ?? Suggestion.hint(
                for: name.text, in: names + Names.pseudoColumns,
                otherwise: "\(source.name) has \(Suggestion.list(names))")
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
        case .rowTime, .rowOffset, .windowStart, .windowEnd: .bigint
        }
    }
}
