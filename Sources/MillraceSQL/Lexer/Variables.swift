// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The variables of a program: `DEFINE name = 'value';`, from then on `${name}`, bare or inside of quotes.
struct Variables {
    private var values: [String: String] = [:]
    /// Bytes that were put in place of names so far: values in values double them.
    private var inserted = 0

    /// The value of a variable; nil: it is not defined.
    mutating func value(_ name: String, at location: SourceLocation) throws(SourceError) -> String? {
        guard let value = values[Names.upperCased(name)] else { return nil }
        inserted += value.utf8.count
        guard inserted <= SQL.maximumLength else {
            throw SourceError("the values of variables are too long", at: location)
        }
        return value
    }

    func unknown(_ name: String, at location: SourceLocation) -> SourceError {
        SourceError(
            "the variable \(Suggestion.shortened(name)) is not defined", at: location,
            hint: Suggestion.hint(
                for: Names.upperCased(name), in: values.keys.sorted(),
                otherwise: "write DEFINE \(Suggestion.shortened(name)) = '…'; before"))
    }

    /// What stands in quotes, with values for the variables that are defined; `$${` is a `${`.
    mutating func substituted(_ text: String, at location: SourceLocation) throws(SourceError) -> String {
        guard text.contains("${") else { return text }
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstIndex(of: "$") {
            result += rest[..<start]
            rest = rest[start...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${"), let end = rest.firstIndex(of: "}"),
                let value = try value(String(rest[rest.index(start, offsetBy: 2)..<end]), at: location)
            {
                result += value
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    /// Looks at the tokens of a statement so far: whether the last one ends a DEFINE or an UNDEFINE.
    mutating func note(_ statement: ArraySlice<Token>) {
        guard let first = statement.first, first.kind == .word, let last = statement.last else { return }
        let isName = statement.dropFirst().first.map { $0.kind == .word || $0.kind == .quotedName } ?? false
        guard isName, let name = statement.dropFirst().first?.text else { return }
        if first.text == "UNDEFINE", statement.count == 2 { values[Names.upperCased(name)] = nil }
        if first.text == "DEFINE", statement.count == 4, last.kind == .string,
            statement.dropFirst(2).first?.text == "="
        {
            values[Names.upperCased(name)] = last.text
        }
    }
}
