// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceTestKit
import Testing

@testable import MillracePlan

@Suite struct RegexFunctionTests {
    private static func list(_ texts: String?...) -> Value { .array(texts.map { $0.map { .text($0) } ?? .null }) }

    static let calls: [FunctionCall] = [
        FunctionCall("REGEXP_EXTRACT", .text("(.*) (.*)"), .text("hello there"), .integer(2), gives: .text("there")),
        FunctionCall("REGEXP_EXTRACT", .text(".*"), .text("mill"), gives: .text("mill")),
        FunctionCall("REGEXP_EXTRACT", .text("z"), .text("mill"), gives: .null),
        FunctionCall("REGEXP_EXTRACT", .text("m(x)?"), .text("mill"), .integer(1), gives: .null),
        FunctionCall("REGEXP_EXTRACT", .text("m"), .text("mill"), .integer(1), gives: .null),
        FunctionCall("REGEXP_EXTRACT", .text("m"), .text("mill"), .integer(-1), gives: .null),
        FunctionCall("REGEXP_EXTRACT", .text("m("), .text("mill"), fails: .badArgument),
        FunctionCall("REGEXP_EXTRACT", .text("\\u017e."), .text("ažů"), gives: .text("žů")),
        FunctionCall("REGEXP_EXTRACT", .text("\\w"), .text("ž1"), gives: .text("1")),
        FunctionCall("REGEXP_EXTRACT", .text("[[:alpha:]]+"), .text("1ab2"), gives: .text("ab")),
        FunctionCall("REGEXP_EXTRACT", .text("[a&&b]"), .text("a"), fails: .badArgument),
        FunctionCall("REGEXP_EXTRACT", .text("[a[b]]"), .text("a"), fails: .badArgument),
        FunctionCall("REGEXP_EXTRACT", .text("[]a]&&\\[\\Q[a&&]\\E"), .text("a&&[[a&&]"), gives: .text("a&&[[a&&]")),
        FunctionCall(
            "REGEXP_EXTRACT_ALL", .text("(\\w+) (\\w+)"), .text("hello there nice day"), .integer(2),
            gives: list("there", "day")),
        FunctionCall("REGEXP_EXTRACT_ALL", .text("a*"), .text("baac"), gives: list("", "aa", "", "")),
        FunctionCall("REGEXP_EXTRACT_ALL", .text(""), .text("žů"), gives: list("", "", "")),
        FunctionCall("REGEXP_EXTRACT_ALL", .text("z"), .text("mill"), gives: list()),
        FunctionCall("REGEXP_EXTRACT_ALL", .text("(a)|b"), .text("ab"), .integer(1), gives: list("a", nil)),
        FunctionCall("REGEXP_REPLACE", .text("a.b, aXb"), .text("a.b+"), .text("bar"), gives: .text("bar, bar")),
        FunctionCall(
            "REGEXP_REPLACE", .text("2026-11"), .text("(\\d+)-(\\d+)"), .text("$2/$1"), gives: .text("11/2026")),
        FunctionCall(
            "REGEXP_REPLACE", .text("ab"), .text("(?<one>a)"), .text("${one}$10\\$\\\\"), gives: .text("aa0$\\b")),
        FunctionCall("REGEXP_REPLACE", .text("ab"), .text("a"), .text("$1"), fails: .badArgument),
        FunctionCall("REGEXP_REPLACE", .text("ab"), .text("a"), .text("\\"), fails: .badArgument),
        FunctionCall("REGEXP_REPLACE", .text("ab"), .text("x*"), .text("-"), gives: .text("-a-b-")),
        FunctionCall("REGEXP_REPLACE", .null, .text("a"), .text("b"), gives: .null),
        FunctionCall("REGEXP_SPLIT_TO_ARRAY", .text("aXbXXc"), .text("X"), gives: list("a", "b", "", "c")),
        FunctionCall("REGEXP_SPLIT_TO_ARRAY", .text("XaX"), .text("X"), gives: list("", "a", "")),
        FunctionCall("REGEXP_SPLIT_TO_ARRAY", .text("mill"), .text("z"), gives: list("mill")),
        FunctionCall("REGEXP_SPLIT_TO_ARRAY", .text("žaů"), .text(""), gives: list("ž", "a", "ů")),
        FunctionCall("REGEXP_SPLIT_TO_ARRAY", .text("abc"), .text("x*"), gives: list("abc")),
        FunctionCall("REGEXP_SPLIT_TO_ARRAY", .null, .text("z"), gives: .null),
        // Not UTF-8.
        FunctionCall("REGEXP_EXTRACT", .text("a"), .varchar([0x61, 0xFF]), fails: .badArgument),
        FunctionCall("REGEXP_EXTRACT", .varchar([0xFF]), .text("a"), fails: .badArgument),
    ]

    @Test(arguments: calls) func results(_ call: FunctionCall) throws { try ScalarFunctionTests.check(call) }

    /// What does not come to an end is given up, soon, and whether as machine code or not.
    @Test(arguments: [
        ("(x+x+)+y", "x", 60), ("(x*)*y", "x", 60), ("(x|xx)+y", "x", 90), ("(.*)*(.*)*(.*)*[^x]", "x", 90),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a", 90), ("(x+x+)+y", "x", 100_000), ("(?:x?){64}x{64}y", "x", 60),
    ])
    func patternsThatExplodeAreGivenUp(_ pattern: String, _ piece: String, _ count: Int) throws {
        let function = try #require(ScalarFunctions.named("REGEXP_EXTRACT"))
        let body = function.prepared()
        let arguments: [Value] = [.text(pattern), .text(String(repeating: piece, count: count))]
        let seconds = GrowthCheck.seconds {
            for _ in 0..<12 {
                do throws(EvaluationFailure) {
                    #expect(try body(arguments, .varchar) == .null)
                } catch {
                    #expect(error == .tooComplex)
                }
            }
        }
        #expect(seconds < 12, "\(seconds)")
    }

    /// No text is so long that it takes more time than its length deserves.
    @Test(arguments: ["a.*b", "[^b]*+b", "(a|b)*c", "a(?=.*b)", "\\w+\\s", ".*?x"])
    func longTextsTakeLinearTime(_ pattern: String) throws {
        let function = try #require(ScalarFunctions.named("REGEXP_EXTRACT_ALL"))
        let growth = GrowthCheck(sizes: 40_000, 160_000, 640_000) { size in
            _ = try? function.evaluate(
                [.text(pattern), .varchar([UInt8](repeating: 97, count: size))], .array(.varchar))
        }
        #expect(growth.isLinear, "\(pattern): \(growth)")
        #expect(growth.points.allSatisfy { $0.seconds < 5 }, "\(pattern): \(growth)")
    }

    @Test func whatIsMatchedAsMachineCodeIsTheSame() throws {
        let function = try #require(ScalarFunctions.named("REGEXP_EXTRACT_ALL"))
        let body = function.prepared()
        for round in 0..<40 {
            let text = String(repeating: "a\(round)-ž,", count: round)
            for pattern in ["\\d+", "(a)(\\d)?", "[^,]*", "(?<=-)."] {
                let arguments: [Value] = [.text(pattern), .text(text)]
                #expect(try body(arguments, .array(.varchar)) == function.evaluate(arguments, .array(.varchar)))
            }
        }
    }
}
