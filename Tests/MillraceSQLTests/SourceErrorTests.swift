// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSQL
import Testing

/// Mistakes: the place, the message and the hint.
struct SourceErrorTests {
    private func check(_ program: BrokenProgram) {
        do throws(SourceError) {
            _ = try SQL.compile(Fixtures.orders + Fixtures.users + program.text)
            Issue.record("no error")
        } catch {
            #expect(error.location == SourceLocation(line: program.line, column: program.column), "\(error)")
            #expect(error.message.contains(program.message))
            if let hint = program.hint { #expect(error.hint?.contains(hint) == true, "\(error)") }
            #expect(!error.message.hasSuffix("."))
        }
    }

    @Test(arguments: BrokenProgram.lexical) func lexical(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.refused) func refused(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.syntax) func syntax(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.names) func names(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.types) func types(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.queries) func queries(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.sources) func sources(_ program: BrokenProgram) { check(program) }
}
