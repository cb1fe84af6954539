// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Three brokers, each of which dies and comes back: `scripts/leader-moves`, by hand.
@Suite(.enabled(if: Environment.canStartBrokers && Environment.leaderMoves > 0)) struct LeaderMoveTests {
    /// Fault 31: with each death others take over the partitions, the transactions and the group, and the least of them
    /// comes back a moment later. Every topic has three replicas, of which two must have a record before it counts.
    @Test func brokersOfAClusterDieInTurn() throws {
        let cluster = try OwnCluster()
        let workspace = try Workspace("moves", bootstrap: cluster.bootstrap, replicas: 3)
        var subject = try FilteredOrders(workspace, partitions: 6)
        let aggregate = AggregateCase(key: "user", window: AggregateCase.window, emit: "FINAL")
        let totals = workspace.topic("totals")
        let program = try workspace.write(aggregate.program(subject.input, totals), to: "totals.sql")
        let aggregating = ["--application", workspace.topic("counter"), "--state-flush-interval", "200ms"]
        let filter = try subject.start()
        let counter = try workspace.start("run", program, aggregate.options + aggregating)
        for process in [filter, counter] { try process.waitToSay("live", seconds: 60) }
        for round in 0..<Environment.leaderMoves {
            let live = subject.arriving()
            try Deadline(seconds: 30).wait(for: "orders") { live.count > 300 }
            try cluster.kill(round % OwnCluster.size)
            Thread.sleep(forTimeInterval: Double(round % 3) * 3)
            try cluster.restart(round % OwnCluster.size)
            Thread.sleep(forTimeInterval: 6)
            try subject.stop(live)
            try subject.waitUntilCaughtUp(filter)
        }
        try subject.produceClosing()
        try workspace.waitUntilCaughtUp(counter, workspace.topic("counter"), subject.input, partitions: 6)
        #expect(try counter.stop() == 0, "\(counter.error)")
        aggregate.check(
            try workspace.records(of: totals), aggregate.expectation(subject.orders, partitions: 6), totals)
        try subject.finish(filter)
    }
}
