// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import Testing

/// The group's coordinator says that less is committed than was: nothing is published twice because of that.
@Suite(.enabled(if: Environment.isReady)) struct ForgottenOffsetsTests {
    private func start(_ workspace: Workspace, _ options: [String] = []) throws -> MillraceProcess {
        let program = try workspace.write(
            Programs.filter(workspace.topic("orders"), into: workspace.topic("large"), above: 0), to: "large.sql")
        return try workspace.start(
            "run", program, ["--application", workspace.topic("app"), "--commit-interval", "100ms"] + options)
    }

    /// Ten orders in a topic, and a process that has committed them.
    private func begin(_ name: String) throws -> (workspace: Workspace, process: MillraceProcess) {
        let workspace = try Workspace(name)
        let input = try workspace.createTopic("orders", partitions: 1)
        try workspace.produce(Order.Source.plain(10).map(\.record), to: input)
        let process = try start(workspace)
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), input, partitions: 1)
        return (workspace, process)
    }

    /// Fault 52.
    @Test func aProcessThatKnowsBetterDoesNotBeginAgain() throws {
        let (workspace, process) = try begin("forgotten")
        process.send(SIGSTOP)
        try workspace.deleteGroup(workspace.topic("app"))
        process.send(SIGCONT)
        try process.waitToSay(
            "the group is said to have committed nothing for \(workspace.topic("orders"))/0, "
                + "though it has committed 10")
        // By then it would have published all of them again.
        Thread.sleep(forTimeInterval: 2)
        #expect(process.isRunning)
        #expect(try process.stop() == 0)
        #expect(try workspace.records(of: workspace.topic("large")).count == 10)
    }

    /// Fault 52.
    /// Nobody knows whether somebody has deleted the offsets on purpose.
    @Test func aNewProcessAsksForAWhileAndBeginsOnlyWhereItIsToldTo() throws {
        var (workspace, process) = try begin("forgotten-anew")
        #expect(try process.stop() == 0)
        try workspace.deleteGroup(workspace.topic("app"))
        process = try start(workspace)
        try process.waitToSay("though there are records in \(workspace.topic("large"))")
        #expect(try process.exitCode() == 78)
        #expect(process.error.contains("E5013"), "\(process.error)")
        #expect(try workspace.committed(workspace.topic("app"), workspace.topic("orders"), partitions: 1) == [nil])
        process = try start(workspace, ["--publish-again"])
        try process.waitToSay("everything is published once more beside them")
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), workspace.topic("orders"), partitions: 1)
        #expect(try process.stop() == 0)
        #expect(try workspace.records(of: workspace.topic("large")).count == 20)
    }
}
