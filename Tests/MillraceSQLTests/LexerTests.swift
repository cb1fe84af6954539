// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

@testable import MillraceSQL

struct LexerTests {
    private func tokens(_ text: String) throws -> [Token] {
        var lexer = Lexer(text)
        var errors: [SourceError] = []
        let tokens = lexer.tokens(&errors)
        if let first = errors.first { throw first }
        return tokens
    }

    @Test func wordsAreUpperCaseAndQuotedNamesAreNot() throws {
        let found = try tokens("select `aB``c` \"d\"\"E\" _x9@")
        #expect(found.map(\.text) == ["SELECT", "aB`c", "d\"E", "_X9@", ""])
        #expect(found.map(\.kind) == [.word, .quotedName, .quotedName, .word, .end])
    }

    @Test func stringsEscapeQuotesByDoubling() throws {
        let found = try tokens("'it''s' '' 'ü\n'")
        #expect(found.map(\.text) == ["it's", "", "ü\n", ""])
        #expect(found.allSatisfy { $0.kind == .string || $0.kind == .end })
    }

    @Test func numbers() throws {
        let found = try tokens("12 1.50 .5 1. 1e3 2.5E-4 7E+2")
        #expect(found.map(\.text) == ["12", "1.50", ".5", "1.", "1E3", "2.5E-4", "7E2", ""])
        #expect(
            found.map(\.kind) == [.integer, .decimal, .decimal, .decimal, .float, .float, .float, .end])
    }

    @Test func symbolsTakeTheLongest() throws {
        let found = try tokens("a->b:=c<>d<=e||f=>g!=h<i")
        #expect(found.filter { $0.kind == .symbol }.map(\.text) == ["->", ":=", "<>", "<=", "||", "=>", "!=", "<"])
    }

    @Test func commentsAreSkippedAndPlacesCountScalars() throws {
        let found = try tokens("-- ünï\n/* a\n*/ x\r\n'😀é' y")
        #expect(found.map(\.text) == ["X", "😀é", "Y", ""])
        #expect(found[0].location == SourceLocation(line: 3, column: 4))
        #expect(found[1].location == SourceLocation(line: 4, column: 1))
        #expect(found[2].location == SourceLocation(line: 4, column: 6))
    }
}
