// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Faults at named places (`MILLRACE_FAULT`); the crash suite (`scripts/crash`) hits all of them.
@Suite(.enabled(if: Environment.isReady)) struct FaultTests {
    /// Fault 8.
    /// A rebalance may make the commit of a stop fail: what it held is done again by the next start.
    @Test(arguments: ["flushed", "offsets-sent", "committed"])
    func aStopWhoseCommitFailsEndsInPeace(point: String) throws {
        let workspace = try Workspace("fault-stop")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("wanted")
        let program = try workspace.write(Programs.filter(input, into: output, above: 50), to: "wanted.sql")
        let application = workspace.topic("app")
        var source = Order.Source(partitions: 4, seed: 71)
        var orders = source.next(1000)
        try workspace.produce(orders.map(\.record), to: input)
        // The first commit is the hand-over's, the second one the stop's.
        let options = ["--application", application, "--commit-interval", "10m"]
        var process = try workspace.start("run", program, options, environment: ["MILLRACE_FAULT": "\(point):2:error"])
        try process.waitToSay("live")
        orders += source.next(1000)
        try workspace.produce(orders.suffix(1000).map(\.record), to: input)
        Thread.sleep(forTimeInterval: 1)
        #expect(try process.stop() == 0, "\(process.error)")
        #expect(process.error.contains("fault: error at \(point)"))
        process = try workspace.start("run", program, ["--application", application])
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
        #expect(try process.stop() == 0)
        let found = try workspace.records(of: output).compactMap(\.value)
        let expected = Expectation.filtered(orders, above: 50).map { "{\"ID\":\($0.id),\"AMOUNT\":\($0.amount)}" }
        #expect(found.sorted() == expected.sorted())
    }

    @Test func anUnknownPointIsRefused() throws {
        let workspace = try Workspace("fault-unknown")
        let input = try workspace.createTopic("orders")
        let program = try workspace.write(Programs.filter(input, into: "x", above: 50), to: "wanted.sql")
        let process = try workspace.start("run", program, environment: ["MILLRACE_FAULT": "nowhere:1:kill"])
        #expect(try process.exitCode() == 78)
        #expect(process.error.contains("nowhere:1:kill") && process.error.contains("offsets-sent"))
    }
}
