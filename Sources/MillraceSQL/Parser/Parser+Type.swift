// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The types that a program has named so far.
struct NamedTypes {
    private(set) var types: [String: DataType] = [:]
    /// Parts of all types that were written out in place of a name: names in types in names double them.
    private var parts = 0
    private static let mostParts = 1_000_000
    private static let mostPartsOfOne = 10_000

    mutating func add(_ name: NameSyntax, _ type: DataType, ifNotExists: Bool) throws(SourceError) {
        guard types[name.text] == nil else {
            if ifNotExists { return }
            throw SourceError(
                "there is a type \(Suggestion.shortened(name.text)) already", at: name.location,
                hint: "choose another name, or write CREATE TYPE IF NOT EXISTS")
        }
        var left = NamedTypes.mostPartsOfOne
        guard type.fits(&left) else { throw SourceError("the type is too large", at: name.location) }
        types[name.text] = type
    }

    mutating func remove(_ name: NameSyntax, ifExists: Bool) throws(SourceError) {
        guard types.removeValue(forKey: name.text) == nil, !ifExists else { return }
        throw SourceError(
            "there is no type \(Suggestion.shortened(name.text))", at: name.location,
            hint: Suggestion.hint(
                for: name.text, in: types.keys.sorted(), otherwise: "DROP TYPE IF EXISTS does not mind"))
    }

    /// The type of the name; nil: the program has none.
    mutating func type(_ name: String, at location: SourceLocation) throws(SourceError) -> DataType? {
        guard let type = types[name] else { return nil }
        var left = NamedTypes.mostPartsOfOne
        _ = type.fits(&left)
        parts += NamedTypes.mostPartsOfOne - left
        guard parts <= NamedTypes.mostParts else { throw SourceError("the types are too large", at: location) }
        return type
    }
}

extension Parser {
    /// `CREATE TYPE [IF NOT EXISTS] name AS type`, from TYPE on.
    mutating func createType() throws(SourceError) -> StatementSyntax {
        try expectWord("TYPE")
        let ifNotExists = takeWords("IF", "NOT", "EXISTS")
        let name = try name("the name of the type")
        guard !Parser.typeNames.contains(name.text) else {
            throw SourceError(
                "\(name.text) is a type of SQL", at: name.location, hint: "choose another name for your own")
        }
        try expectWord("AS")
        let type = try dataType()
        try types.add(name, type, ifNotExists: ifNotExists)
        return .settled
    }

    /// `DROP TYPE [IF EXISTS] name`
    mutating func dropType() throws(SourceError) -> StatementSyntax {
        try expectWord("DROP")
        try expectWord("TYPE")
        let ifExists = takeWords("IF", "EXISTS")
        try types.remove(try name("the name of the type"), ifExists: ifExists)
        return .settled
    }

    /// `DEFINE name = 'value'`: the lexer has put the value in place of `${name}`.
    mutating func define() throws(SourceError) -> StatementSyntax {
        try expectWord("DEFINE")
        _ = try name("a variable's name")
        try expectSymbol("=")
        _ = try string("the variable's value")
        return .settled
    }

    /// `UNDEFINE name`
    mutating func undefine() throws(SourceError) -> StatementSyntax {
        try expectWord("UNDEFINE")
        _ = try name("a variable's name")
        return .settled
    }

    private mutating func takeWords(_ words: String...) -> Bool {
        for (distance, word) in words.enumerated() {
            let token = peek(distance)
            guard token.kind == .word, token.text == word else { return false }
        }
        for _ in words { take() }
        return true
    }
}
