// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

/// The input topic is deleted under a run or a replay. librdkafka 2.0.2 never frees a client of which a partition has
/// gone: the process has to end all the same, with the reason.
@Suite(.enabled(if: Environment.isReady)) struct DeletedInputTests {
    private func delete(_ topic: String, _ workspace: Workspace) throws {
        let admin = try Admin(workspace.properties)
        #expect(try admin.deleteTopics([topic], timeoutMilliseconds: 20_000) == [topic: .done])
        try Deadline(seconds: 20).wait(for: "the end of \(topic)") {
            try admin.partitionCounts(ofTopics: [topic], timeoutMilliseconds: 5000).isEmpty
        }
    }

    /// A run that is live.
    private func begin(_ name: String) throws -> (workspace: Workspace, input: String, process: MillraceProcess) {
        let workspace = try Workspace(name)
        let input = try workspace.createTopic("orders", partitions: 2)
        try workspace.produce(Order.Source.plain(10).map(\.record), to: input)
        let program = try workspace.write(
            Programs.aggregate(input, into: workspace.topic("totals"), by: "user", window: nil, emit: "CHANGES"),
            to: "totals.sql")
        let process = try workspace.start(
            "run", program, ["--application", workspace.topic("app"), "--commit-interval", "100ms"])
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), input, partitions: 2)
        try process.waitToSay("live")
        return (workspace, input, process)
    }

    /// Fault 37.
    @Test func deletedUnderARun() throws {
        let (workspace, input, process) = try begin("deleted")
        try delete(input, workspace)
        #expect(try process.exitCode(seconds: 40) == 66)
        #expect(
            process.error.contains("millrace: E3201: the topic \(input) was deleted while it was read"),
            "\(process.error)")
    }

    @Test func aRunWithoutItsInputStopsWhenAsked() throws {
        let (workspace, input, process) = try begin("stopped")
        try delete(input, workspace)
        try process.waitToSay("looking whether the topic \(input) comes back")
        _ = try process.stop(seconds: 15)
    }

    /// Fault 38.
    /// The new log is known by its records, though it has as many as the old one.
    @Test(arguments: [1.0, 6.0])
    func madeAgainUnderARun(seconds: Double) throws {
        let (workspace, input, process) = try begin("returned")
        try delete(input, workspace)
        Thread.sleep(forTimeInterval: seconds)
        try workspace.createTopic("orders", partitions: 2)
        let younger = Order.Source.plain(10).map { order in
            var younger = order
            younger.time += 1000
            return younger
        }
        try workspace.produce(younger.map(\.record), to: input)
        #expect(try process.exitCode(seconds: 40) == 65)
        // Who looks while the new log is still empty finds it too short; newer librdkafkas look sooner.
        let replaced = "millrace: E5007: \(input)/0 was deleted and made again"
        let emptied = "millrace: E5006: \(input)/0 ends at 0, before the committed offset 10"
        #expect(process.error.contains(replaced) || process.error.contains(emptied), "\(process.error)")
    }

    @Test func deletedUnderAReplay() throws {
        let workspace = try Workspace("cut")
        let input = try workspace.createTopic("orders", partitions: 2)
        let source = Order.Source.plain(200_000).map { order in
            var order = order
            order.partition = Int32(order.id % 2)
            return order
        }
        try workspace.produce(source.map(\.record), to: input)
        let program = try workspace.write(
            Programs.aggregate(input, into: workspace.topic("totals"), by: "user", window: nil, emit: "CHANGES"),
            to: "totals.sql")
        let process = try workspace.start("replay", program, ["--publish", "--application", workspace.topic("app")])
        try process.waitToSay("at most 100000 records")
        // What it has fetched is not all: it finds out behind it.
        process.send(SIGSTOP)
        try delete(input, workspace)
        process.send(SIGCONT)
        #expect(try process.exitCode(seconds: 40) == 66)
        #expect(process.error.contains("the topic \(input) was deleted while it was read"), "\(process.error)")
        #expect(try workspace.records(of: workspace.topic("totals")).isEmpty)
    }
}
