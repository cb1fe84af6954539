// SPDX-License-Identifier: Apache-2.0
import Foundation
import Millrace
import MillraceTestKit
import Testing

/// The examples of docs/sql.md: a program, records, and the results that it really has.
struct SQLExamplesTests {
    private static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../docs/sql.md").standardized

    /// `MILLRACE_WRITE_DOCS=1 swift test --filter SQLExamplesTests` writes the results anew.
    @Test func resultsAreThoseOfThePrograms() throws {
        let text = try String(contentsOf: Self.path, encoding: .utf8)
        let blocks = MarkdownBlock.all(in: text)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var count = 0
        for (index, block) in blocks.enumerated().reversed() where block.language == "results" {
            let (program, records) = (blocks[index - 2], blocks[index - 1])
            #expect(program.language == "sql" && records.language == "records", "line \(block.firstLine)")
            let first = block.firstLine - 1
            lines.replaceSubrange(
                first..<first + block.lines.count, with: try Self.results(program.text, records.lines))
            count += 1
        }
        #expect(count == 16)
        let wanted = lines.joined(separator: "\n")
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] == "1" {
            try wanted.write(to: Self.path, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.path, encoding: .utf8)
        let difference = zip(wanted.split(separator: "\n"), written.split(separator: "\n")).first { $0 != $1 }
        #expect(wanted == written, "stale: \(difference.map { "\($0.1) should be \($0.0)" } ?? "its length")")
    }

    /// What a replay over the records prints.
    private static func results(_ sql: String, _ records: [String]) throws -> [String] {
        let driver = TestDriver(try Program(sql: sql))
        for record in records {
            let parts = record.components(separatedBy: " | ")
            try #require(parts.count == 4, "\(record)")
            driver.pipe(
                topic: parts[0], key: parts[2], value: parts[3] == "~" ? nil : parts[3],
                timestamp: try #require(Int64(parts[1])))
        }
        return driver.finish()
    }
}
