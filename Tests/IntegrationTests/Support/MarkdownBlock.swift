// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A fenced block of a document.
struct MarkdownBlock {
    /// What stands behind the fence, e.g. `console`.
    var language: String
    var lines: [String]

    /// The commands of a console block, without prompt and comment, and what they print according to the document.
    var commands: [(text: String, output: [String])] {
        var commands: [(text: String, output: [String])] = []
        for line in lines {
            if line.hasPrefix("$ ") {
                let text = line.dropFirst(2).split(separator: "  #", maxSplits: 1).first ?? ""
                commands.append((text.trimmingCharacters(in: .whitespaces), []))
            } else if !commands.isEmpty {
                commands[commands.count - 1].output.append(line)
            }
        }
        return commands
    }

    /// All blocks of a document of the repository, in order.
    static func all(in document: String) throws -> [MarkdownBlock] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        let text = try String(contentsOf: root.appendingPathComponent(document), encoding: .utf8)
        var blocks: [MarkdownBlock] = []
        var open: MarkdownBlock?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if let block = open { blocks.append(block) }
                open = open == nil ? MarkdownBlock(language: String(line.dropFirst(3)), lines: []) : nil
            } else {
                open?.lines.append(String(line))
            }
        }
        return blocks
    }
}
