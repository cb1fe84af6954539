// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceTestKit
import Testing

/// docs/quick-start.md, command by command in an empty directory: each works, and prints what the page says.
@Suite(.enabled(if: Environment.canStartBrokers)) struct QuickStartTests {
    @Test func everyCommandDoesWhatItSays() throws {
        let reader = try DocumentReader("docs/quick-start.md", timestamp: 1_700_000_000_000)
        let commands = reader.blocks.filter { $0.language == "console" }.flatMap(\.commands)
        // The package is installed by scripts/package --test, which runs the demo there.
        let ours = commands.filter { $0.text.hasPrefix("millrace ") && $0.text != "millrace demo" }
        #expect(ours.count == 11)
        var running: MillraceProcess?
        for (command, output) in ours {
            if command.hasPrefix("millrace status") {
                try reader.watch(command)
                continue
            }
            let process = try reader.start(command, in: reader.emptyDirectory)
            if command == "millrace run" {
                try process.waitToSay("\nlive")
                running = process
            } else {
                #expect(try process.exitCode() == 0, "\(command): \(process.error)")
                let said = reader.told(process.output + process.error)
                #expect(output.filter { !$0.isEmpty && !said.contains($0) } == [], "\(command): \(said)")
            }
        }
        let process = try #require(running)
        process.send(SIGINT)
        #expect(try process.exitCode() == 0, "\(process.error)")
        #expect(try reader.workspace.records(of: "orders-per-minute").count == 2)
    }

    /// What the page tells its reader to do next: the second program, written over the first, in the same directory.
    @Test func theEditedProgramIsRefusedAndThenFilledIn() throws {
        let reader = try DocumentReader("docs/quick-start.md", timestamp: 1_700_000_000_000)
        #expect(try reader.start("millrace init orders -b localhost:9092", in: reader.emptyDirectory).exitCode() == 0)
        let first = try reader.start("millrace run", in: reader.emptyDirectory)
        try first.waitToSay("\nlive")
        #expect(try first.stop() == 0)
        let program = try #require(reader.blocks.filter { $0.language == "sql" }.map(\.text).last)
        try program.write(
            to: reader.emptyDirectory.appendingPathComponent("orders.sql"), atomically: true, encoding: .utf8)
        let refused = try reader.start("millrace run", in: reader.emptyDirectory)
        #expect(try refused.exitCode() == 78)
        #expect(refused.error.contains("REVENUE is new; ORDERS_PER_MINUTE is gone"), "\(refused.error)")
        #expect(refused.error.contains("--new-queries backfill"), "\(refused.error)")
        let filled = try reader.start("millrace run --new-queries backfill", in: reader.emptyDirectory)
        try filled.waitToSay("\nlive")
        #expect(try filled.stop() == 0)
        let replay = try reader.start("millrace replay --from earliest --format json", in: reader.emptyDirectory)
        #expect(try replay.exitCode() == 0)
        let closed = replay.output.split(separator: "\n").filter { !$0.contains("\"open\":true") }
        #expect(!closed.isEmpty)
        #expect(try reader.workspace.records(of: "revenue").count == closed.count)
    }

    @Test func theProgramsAreWhatIsWritten() throws {
        let reader = try DocumentReader("docs/quick-start.md", timestamp: 1_700_000_000_000)
        #expect(try reader.start("millrace init orders -b localhost:9092").exitCode() == 0)
        let programs = reader.blocks.filter { $0.language == "sql" }.map(\.text)
        let written = try String(
            contentsOf: reader.emptyDirectory.appendingPathComponent("orders.sql"), encoding: .utf8)
        #expect(programs.first.map { $0 + "\n" } == written)
        // The second one finds the bad record that the page speaks of.
        let second = try reader.workspace.write(try #require(programs.last), to: "second.sql")
        let process = try reader.start("millrace replay \(second) -b localhost:9092")
        #expect(try process.exitCode() == 0)
        #expect(process.error.contains("1 bad: wrong type: AMOUNT DOUBLE cannot be \"many\""), "\(process.error)")
    }
}
