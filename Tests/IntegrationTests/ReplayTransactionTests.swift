// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

/// Replays that publish and do not come to their end: what they leave open holds up every reader at read_committed.
@Suite(.enabled(if: Environment.isReady)) struct ReplayTransactionTests {
    private func prepare(_ name: String, bootstrap: String? = nil) throws -> (workspace: Workspace, program: String) {
        let workspace = try Workspace(name, bootstrap: bootstrap)
        let input = try workspace.createTopic("orders", partitions: 1)
        try workspace.produce(Order.Source.plain(10).map(\.record), to: input)
        let program = try workspace.write(
            Programs.filter(input, into: workspace.topic("wanted"), above: 0), to: "wanted.sql")
        return (workspace, program)
    }

    private func options(_ workspace: Workspace) -> [String] {
        ["--publish", "--application", workspace.topic("app")]
    }

    /// Where readers at read_committed have to wait, and where the log really ends; of all partitions together.
    private func ends(_ workspace: Workspace) throws -> (stable: Int64, high: Int64) {
        let partitions = (0..<3).map { TopicPartition(workspace.topic("wanted"), $0) }
        let consumer = try Consumer(ConsumerOptions(properties: workspace.properties, profile: .backfill))
        let stable = try consumer.ends(partitions, timeoutMilliseconds: 10_000).values.reduce(0, +)
        return (stable, try workspace.ends(workspace.topic("wanted"), partitions: 3).reduce(0, +))
    }

    @Test func theNextReplayEndsWhatAKilledOneHasLeftOpen() throws {
        let (workspace, program) = try prepare("killed")
        let killed = try workspace.start(
            "replay", program, options(workspace), environment: ["MILLRACE_FAULT": "flushed:1:kill"])
        #expect(try killed.exitCode() == 128 + SIGKILL)
        let open = try ends(workspace)
        #expect(open.stable == 0 && open.high == 10)
        let doctor = try workspace.start("doctor", program, ["--application", workspace.topic("app")])
        #expect(try doctor.exitCode(seconds: 60) == 0, "\(doctor.output)\(doctor.error)")
        #expect(doctor.output.contains("E3407 \(workspace.topic("wanted"))/"), "\(doctor.output)")
        #expect(doctor.output.contains("read_committed"), "\(doctor.output)")
        // Another program of the application has published nothing: it would not have to wait for its own.
        _ = try workspace.run("replay", program, options(workspace))
        try Deadline(seconds: 10).wait(for: "the markers") {
            let now = try ends(workspace)
            return now.stable == now.high
        }
        #expect(try workspace.records(of: workspace.topic("wanted")).count == 10)
    }

    @Test func aReplayThatFailsAtItsCommitAbortsWhatIsOpen() throws {
        let (workspace, program) = try prepare("failed")
        let failed = try workspace.start(
            "replay", program, options(workspace), environment: ["MILLRACE_FAULT": "flushed:1:error"])
        #expect(try failed.exitCode() == 74)
        try Deadline(seconds: 10).wait(for: "the markers") {
            let now = try ends(workspace)
            return now.high > 10 && now.stable == now.high
        }
        #expect(try workspace.records(of: workspace.topic("wanted")).isEmpty)
    }

    /// Of two at the same time the later one goes on; the other one says what has become of it.
    @Test func twoReplaysAtTheSameTime() throws {
        let (workspace, program) = try prepare("two")
        let first = try workspace.start(
            "replay", program, options(workspace), environment: ["MILLRACE_FAULT": "flushed:1:stall"])
        try first.waitToSay("fault: stall")
        _ = try workspace.run("replay", program, options(workspace))
        #expect(try first.exitCode() == 75)
        #expect(
            first.error.contains("E3404: another replay of \(workspace.topic("app")) publishes now"), "\(first.error)")
        #expect(first.error.contains("nothing of it is published"))
        #expect(try workspace.records(of: workspace.topic("wanted")).count == 10)
    }

    @Test(.enabled(if: Environment.canStartBrokers)) func brokersThatAllowShortTransactionsOnly() throws {
        let broker = try OwnBroker(["transaction.max.timeout.ms=20000"])
        let (workspace, program) = try prepare("short", bootstrap: broker.bootstrap)
        let process = try workspace.run("replay", program, options(workspace))
        #expect(process.error.contains("11250 ms it is"), "\(process.error)")
        #expect(try workspace.records(of: workspace.topic("wanted")).count == 10)
    }
}
