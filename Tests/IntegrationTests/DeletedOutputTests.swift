// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

/// A topic is deleted while results are written to it, and the broker makes it again by itself: what was published
/// before is gone, and whoever went on would publish the rest as if it were all.
@Suite(.enabled(if: Environment.isReady)) struct DeletedOutputTests {
    private func delete(_ topic: String, _ workspace: Workspace) throws {
        #expect(
            try Admin(workspace.properties).deleteTopics([topic], timeoutMilliseconds: 20_000) == [topic: .done])
    }

    /// Fault 45.
    @Test func deletedUnderARun() throws {
        let workspace = try Workspace("gone")
        let input = try workspace.createTopic("orders", partitions: 1)
        let output = workspace.topic("totals")
        try workspace.produce(Order.Source.plain(10).map(\.record), to: input)
        let program = try workspace.write(
            Programs.aggregate(input, into: output, by: "user", window: nil, emit: "CHANGES"), to: "totals.sql")
        let process = try workspace.start(
            "run", program, ["--application", workspace.topic("app"), "--commit-interval", "100ms"])
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), input, partitions: 1)
        // By then it has looked at the output.
        Thread.sleep(forTimeInterval: 6)
        try delete(output, workspace)
        try workspace.produce(Order.Source.plain(10).map(\.record), to: input)
        #expect(try process.exitCode(seconds: 60) == 65)
        #expect(process.error.contains("E3206: the topic \(output)"), "\(process.error)")
        #expect(process.error.contains("what was published to it before is gone"))
    }

    @Test func deletedUnderAReplay() throws {
        let workspace = try Workspace("away")
        let input = try workspace.createTopic("orders", partitions: 1)
        let output = try workspace.createTopic("wanted", partitions: 3)
        try workspace.produce(Order.Source.plain(100).map(\.record), to: input)
        let program = try workspace.write(Programs.filter(input, into: output, above: 0), to: "wanted.sql")
        let process = try workspace.start(
            "replay", program, ["--publish", "--application", workspace.topic("app")],
            environment: ["MILLRACE_FAULT": "sent:1:stall"])
        try process.waitToSay("fault: stall", seconds: 20)
        // What has not arrived yet would go to the topic that is made again, and nothing would be lost.
        try Deadline(seconds: 10).wait(for: "the records of the open transaction") {
            try workspace.ends(output, partitions: 3).reduce(0, +) >= 100
        }
        try delete(output, workspace)
        try workspace.createTopic("wanted", partitions: 3)
        #expect(try process.exitCode(seconds: 60) == 65)
        #expect(process.error.contains("E3206: the topic \(output)"), "\(process.error)")
        #expect(try workspace.records(of: output).isEmpty)
    }
}
