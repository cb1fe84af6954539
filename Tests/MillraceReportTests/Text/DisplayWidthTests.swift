// SPDX-License-Identifier: Apache-2.0
import MillraceReport
import Testing

struct DisplayWidthTests {
    @Test(arguments: [("", 0), ("abc", 3), ("Łucja", 5), ("漢字", 4), ("e\u{301}", 1), ("🙂", 2)])
    func columnsOfATerminal(_ text: String, _ width: Int) { #expect(DisplayWidth.of(text) == width) }

    @Test func whatIsTooLongIsCut() {
        #expect(DisplayWidth.cut("abcdef", to: 6) == "abcdef")
        #expect(DisplayWidth.cut("abcdef", to: 4) == "abc…")
        #expect(DisplayWidth.cut("漢字漢字", to: 4) == "漢…")
    }
}
