// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceTestKit
import Testing

@Suite struct LikeTests {
    @Test(
        arguments: [
            ("", "", nil, true), ("a", "", nil, false), ("", "%", nil, true), ("", "_", nil, false),
            ("a", "_", nil, true),
            ("ab", "_", nil, false), ("abc", "a%", nil, true), ("abc", "%c", nil, true), ("abc", "%b%", nil, true),
            ("abc", "%%", nil, true), ("abc", "%%%c", nil, true), ("abc", "a%b", nil, false), ("abc", "A%", nil, false),
            ("aXbXc", "%X_", nil, true), ("mississippi", "%iss%ppi", nil, true),
            ("mississippi", "m%iss_pp%", nil, true),
            ("mississippi", "%sip_", nil, false), ("100%", "100!%", "!", true), ("1000", "100!%", "!", false),
            ("a_c", "a!_c", "!", true), ("abc", "a!_c", "!", false), ("a!c", "a!!c", "!", true),
            ("a!", "a!", "!", true),
            ("a!", "a!", nil, true), ("abc", "!a!b!c", "!", true), ("a%", "a%%", "%", true), ("ab", "a%%", "%", false),
            ("ž", "_", nil, true), ("🦊x", "_x", nil, true), ("🦊x", "__", nil, true), ("🦊", "____", nil, false),
            ("žluť", "%u_", nil, true), ("日本語", "日%語", nil, true), ("日本語", "%本_", nil, true),
            ("a\n b", "a%b", nil, true),
            ("x%y", "xž%y", "ž", true), ("xay", "xž%y", "ž", false), ("e\u{301}", "_", nil, false),
        ] as [(String, String, Unicode.Scalar?, Bool)])
    func matches(text: String, pattern: String, escape: Unicode.Scalar?, expected: Bool) {
        expectBinary(.text(text), .varchar, .text(pattern), .varchar, gives: .boolean(expected)) {
            .like($0, pattern: $1, escape: escape)
        }
    }

    @Test func nulls() {
        expectBinary(.null, .varchar, .text("%"), .varchar, gives: .null) { .like($0, pattern: $1, escape: nil) }
        expectBinary(.text("a"), .varchar, .null, .varchar, gives: .null) { .like($0, pattern: $1, escape: nil) }
    }

    private static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool? {
        let expression = Expression.like(
            .column(0, .varchar), pattern: .literal(.varchar(pattern), .varchar), escape: nil)
        let value = evaluateAll(expression, [column(.varchar, [.varchar(text)])], rows: 1).values[0]
        return value == .null ? nil : value == .boolean(true)
    }

    /// Whether the text's first i scalars match the pattern's first j, for all i and j.
    private static func expected(_ text: [Unicode.Scalar], _ pattern: [Unicode.Scalar]) -> Bool {
        var row = [Bool](repeating: false, count: text.count + 1)
        row[0] = true
        for step in pattern {
            if step == "%" {
                if let first = row.firstIndex(of: true) { for place in first...text.count { row[place] = true } }
                continue
            }
            for place in stride(from: text.count, to: 0, by: -1) {
                row[place] = row[place - 1] && (step == "_" || step == text[place - 1])
            }
            row[0] = false
        }
        return row[text.count]
    }

    /// Patterns with pieces of up to 200 steps, so that those are matched piece by piece, over small alphabets.
    @Test func longPiecesMatchAsTheyShould() {
        var state: UInt64 = 7
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        func letters(_ count: Int, _ alphabet: [String]) -> String {
            (0..<count).map { _ in alphabet[random(alphabet.count)] }.joined()
        }
        var matched = 0
        for round in 0..<400 {
            let alphabet = round % 2 == 0 ? ["a", "b"] : ["a", "ž", "日", "🦊"]
            let text = letters(random(300), alphabet)
            // Mostly cut from the text, so that it may match, with some of it made `_` and `%`.
            let scalars = text.unicodeScalars.map(String.init)
            let (one, other) = (random(scalars.count + 1), random(scalars.count + 1))
            var pattern = scalars[min(one, other)..<max(one, other)].map { scalar in
                round % 3 > 0 && random(6) == 0 ? "_" : random(90) == 0 ? "%" : scalar
            }
            if round % 5 != 0 { pattern = ["%"] + pattern + ["%"] }
            if round % 7 == 0 { pattern.append(letters(2, alphabet)) }
            let joined = pattern.joined()
            let expected = Self.expected(Array(text.unicodeScalars), Array(joined.unicodeScalars))
            if expected { matched += 1 }
            #expect(Self.matches(Array(text.utf8), Array(joined.utf8)) == expected, "\(text) LIKE \(joined)")
        }
        #expect(matched > 50 && matched < 350)
    }

    /// Four times the text and the piece take about four times as long; with `_`, 64 steps at once.
    @Test(arguments: ["%a…b%", "%a…b", "%a_a…b%", "a…%a…b%"]) func timeGrowsWithTheText(_ shape: String) {
        let growth = GrowthCheck(sizes: 4000, 16_000) { size in
            let run = String(repeating: "a", count: size / 2)
            let pattern = shape.split(separator: "…", omittingEmptySubsequences: false).joined(separator: run)
            #expect(Self.matches(Array((run + run).utf8), Array(pattern.utf8)) == false)
        }
        #expect(growth.isLinear, "\(growth)")
    }

    /// Exponential for a matcher that tries every `%`; here some million steps.
    @Test(.timeLimit(.minutes(1))) func manyRunsDoNotExplode() {
        let text = String(repeating: "a", count: 2000)
        let pattern = String(repeating: "%a", count: 100) + "%b"
        let expression = Expression.like(
            .column(0, .varchar), pattern: .literal(.text(pattern), .varchar), escape: nil)
        #expect(evaluateAll(expression, [column(.varchar, [.text(text)])], rows: 1).values == [.boolean(false)])
    }
}
