// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import MillraceTestKit
import Testing

/// The odd payloads of `Tests/Golden/odd_payloads.table`, all in one program, through `validate` and `replay` on a
/// broker.
@Suite(.enabled(if: Environment.isReady)) struct PayloadTests {
    /// Fault 54, 58.
    @Test func everyOddPayloadEndsAsTheTableSays() throws {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        let table = root.appendingPathComponent("Tests/Golden/odd_payloads.table")
        // A record without a Kafka timestamp cannot be written: a producer gives it one.
        let cases = try PayloadTable.parse(String(contentsOf: table, encoding: .utf8)).filter { $0.timestamp >= 0 }
        let workspace = try Workspace("odd")
        let names = cases.indices.map { workspace.topic("in\($0)") }
        try write(cases, to: names, workspace)
        let programs = cases.enumerated().map { index, payload in
            payload.program(input: names[index], output: "out\(index)", suffix: "\(index)")
        }
        let program = try workspace.write(programs.joined(separator: "\n"), to: "odd.sql")
        let validate = try workspace.command(["validate", program])
        #expect(try validate.exitCode() == 0, "\(validate.error)")
        #expect(validate.error.contains("\(cases.count) queries"), "\(validate.error)")

        // The records' Kafka timestamps are all of 1970 or so.
        let replay = try workspace.start(
            "replay", program, ["--to", "now", "--format", "json", "--report", "r.json"],
            environment: ["MILLRACE_FUTURE_LIMIT": "off"])
        #expect(try replay.exitCode() == 0, "\(replay.error)")
        let lines = Set(replay.output.split(separator: "\n").map(String.init))
        let expected = cases.enumerated().flatMap { $1.lines(output: "out\($0)") }
        #expect(expected.filter { !lines.contains($0) } == [])
        #expect(lines.subtracting(expected) == [])
        let report = try JSONDecoder().decode(
            Report.self, from: Data(contentsOf: workspace.directory.appendingPathComponent("r.json")))
        #expect(report.accounts.count == cases.count)
        for account in report.accounts {
            #expect(account.read == 1, "\(account)")
            #expect(account.used + account.filtered + account.late + account.bad == account.read, "\(account)")
        }
        #expect(report.accounts.reduce(0) { $0 + $1.bad } == cases.count { $0.result == nil })
    }

    private struct Report: Decodable {
        struct Account: Decodable {
            var read, used, filtered, late, bad: Int
        }

        var accounts: [Account]
    }

    private func write(_ cases: [PayloadCase], to names: [String], _ workspace: Workspace) throws {
        let admin = try Admin(workspace.properties)
        let topics = names.map { NewTopic(name: $0, partitions: 1, replicas: 1, configuration: ["retention.ms": "-1"]) }
        let outcome = try admin.createTopics(topics, timeoutMilliseconds: 60_000)
        #expect(outcome.values.allSatisfy { $0 == .done })
        try Deadline(seconds: 60).wait(for: "the topics") {
            try admin.partitionCounts(ofTopics: names, timeoutMilliseconds: 5000).count == names.count
        }
        let producer = try Producer(ProducerOptions(properties: workspace.properties))
        for (payload, name) in zip(cases, names) {
            let raw = RawRecords(capacity: 1)
            raw.append(key: payload.key, value: payload.value, timestamp: payload.timestamp)
            try producer.send(raw, to: producer.topic(name))
        }
        try producer.flush(timeoutMilliseconds: 30_000)
    }
}
