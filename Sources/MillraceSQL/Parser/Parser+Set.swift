// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension Parser {
    /// `SET 'name' = 'value'`.
    mutating func set() throws(SourceError) -> StatementSyntax {
        try expectWord("SET")
        let name = try string("a property's name")
        try expectSymbol("=")
        let value = try string("the property's value")
        return .set(name: NameSyntax(text: name.text, location: name.location), value: value.text)
    }

    /// `UNSET 'name'`.
    mutating func unset() throws(SourceError) -> StatementSyntax {
        try expectWord("UNSET")
        let name = try string("a property's name")
        return .unset(name: NameSyntax(text: name.text, location: name.location))
    }
}
