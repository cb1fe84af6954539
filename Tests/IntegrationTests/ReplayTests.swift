// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `millrace replay`: what it prints, publishes and reports, against a naive recomputation.
@Suite(.enabled(if: Environment.isReady)) struct ReplayTests {
    private static let window = Expectation.Window(size: 10_000, grace: 5_000)

    private struct Report: Decodable {
        struct Slice: Decodable {
            var topic: String
            var partition: Int
            var from: Int
            var to: Int
        }
        struct Stage: Decodable {
            var query: String
            var mode: String
            var slices: [Slice]
            var records: Int
            var rows: Int
            var yield: Double
            var speed: Double
            var elapsedMs: Double

            enum CodingKeys: String, CodingKey {
                case query, mode, slices, records, rows, elapsedMs
                case yield = "P"
                case speed = "S"
            }
        }
        struct Account: Decodable {
            var query: String
            var topic: String
            var partition: Int
            var read: Int
            var used: Int
            var filtered: Int
            var late: Int
            var bad: Int
        }
        var stages: [Stage]
        var rate: Double
        var accounts: [Account]

        enum CodingKeys: String, CodingKey {
            case stages, accounts
            case rate = "R"
        }
    }

    @Test(arguments: ["user", "page"], [1, 3])
    func printsTheResults(key: String, threads: Int) throws {
        let workspace = try Workspace("replay")
        let input = try workspace.createTopic("orders")
        var source = Order.Source(partitions: 4, seed: 1)
        let orders = source.next(20_000)
        try workspace.produce(orders.map(\.record), to: input)
        let expected = Expectation(orders, partitions: 4, window: ReplayTests.window) {
            key == "user" ? $0.user : $0.page
        }
        // The test means something only if there is something of each kind.
        #expect(expected.accounts.allSatisfy { $0.used > 0 && $0.filtered > 0 && $0.late > 0 && $0.bad > 0 })

        let output = workspace.topic("totals")
        let program = try workspace.write(
            Programs.aggregate(input, into: output, by: key, window: ReplayTests.window, emit: "FINAL"),
            to: "totals.sql")
        let process = try workspace.run(
            "replay", program,
            [
                "--from", "earliest", "--to", "now", "--format", "json", "--report", "report.json", "--threads",
                "\(threads)",
            ])
        let lines = process.output.split(separator: "\n").map(String.init)
        #expect(lines.sorted() == expected.lines(output, marksOpen: true, isAffine: key == "user"))

        let json = try Data(contentsOf: workspace.directory.appendingPathComponent("report.json"))
        let report = try JSONDecoder().decode(Report.self, from: json)
        let accounts = report.accounts.sorted { $0.partition < $1.partition }.map {
            Expectation.Account(read: $0.read, used: $0.used, filtered: $0.filtered, late: $0.late, bad: $0.bad)
        }
        #expect(accounts == expected.accounts)
        #expect(report.accounts.allSatisfy { $0.topic == input })
        let stage = try #require(report.stages.first)
        #expect(report.stages.count == 1 && stage.mode == "batch")
        #expect(stage.records == orders.count && stage.rows == lines.count)
        #expect(abs(stage.yield - Double(lines.count) / Double(orders.count)) < 1e-9)
        #expect(abs(report.rate - stage.yield * stage.speed) <= report.rate * 1e-9)
        let ends = try workspace.ends(input, partitions: 4)
        #expect(stage.slices.sorted { $0.partition < $1.partition }.map(\.to) == ends.map { Int($0) })
    }

    @Test func publishesWhatItPrints() throws {
        let workspace = try Workspace("publish")
        let input = try workspace.createTopic("orders")
        var source = Order.Source(partitions: 4, seed: 2)
        try workspace.produce(source.next(10_000).map(\.record), to: input)
        let output = workspace.topic("totals")
        let program = try workspace.write(
            Programs.aggregate(input, into: output, by: "user", window: ReplayTests.window, emit: "FINAL"),
            to: "totals.sql")
        let printed = try workspace.run("replay", program, ["--format", "json"]).output
            .split(separator: "\n").map { $0.replacingOccurrences(of: ",\"open\":true", with: "") }
        let published = try workspace.run("replay", program, ["--publish"])
        #expect(published.output == "")
        let records = try workspace.records(of: output)
        #expect(!records.isEmpty)
        #expect(records.map { $0.printed(output, windowSize: ReplayTests.window.size) }.sorted() == printed.sorted())
        // A key's partition is the one that other Kafka clients would choose for it.
        #expect(records.allSatisfy { $0.partition == Order.partition(of: $0.windowedKey.key, 3) })
    }

    @Test func printsEveryUpdateOnRequest() throws {
        let workspace = try Workspace("interim")
        let input = try workspace.createTopic("orders", partitions: 1)
        var source = Order.Source(partitions: 1, seed: 3)
        let orders = source.next(300)
        try workspace.produce(orders.map(\.record), to: input)
        let output = workspace.topic("totals")
        let program = try workspace.write(
            Programs.aggregate(input, into: output, by: "user", window: nil, emit: "CHANGES"), to: "totals.sql")
        let process = try workspace.run("replay", program, ["--format", "json", "--interim", "--batch-rows", "1"])
        var expected: [String] = []
        for count in 1...orders.count {
            let before = Expectation(Array(orders.prefix(count)), partitions: 1, window: nil, key: \.user)
            let last = orders[count - 1]
            guard last.kind == .good, last.amount > 0, let result = before.groups[.init(key: last.user, start: 0)]
            else {
                continue
            }
            expected.append(
                "{\"topic\":\"\(output)\",\"timestamp\":\(result.time),\"key\":\"\(last.user)\","
                    + "\"value\":{\"N\":\(result.count),\"TOTAL\":\(result.total),\"TOP\":\(result.top)}}")
        }
        #expect(process.output.split(separator: "\n").map(String.init) == expected)
    }

    @Test func anEmptyTopicHasNoResults() throws {
        let workspace = try Workspace("empty")
        let input = try workspace.createTopic("orders")
        let program = try workspace.write(
            Programs.aggregate(input, into: workspace.topic("totals"), by: "page", window: nil, emit: "CHANGES"),
            to: "totals.sql")
        #expect(try workspace.run("replay", program, ["--format", "json"], seconds: 10).output == "")
    }
}
