// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What needs a broker of its own: one that goes away, one that compacts at once.
@Suite(.enabled(if: Environment.canStartBrokers)) struct BrokerTests {
    /// Fault 9, 16.
    /// A broker that is away for a while holds up a run and does not end it; while it is away the run can be stopped.
    @Test func outage() throws {
        let broker = try OwnBroker()
        let workspace = try Workspace("outage", bootstrap: broker.bootstrap)
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("totals")
        let aggregate = AggregateCase(key: "page", window: AggregateCase.window, emit: "FINAL")
        let program = try workspace.write(aggregate.program(input, output), to: "totals.sql")
        let application = workspace.topic("app")
        var source = Order.Source(partitions: 4, seed: 80)
        var orders = source.next(5_000)
        try workspace.produce(orders.map(\.record), to: input)
        let options = aggregate.options + ["--application", application]
        let process = try workspace.start("run", program, options)
        try process.waitToSay("live")

        // Killed while orders arrive, so that a transaction is open.
        let live = LiveOrders(source, to: input, properties: workspace.properties)
        try Deadline(seconds: 20).wait(for: "orders") { live.count > 2000 }
        let arrived = try live.stop()
        source = arrived.source
        orders += arrived.orders
        try broker.kill()
        // Longer than records may take and than the broker keeps a transaction.
        Thread.sleep(forTimeInterval: 12)
        #expect(process.isRunning, "\(process.error)")
        try broker.restart()
        let closing = source.closing()
        orders += closing
        try workspace.produce(closing.map(\.record), to: input)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
        aggregate.check(try workspace.records(of: output), aggregate.expectation(orders, partitions: 4), output)

        let more = LiveOrders(source, to: input, properties: workspace.properties)
        try Deadline(seconds: 20).wait(for: "orders") { more.count > 2000 }
        orders += try more.stop().orders
        try broker.kill()
        Thread.sleep(forTimeInterval: 2)
        // At most four calls wait five seconds each for the broker: flush, abort, group, client.
        let code = try process.stop(seconds: 40)
        #expect(code == 0 || code == 69, "\(process.error)")
    }

    /// Fault 41.
    /// Compaction leaves holes: a slice may begin and end in one, and a restart may find its last record gone.
    @Test func compactedHoles() throws {
        let broker = try OwnBroker(["log.cleaner.backoff.ms=100"])
        let workspace = try Workspace("compacted", bootstrap: broker.bootstrap)
        let input = try workspace.createTopic(
            "orders", partitions: 1,
            configuration: [
                "cleanup.policy": "compact", "segment.ms": "200", "min.cleanable.dirty.ratio": "0.01",
                "max.compaction.lag.ms": "100",
            ])
        let program = try workspace.write(
            Programs.filter(input, into: workspace.topic("wanted"), above: 0), to: "wanted.sql")
        let options = ["--application", workspace.topic("app"), "--commit-interval", "100ms"]
        func orders(_ ids: ClosedRange<Int>) -> [InputRecord] {
            ids.map { id in
                Order(
                    id: id, user: "u\(id % 5)", amount: 1, page: "p", time: Order.firstDay + Int64(id) * 1000,
                    partition: 0
                ).record
            }
        }
        try workspace.produce(orders(1...50), to: input)
        var process = try workspace.start("run", program, options)
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), input, partitions: 1)
        #expect(try process.stop() == 0)
        // All but the last of each key go, also the last of the run before. (Segments are closed by the records'
        // times.)
        var next = 60
        for _ in 0..<4 {
            try workspace.produce(orders(next...(next + 4)), to: input)
            next += 5
        }
        var left: [OutputRecord] = []
        try Deadline(seconds: 60).wait(for: "compaction") {
            left = try workspace.records(of: input)
            return left.count <= 10
        }
        let end = try workspace.ends(input, partitions: 1)[0]
        #expect(end == 70 && left.allSatisfy { $0.offset > 49 })
        func replayed(_ options: [String]) throws -> Int {
            try workspace.run("replay", program, ["--format", "json"] + options, seconds: 10).output
                .split(separator: "\n").count
        }
        #expect(try replayed(["--to", "offsets:0=\(end)"]) == left.count)
        // From hole to hole, and nothing but a hole.
        #expect(try replayed(["--from", "offsets:0=20", "--to", "offsets:0=30"]) == 0)
        #expect(try replayed(["--from", "offsets:0=20"]) == left.count)

        process = try workspace.start("run", program, options)
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), input, partitions: 1)
        #expect(try process.stop() == 0)
        #expect(try workspace.records(of: workspace.topic("wanted")).count == 50 + left.count)
    }
}
