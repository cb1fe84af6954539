// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What goes wrong ends in time, with the right exit code and a text that helps.
@Suite(.enabled(if: Environment.isReady)) struct ErrorTests {
    /// Nothing listens there.
    private static let nowhere = "127.0.0.1:1"

    private func program(_ workspace: Workspace, by key: String = "user") throws -> String {
        try workspace.write(
            Programs.aggregate(
                workspace.topic("orders"), into: workspace.topic("totals"), by: key, window: nil, emit: "CHANGES"),
            to: "totals.sql")
    }

    /// Fault 36.
    @Test(arguments: ["replay", "run", "explain"])
    func missingTopic(command: String) throws {
        let workspace = try Workspace("missing")
        let process = try workspace.run(command, try program(workspace), expecting: 66, seconds: 30)
        #expect(process.error.contains("the topic \(workspace.topic("orders")) does not exist"))
    }

    /// Fault 9.
    @Test func noBroker() throws {
        let workspace = try Workspace("down", bootstrap: ErrorTests.nowhere)
        let program = try program(workspace)
        let processes = try ["replay", "run", "explain"].map { try workspace.start($0, program) }
        let stopped = try workspace.start("run", program)
        Thread.sleep(forTimeInterval: 0.5)
        stopped.send(SIGTERM)
        for process in processes {
            #expect(try process.exitCode(seconds: 30) == 69)
            #expect(process.error.contains("Connection refused"), "\(process.error)")
            #expect(process.error.contains("check -b/--bootstrap"))
        }
        #expect(try stopped.exitCode(seconds: 5) == 69)
    }

    struct BrokenSetting: CustomTestStringConvertible {
        var options: [String]
        var says: [String]
        var testDescription: String { options.joined(separator: " ") }
    }

    /// Refused before anything is connected to: there is no broker to be found.
    @Test(arguments: [
        BrokenSetting(options: ["-X", "no.such.property=1"], says: ["no.such.property"]),
        BrokenSetting(options: ["-X", "isolation.level=read_uncommitted"], says: ["isolation.level", "itself"]),
        BrokenSetting(options: ["-X", "enable.auto.commit=true"], says: ["enable.auto.commit", "itself"]),
        BrokenSetting(options: ["-X", "transactional.id=mine"], says: ["transactional.id", "itself"]),
        BrokenSetting(options: ["-X", "fetch.wait.max.ms=soon"], says: ["fetch.wait.max.ms"]),
        BrokenSetting(options: ["-c", "unknown.yaml"], says: ["unknown.yaml:1:1", "^", "did you mean"]),
        BrokenSetting(options: ["-c", "owned.yaml"], says: ["owned.yaml:2:3", "^", "auto.offset.reset"]),
    ])
    func brokenSettings(_ setting: BrokenSetting) throws {
        let workspace = try Workspace("settings", bootstrap: ErrorTests.nowhere)
        _ = try workspace.write("aplication: a\n", to: "unknown.yaml")
        _ = try workspace.write("kafka:\n  auto.offset.reset: earliest\n", to: "owned.yaml")
        let program = try program(workspace)
        for command in ["run", "replay"] {
            let process = try workspace.run(command, program, setting.options, expecting: 78, seconds: 5)
            for text in setting.says { #expect(process.error.contains(text), "\(process.error)") }
        }
    }

    @Test func brokenProgram() throws {
        let workspace = try Workspace("broken", bootstrap: ErrorTests.nowhere)
        let program = try workspace.write(
            Programs.source("orders") + "CREATE STREAM x AS\n  SELECT user, amuont FROM orders;\n", to: "broken.sql")
        let process = try workspace.run("run", program, expecting: 78, seconds: 5)
        #expect(process.error.contains("broken.sql:4:16: "), "\(process.error)")
        #expect(process.error.contains("SELECT user, amuont FROM orders;"))
        let lines = process.error.split(separator: "\n", omittingEmptySubsequences: false)
        let caret = try #require(lines.firstIndex { $0.contains("^") })
        let column = lines[caret].prefix { $0 != "^" }.count
        #expect(lines[caret - 1].dropFirst(column).hasPrefix("amuont"), "\(process.error)")
    }

    @Test(arguments: ["run", "replay"])
    func wrongPartitions(command: String) throws {
        let workspace = try Workspace("partitions")
        try workspace.createTopic("orders", partitions: 2)
        try workspace.createTopic("totals", partitions: 5)
        let process = try workspace.run(
            command, try program(workspace), command == "replay" ? ["--publish"] : [], expecting: 73, seconds: 20)
        #expect(process.error.contains("has 5 partitions, not the 3"))
    }

    // MARK: two of them

    /// The second process of a program that regroups gives way, and the first goes on as if nothing had been.
    @Test func secondProcess() throws {
        let workspace = try Workspace("second")
        let input = try workspace.createTopic("orders")
        var source = Order.Source(partitions: 4, seed: 61)
        var orders = source.next(2000)
        try workspace.produce(orders.map(\.record), to: input)
        let output = workspace.topic("totals")
        let aggregate = AggregateCase(key: "page", window: nil, emit: "CHANGES")
        let program = try workspace.write(aggregate.program(input, output), to: "totals.sql")
        let options = ["--application", workspace.topic("app"), "--commit-interval", "100ms"]
        let first = try workspace.start("run", program, options)
        try first.waitToSay("live")
        let second = try workspace.run("run", program, options, expecting: 75, seconds: 30)
        #expect(second.error.contains("runs already"))
        #expect(first.isRunning)
        let more = source.next(2000)
        orders += more
        try workspace.produce(more.map(\.record), to: input)
        try workspace.waitUntilCaughtUp(first, workspace.topic("app"), input, partitions: 4)
        #expect(try first.stop() == 0)
        aggregate.check(try workspace.records(of: output), aggregate.expectation(orders, partitions: 4), output)
    }
}
