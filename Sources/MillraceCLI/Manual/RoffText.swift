// SPDX-License-Identifier: Apache-2.0

/// A manual page in roff with the macros of man(7), which `man` shows.
struct RoffText {
    private(set) var text: String
    /// Nothing stands below the last heading yet, so that no space goes before a paragraph.
    private var isBelowHeading = false

    /// - Parameters:
    ///   - section: of the manual, e.g. 1 for commands.
    ///   - source: the name and the version of what it describes.
    init(title: String, section: Int, source: String) {
        text = ".TH \"\(RoffText.escaped(title.uppercased()))\" \"\(section)\" \"\" \"\(RoffText.escaped(source))\"\n"
        // No hyphenation: names would be cut.
        text += ".nh\n.ad l\n"
    }

    mutating func heading(_ title: String) {
        text += ".SH \(title.uppercased())\n"
        isBelowHeading = true
    }

    mutating func subheading(_ title: String) {
        text += ".SS \(RoffText.escaped(title))\n"
        isBelowHeading = true
    }

    /// A paragraph of Markdown with code and links in it.
    mutating func paragraph(_ markdown: String) {
        beginParagraph()
        text += "\(RoffText.line(markdown))\n"
    }

    private mutating func beginParagraph() {
        if !isBelowHeading { text += ".PP\n" }
        isBelowHeading = false
    }

    /// A term in bold, and its description below it, which is Markdown.
    mutating func entry(_ term: String, _ description: String) {
        isBelowHeading = false
        text += ".TP\n.B \"\(RoffText.escaped(term))\"\n\(RoffText.line(description))\n"
    }

    /// Lines that are shown as they are.
    mutating func example(_ lines: [String]) {
        beginParagraph()
        text += ".EX\n"
        for line in lines { text += RoffText.guarded(RoffText.escaped(line)) + "\n" }
        text += ".EE\n"
    }

    /// One input line: code becomes bold, a link its text.
    private static func line(_ markdown: String) -> String {
        var result = ""
        var rest = markdown[...]
        while let start = rest.firstIndex(where: { $0 == "`" || $0 == "[" }) {
            result += escaped(rest[..<start])
            let behind = rest.index(after: start)
            if rest[start] == "`", let end = rest[behind...].firstIndex(of: "`") {
                result += "\\fB\(escaped(rest[behind..<end]))\\fR"
                rest = rest[rest.index(after: end)...]
            } else if let middle = rest.firstRange(of: "](")?.lowerBound, rest[start] == "[",
                let end = rest[middle...].firstIndex(of: ")")
            {
                result += escaped(rest[behind..<middle])
                rest = rest[rest.index(after: end)...]
            } else {
                result += escaped(rest[start...start])
                rest = rest[behind...]
            }
        }
        result += escaped(rest)
        return guarded(result)
    }

    /// A control character at the beginning would make the line a request.
    private static func guarded(_ line: String) -> String {
        line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }

    private static func escaped(_ text: some StringProtocol) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\e"
            // A hyphen of ASCII, so that commands can be pasted.
            case "-": result += "\\-"
            case "\"": result += "\\(dq"
            default: result.append(character)
            }
        }
    }
}
