// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
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

    /// Exponential for a matcher that tries every `%`; here some million steps.
    @Test(.timeLimit(.minutes(1))) func manyRunsDoNotExplode() {
        let text = String(repeating: "a", count: 2000)
        let pattern = String(repeating: "%a", count: 100) + "%b"
        let expression = Expression.like(
            .column(0, .varchar), pattern: .literal(.text(pattern), .varchar), escape: nil)
        #expect(evaluateAll(expression, [column(.varchar, [.text(text)])], rows: 1).values == [.boolean(false)])
    }
}
