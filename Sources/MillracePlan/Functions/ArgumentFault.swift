// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A constant argument with which a function can never give a value.
package struct ArgumentFault: Hashable, Sendable {
    /// Which argument, from 0.
    package var argument: Int
    /// One sentence without a final stop.
    package var message: String
    /// What would work.
    package var hint: String?

    package init(_ argument: Int, _ message: String, hint: String? = nil) {
        self.argument = argument
        self.message = message
        self.hint = hint
    }
}

/// Ways to check constant arguments, for the entries of the table of functions.
enum ConstantChecks {
    typealias Check = ScalarFunction.ConstantCheck

    /// The first fault that one of the checks finds.
    static func all(_ checks: Check...) -> Check {
        { constants in
            for check in checks {
                if let fault = check(constants) { return fault }
            }
            return nil
        }
    }

    /// Looks at one argument where it is given and constant.
    static func argument(
        _ index: Int, _ fault: @escaping @Sendable (Value) -> (message: String, hint: String?)?
    ) -> Check {
        { constants in
            guard constants.indices.contains(index), let value = constants[index] else { return nil }
            return fault(value).map { ArgumentFault(index, $0.message, hint: $0.hint) }
        }
    }

    /// Looks at one argument that is a text.
    static func text(
        _ index: Int, _ fault: @escaping @Sendable (String) -> (message: String, hint: String?)?
    ) -> Check {
        argument(index) { $0.string.flatMap(fault) }
    }

    /// Looks at one argument that is a whole number.
    static func number(
        _ index: Int, _ fault: @escaping @Sendable (Int64) -> (message: String, hint: String?)?
    ) -> Check {
        argument(index) { (try? $0.asInteger()).flatMap(fault) }
    }

    /// An argument that must be one of some words.
    static func word(_ index: Int, _ what: String, among words: [String], ignoringCase: Bool = true) -> Check {
        text(index) { text in
            let wanted = ignoringCase ? text.uppercased() : text
            if words.contains(where: { ($0 == wanted) || (ignoringCase && $0.uppercased() == wanted) }) { return nil }
            let near = NearestName.suggestion(for: wanted, among: words).map { "did you mean '\($0)'?" }
            return ("'\(shortened(text))' is no \(what)", near ?? "write \(list(words))")
        }
    }

    /// A text that must not be empty.
    static func notEmpty(_ index: Int, _ what: String) -> Check {
        argument(index) { value in
            guard let bytes = try? value.asBytes(), bytes.isEmpty else { return nil }
            return ("\(what) is empty, and the result would be NULL in every row", nil)
        }
    }

    static func shortened(_ text: String) -> String {
        text.unicodeScalars.count <= 40 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(40))) + "…"
    }

    private static func list(_ words: [String]) -> String {
        let quoted = words.map { "'\($0)'" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.joined() }
        return "\(quoted.dropLast().joined(separator: ", ")) or \(last)"
    }
}
