// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import Testing

/// The README, taken at its word: its program over its records, with its commands, prints what it says.
@Suite(.enabled(if: Environment.canStartBrokers)) struct ReadmeTests {
    private static let broker = "localhost:9092"

    /// A broker like the reader's, with the topic as the README describes it.
    private final class Reader {
        let blocks: [MarkdownBlock]
        let broker: OwnBroker
        let workspace: Workspace

        init() throws {
            blocks = try MarkdownBlock.all(in: "README.md")
            broker = try OwnBroker()
            workspace = try Workspace("readme", bootstrap: broker.bootstrap)
            let sql = try #require(blocks.first { $0.language == "sql" })
            _ = try workspace.write(sql.lines.joined(separator: "\n"), to: "orders.sql")
            let records = try #require(blocks.first { $0.lines.first?.contains("{\"id\"") == true })
            try workspace.createExactTopic("orders")
            try workspace.produce(
                records.lines.map { line in
                    let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
                    return InputRecord(
                        key: parts[0], value: parts[1].trimmingCharacters(in: .whitespaces),
                        timestamp: Int64(Date().timeIntervalSince1970 * 1000),
                        partition: Order.partition(of: parts[0], 4))
                }, to: "orders")
        }

        /// Starts a command of the README on this broker.
        func start(_ command: String) throws -> MillraceProcess {
            let words = command.replacing(ReadmeTests.broker, with: broker.bootstrap).split(separator: " ")
            // It writes no file over another.
            let isFirst = command.hasPrefix("millrace init")
            let directory = isFirst ? workspace.directory.appendingPathComponent("first") : workspace.directory
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            return try MillraceProcess(words.dropFirst().map(String.init), directory: directory)
        }
    }

    @Test func theExamplePrintsWhatItSays() throws {
        let reader = try Reader()
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
        let reader = try Reader()
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
                try watch(try #require(running), reader, command)
            } else {
                let process = try reader.start(command)
                #expect(try process.exitCode() == 0, "\(command): \(process.error)")
            }
        }
        if let running { #expect(try running.stop() == 0, "\(running.error)") }
        // The others are scripts; continuous integration runs them.
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        for script in commands where !script.hasPrefix("millrace ") {
            #expect(FileManager.default.isExecutableFile(atPath: root.appendingPathComponent(script).path), "\(script)")
        }
    }

    /// On a machine with other processes the page may be at another port, which the process has said.
    private func watch(_ running: MillraceProcess, _ reader: Reader, _ command: String) throws {
        let line = try #require(running.error.split(separator: "\n").first { $0.hasPrefix("status page http://") })
        let address = line.dropFirst("status page http://".count)
        let process = try reader.start("\(command) --http \(address)")
        try Deadline(seconds: 20).wait(for: "a status") { process.output.contains("orders") }
        process.send(SIGINT)
        _ = try process.exitCode()
    }
}
