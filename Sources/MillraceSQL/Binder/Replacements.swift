// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// CREATE OR REPLACE: a program is read as a whole, so that what is replaced is not there at all. Statements in between
/// that name it see what replaces it.
struct Replacements {
    /// The statements that take effect.
    private(set) var effective: [StatementSyntax] = []

    init(_ statements: [StatementSyntax], _ errors: inout [SourceError]) {
        var result: [StatementSyntax?] = []
        // By name: the statement that makes it.
        var makers: [String: Int] = [:]
        // By name: the last statement that reads or writes it.
        var uses: [String: Int] = [:]
        for statement in statements {
            var place = result.count
            if let head = statement.head {
                let name = head.name.text
                if head.orReplace, !head.ifNotExists, let earlier = makers[name], let old = result[earlier]?.head {
                    guard old.kind == head.kind else {
                        errors.append(
                            SourceError(
                                "\(name) is a \(old.kind.rawValue), from line \(old.location.line); OR REPLACE cannot "
                                    + "make a \(head.kind.rawValue) of it",
                                at: head.name.location, hint: "choose another name"))
                        continue
                    }
                    result[earlier] = nil
                    if let use = uses[name], use > earlier { place = earlier }
                }
                if makers[name] == nil || head.orReplace { makers[name] = place }
            }
            if place == result.count { result.append(statement) } else { result[place] = statement }
            if let source = statement.query?.source.text { uses[source] = max(uses[source] ?? 0, place) }
            if case .insertInto(let insert) = statement { uses[insert.target.text] = place }
        }
        effective = result.compactMap { $0 }
    }
}

extension StatementSyntax {
    /// Of a statement that makes a stream or a table.
    var head: CreateHeadSyntax? {
        switch self {
        case .createSource(let create): create.head
        case .createAsSelect(let create): create.head
        default: nil
        }
    }

    var query: QuerySyntax? {
        switch self {
        case .createAsSelect(let create): create.query
        case .insertInto(let insert): insert.query
        default: nil
        }
    }
}
