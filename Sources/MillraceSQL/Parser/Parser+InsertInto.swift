// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension Parser {
    /// `INSERT INTO target [WITH (QUERY_ID = '…')] SELECT …`.
    mutating func insertInto() throws(SourceError) -> InsertIntoSyntax {
        let location = try expectWord("INSERT").location
        try expectWord("INTO")
        let target = try name("the name of a stream")
        if atWord("VALUES") {
            throw unsupported(
                "INSERT INTO … VALUES", hint: "a program writes what its queries make; kcat -P writes single records")
        }
        if atSymbol("("), let closing = matchingParenthesis(), peek(closing + 1).text == "VALUES" {
            throw unsupported(
                "INSERT INTO … VALUES", hint: "a program writes what its queries make; kcat -P writes single records")
        }
        if atSymbol("(") {
            throw unsupported(
                "INSERT INTO with a column list", hint: "name the columns in the SELECT: expression AS name")
        }
        let properties = try properties()
        return InsertIntoSyntax(target: target, properties: properties, query: try query(), location: location)
    }
}
