// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension Parser {
    /// `SELECT … [ORDER BY …] [EMIT …] [LIMIT n]`, on its own.
    mutating func select() throws(SourceError) -> SelectSyntax {
        var select = SelectSyntax(query: try query())
        if select.query.emit == nil, atWords("ORDER", "BY") {
            try orderBy(&select)
            if atWord("EMIT") { select.query.emit = try emit() }
        }
        if select.orderBy.isEmpty, atWords("ORDER", "BY") { try orderBy(&select) }
        if takeWord("LIMIT") {
            guard current.kind == .integer, let limit = Int64(current.text) else { throw expected("a number of rows") }
            take()
            select.limit = limit
        }
        if atWord("EMIT"), select.query.emit == nil {
            throw SourceError("EMIT is out of order", at: current.location, hint: "EMIT CHANGES stands before LIMIT")
        }
        return select
    }

    private mutating func orderBy(_ select: inout SelectSyntax) throws(SourceError) {
        select.orderLocation = try expectWord("ORDER").location
        try expectWord("BY")
        repeat { select.orderBy.append(try order()) } while takeSymbol(",")
    }

    /// `expression [ASC | DESC] [NULLS FIRST | LAST]`.
    private mutating func order() throws(SourceError) -> SelectSyntax.Order {
        let expression = try expression()
        let isDescending = takeWord("DESC")
        if !isDescending { takeWord("ASC") }
        var order = SelectSyntax.Order(expression: expression, isDescending: isDescending)
        guard takeWord("NULLS") else { return order }
        if takeWord("FIRST") {
            order.areNullsFirst = true
        } else if takeWord("LAST") {
            order.areNullsFirst = false
        } else {
            throw expected("FIRST or LAST")
        }
        return order
    }
}
