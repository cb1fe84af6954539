// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// The SQL front end: ksqlDB's dialect to a plan.
package enum SQL {
    /// The longest program, in bytes of UTF-8.
    package static let maximumLength = 1024 * 1024

    /// A program's text as a bound and checked plan. Throws the first mistake, with its place.
    package static func compile(_ text: String) throws(SourceError) -> ProgramPlan {
        guard text.utf8.count <= maximumLength else {
            throw SourceError(
                "the program is longer than \(maximumLength) bytes", at: nil, hint: "split it into several programs")
        }
        let program = try coding(.sqlSyntax) { () throws(SourceError) in
            var lexer = Lexer(text)
            var parser = Parser(tokens: try lexer.tokens())
            return try parser.program()
        }
        return try coding(.sqlMeaning) { () throws(SourceError) in
            var binder = ProgramBinder()
            return try binder.bind(program)
        }
    }

    /// A name as it is written in SQL: in back quotes where it would be read as something else without them.
    /// - Parameter keepsCase: in back quotes, too, where it has small letters, which a bare name does not keep.
    package static func identifier(_ name: String, keepsCase: Bool = false) -> String {
        let upper = Names.upperCased(name)
        let isPlain =
            upper.utf8.first.map { 0x41...0x5A ~= $0 } ?? false
            && upper.utf8.allSatisfy { 0x41...0x5A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x5F }
        if isPlain, !Names.reserved.contains(upper), !isPseudoColumn(upper), !keepsCase || upper == name { return name }
        return "`\(name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``"))`"
    }

    /// Whether every source has a column of this name, so that none can be declared.
    package static func isPseudoColumn(_ name: String) -> Bool { Names.pseudoColumns.contains(name) }

    private static func coding<Result>(
        _ code: ErrorCode, _ body: () throws(SourceError) -> Result
    ) throws(SourceError) -> Result {
        do {
            return try body()
        } catch {
            throw error.coded(code)
        }
    }
}
