// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceSQL
import MillraceSettings
import MillraceTestKit
import Testing
@testable import MillraceCLI

/// What the README and docs/ show is taken at its word as far as that needs no broker.
struct DocumentTests {
    /// `sql`: a block compiles, alone or behind the blocks before it. `sql refused`: none of its statements does.
    @Test(arguments: Document.all)
    func sqlBlocksAreAsTheySay(document: Document) throws {
        var before = ""
        for block in try document.blocks() where block.language.hasPrefix("sql") {
            let place = "\(document.path):\(block.firstLine)"
            if block.language == "sql refused" {
                for statement in block.text.split(separator: ";").map({ $0.drop(while: \.isNewline) }) {
                    #expect(throws: SourceError.self, "\(place): \(statement)") {
                        try SQL.compile("\(before)\n\(statement);")
                    }
                }
                continue
            }
            #expect(block.language == "sql", "\(place)")
            if compiles(block.text) {
                before = block.text
            } else {
                before += "\n" + block.text
                #expect(throws: Never.self, "\(place)") { try SQL.compile(before) }
            }
        }
    }

    private func compiles(_ text: String) -> Bool { (try? SQL.compile(text)) != nil }

    /// A block that begins with `application:` is a configuration.
    @Test(arguments: Document.all)
    func configurationsAreValid(document: Document) throws {
        let interpolation = Interpolation(environment: { _ in "value" }, file: { _ in "value" })
        for block in try document.blocks()
        where block.language == "yaml" && block.text.contains(/^application:/.anchorsMatchLineEndings()) {
            #expect(throws: Never.self, "\(document.path):\(block.firstLine)") {
                try Configuration.parse(block.text, interpolation: interpolation)
            }
        }
    }

    @Test(arguments: Document.all)
    func commandsAreUnderstood(document: Document) throws {
        for block in try document.blocks() where block.language == "console" {
            for (command, _) in block.commands where command.hasPrefix("millrace ") {
                #expect(throws: Never.self, "\(document.path):\(block.firstLine): \(command)") {
                    try CommandLineParser.parse(Array(words(command).dropFirst()))
                }
            }
        }
    }

    /// As a shell splits them, up to a pipe or a redirection.
    private func words(_ command: String) -> [String] {
        var words: [String] = []
        for word in command.matches(of: /'([^']*)'|(\S+)/) {
            if ["|", ">", "&", "&&"].contains(word.0) { break }
            words.append(String(word.1 ?? word.0))
        }
        return words
    }

    @Test(arguments: Document.all)
    func linksLeadSomewhere(document: Document) throws {
        let folder = document.file.deletingLastPathComponent()
        for link in try document.text().matches(of: /\]\(([^)\s]+)\)/).map({ String($0.1) })
        where !link.hasPrefix("http") {
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let target = parts[0].isEmpty ? document.file : folder.appendingPathComponent(parts[0])
            #expect(FileManager.default.fileExists(atPath: target.path), "\(document.path): \(link)")
            guard parts.count == 2 else { continue }
            let page = try String(contentsOf: target, encoding: .utf8)
            let headings = page.split(separator: "\n").filter { $0.hasPrefix("#") }.map(anchor)
            #expect(headings.contains(parts[1]), "\(document.path): \(link)")
        }
    }

    /// As GitHub makes it of a heading.
    private func anchor(_ heading: Substring) -> String {
        String(
            heading.drop { $0 == "#" || $0 == " " }.lowercased().compactMap { character in
                if character == " " { return "-" }
                return character.isLetter || character.isNumber || character == "-" || character == "_"
                    ? character : nil
            })
    }

    /// The index leads to every page.
    @Test func theIndexIsComplete() throws {
        let index = try Document(path: "docs/README.md").text()
        let missing = Document.all.map(\.path).filter { $0.hasPrefix("docs/") && $0 != "docs/README.md" }
            .map { $0.dropFirst("docs/".count) }.filter { !index.contains("(\($0))") }
        #expect(missing == [])
    }

    @Test(arguments: Document.all)
    func packagesHaveTheVersion(document: Document) throws {
        for name in try document.text().matches(of: /millrace[_-](\d+\.\d+\.\d+)[_-]/) {
            #expect(name.1 == Version.text[...], "\(document.path)")
        }
    }
}
