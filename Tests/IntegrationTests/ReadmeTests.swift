// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceTestKit
import Testing

/// The README, taken at its word: its program over its records, with its commands, prints what it says.
@Suite(.enabled(if: Environment.canStartBrokers)) struct ReadmeTests {
    @Test func theExamplePrintsWhatItSays() throws {
        let reader = try DocumentReader("README.md")
        let block = try #require(reader.blocks.first { $0.lines.first?.hasPrefix("$ millrace replay") == true })
        let (command, output) = try #require(block.commands.first)
        let process = try reader.start(command)
        #expect(try process.exitCode() == 0, "\(process.error)")
        #expect(process.output.split(separator: "\n").map(String.init) == output)
        let report = try #require(reader.blocks.first { $0.lines.first?.hasPrefix("STAGE") == true })
        let wanted = report.lines.filter { !$0.isEmpty }.map(Self.withoutSpeeds)
        let said = process.error.split(separator: "\n").map { Self.withoutSpeeds(String($0)) }
        #expect(wanted.filter { !said.contains($0) } == [], "\(process.error)")
    }

    /// A line of the report without what differs from run to run: speed, time and R.
    private static func withoutSpeeds(_ line: String) -> String {
        let words = line.split(separator: " ").map(String.init)
        if line.hasPrefix("R = ") { return words.prefix(6).joined(separator: " ") }
        return (words.contains("batch") ? words.dropLast(3) : words[...]).joined(separator: " ")
    }

    @Test func everyCommandWorks() throws {
        let reader = try DocumentReader("README.md")
        let commands = reader.blocks.filter { $0.language == "console" }.flatMap(\.commands).map(\.text)
        let ours = commands.filter { $0.hasPrefix("millrace ") }
        #expect(ours.count >= 8)
        var running: MillraceProcess?
        for command in ours {
            if command.hasPrefix("millrace run ") {
                if let running { #expect(try running.stop() == 0, "\(running.error)") }
                running = try reader.start(command)
                try running?.waitToSay("\nlive")
            } else if command.hasPrefix("millrace status") {
                try reader.watch(command)
            } else if command.hasPrefix("millrace mock") {
                let broker = try reader.start(command)
                try Deadline(seconds: 20).wait(for: "its address") { broker.output.hasPrefix("BROKERS=") }
                broker.send(SIGINT)
                #expect(try broker.exitCode() == 0, "\(broker.error)")
            } else {
                let process = try reader.start(command)
                #expect(try process.exitCode() == 0, "\(command): \(process.error)")
                // A range of the example's own data has results.
                if command.contains(" --from ") || command.contains(" sql ") {
                    #expect(!process.output.isEmpty, "\(command): \(process.error)")
                }
            }
        }
        if let running { #expect(try running.stop() == 0, "\(running.error)") }
        // The others are scripts; continuous integration runs them.
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        for script in commands where !script.hasPrefix("millrace ") {
            #expect(FileManager.default.isExecutableFile(atPath: root.appendingPathComponent(script).path), "\(script)")
        }
    }
}
