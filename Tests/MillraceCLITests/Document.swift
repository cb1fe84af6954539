// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceTestKit
import Testing

/// A Markdown document of the repository.
struct Document: CustomTestStringConvertible, Sendable {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// From the repository's root.
    let path: String

    var testDescription: String { path }

    var file: URL { Document.root.appendingPathComponent(path) }

    func text() throws -> String { try String(contentsOf: file, encoding: .utf8) }

    func blocks() throws -> [MarkdownBlock] { MarkdownBlock.all(in: try text()) }

    /// The README and everything in docs/.
    static let all: [Document] = {
        let docs =
            FileManager.default.enumerator(atPath: root.appendingPathComponent("docs").path)?
            .compactMap { $0 as? String } ?? []
        return [Document(path: "README.md")]
            + docs.filter { $0.hasSuffix(".md") }.sorted().map { Document(path: "docs/\($0)") }
    }()

    /// Compares a generated text with what is written; with MILLRACE_WRITE_DOCS=1 it is written first.
    func expectWritten(_ wanted: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] == "1" {
            try wanted.write(to: file, atomically: true, encoding: .utf8)
        }
        let written = try text()
        let difference = zip(
            wanted.split(separator: "\n", omittingEmptySubsequences: false),
            written.split(separator: "\n", omittingEmptySubsequences: false)
        ).first { $0 != $1 }
        #expect(
            wanted == written, "\(path) is stale: \(difference.map { "\($0.1) should be \($0.0)" } ?? "its length")",
            sourceLocation: sourceLocation)
    }
}
