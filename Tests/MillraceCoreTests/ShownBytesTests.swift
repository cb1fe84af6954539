// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

struct ShownBytesTests {
    @Test(arguments: [
        ("many", "many"), ("a\u{1B}[2J\u{7}b", "a\\u001B[2J\\u0007b"), ("line\r\n\tend", "line\\r\\n\\tend"),
        ("Köln 東京", "Köln 東京"), ("\u{202E}abc\u{2028}", "\\u202Eabc\\u2028"), ("\u{9B}x", "\\u009Bx"),
    ])
    func whatATerminalTakesAmissIsEscaped(text: String, shown: String) {
        #expect(ShownBytes.text(Array(text.utf8)) == shown)
    }

    @Test func whatIsNotUTF8IsShownByteByByte() {
        #expect(ShownBytes.text([0x61, 0xFF, 0xC3, 0x28, 0xE2, 0x82]) == "a\\xFF\\xC3(\\xE2\\x82")
    }

    @Test(arguments: [1, 2, 3, 4])
    func nothingIsLong(width: Int) {
        let text = String(repeating: ["a", "ä", "東", "\u{1}"][width - 1], count: 10_000)
        let shown = ShownBytes.text(Array(text.utf8))
        #expect(shown.hasSuffix("…") && shown.utf8.count <= 80 && shown.utf8.count > 60)
    }
}
