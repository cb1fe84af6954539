// SPDX-License-Identifier: Apache-2.0

/// A fenced block of a Markdown document.
package struct MarkdownBlock: Sendable {
    /// What stands behind the fence, e.g. `console`.
    package var language: String
    /// Of the document: that of the block's first line.
    package var firstLine: Int
    package var lines: [String] = []

    package var text: String { lines.joined(separator: "\n") }

    /// The commands of a console block, without prompt and comment, and what they print according to the document. A
    /// backslash at a command's end goes on with the next line.
    package var commands: [(text: String, output: [String])] {
        var commands: [(text: String, output: [String])] = []
        var goesOn = false
        for line in lines {
            if line.hasPrefix("$ ") {
                commands.append((MarkdownBlock.withoutComment(line.dropFirst(2)), []))
                goesOn = MarkdownBlock.cutBackslash(&commands[commands.count - 1].text)
            } else if let last = commands.indices.last {
                if goesOn {
                    commands[last].text += MarkdownBlock.withoutComment(line[...])
                    goesOn = MarkdownBlock.cutBackslash(&commands[last].text)
                } else {
                    commands[last].output.append(line)
                }
            }
        }
        return commands
    }

    private static func withoutComment(_ line: Substring) -> String {
        var text = line[..<(line.firstRange(of: "  #")?.lowerBound ?? line.endIndex)]
        text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// Whether there was one.
    private static func cutBackslash(_ command: inout String) -> Bool {
        guard command.last == "\\" else { return false }
        command.removeLast()
        return true
    }

    /// All blocks of a document, in order.
    package static func all(in text: String) -> [MarkdownBlock] {
        var blocks: [MarkdownBlock] = []
        var open: MarkdownBlock?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if let block = open { blocks.append(block) }
                open =
                    open == nil ? MarkdownBlock(language: String(line.dropFirst(3)), firstLine: index + 2) : nil
            } else {
                open?.lines.append(String(line))
            }
        }
        return blocks
    }
}
