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
        var lexer = Lexer(text)
        var parser = Parser(tokens: try lexer.tokens())
        let program = try parser.program()
        var binder = ProgramBinder()
        return try binder.bind(program)
    }
}
