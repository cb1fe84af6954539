// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What needs a broker of its own: one that goes away, one that compacts at once.
@Suite(.enabled(if: Environment.canStartBrokers)) struct BrokerTests {
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
        let code = try process.stop(seconds: 25)
        #expect(code == 0 || code == 69, "\(process.error)")
    }
}
