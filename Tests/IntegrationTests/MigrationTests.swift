// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceTestKit
import Testing

/// docs/migration-ksqldb.md: the comparison of two outputs, as the page has it.
@Suite(.enabled(if: Environment.canStartBrokers && FileManager.default.isExecutableFile(atPath: "/usr/bin/jq")))
struct MigrationTests {
    @Test func theComparisonTellsEqualFromDifferent() throws {
        let reader = try DocumentReader("docs/migration-ksqldb.md")
        let readme = try String(
            contentsOf: reader.workspace.directory.appendingPathComponent("orders.sql"), encoding: .utf8)
        // The second one has its changes in place of its final results: more records, the same last ones.
        let second = readme.replacing("'revenue'", with: "'revenue-2'").replacing("EMIT FINAL", with: "EMIT CHANGES")
        let third = readme.replacing("'revenue'", with: "'revenue-3'").replacing("amount > 0", with: "amount > 6")
        for (name, program) in [("first", readme), ("second", second), ("third", third)] {
            _ = try reader.workspace.write(program, to: "\(name).sql")
            let process = try reader.start("millrace replay \(name).sql -b localhost:9092 --publish")
            #expect(try process.exitCode() == 0, "\(process.error)")
        }
        let results = try #require(reader.blocks.last { $0.language == "sql" }).text
        _ = try reader.workspace.write(results, to: "old.sql")
        for (topic, isTheSame) in [("revenue-2", true), ("revenue-3", false)] {
            _ = try reader.workspace.write(results.replacing("'revenue'", with: "'\(topic)'"), to: "new.sql")
            let (code, output) = try reader.runScript(try #require(reader.blocks.first { $0.language == "bash" }).text)
            #expect((code == 0) == isTheSame, "\(output)")
            #expect(output.contains("the same") == isTheSame)
            // Something was compared.
            #expect(isTheSame || output.contains("\"TOTAL\":32.75"), "\(output)")
        }
    }
}
