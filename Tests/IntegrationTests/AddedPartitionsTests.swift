// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import Testing

/// Partitions are added to an input topic while a run goes on.
@Suite(.enabled(if: Environment.canStartBrokers)) struct AddedPartitionsTests {
    private static let before: Int32 = 4
    private static let after: Int32 = 6

    /// Adds them with Kafka's own tool, and waits until the run reads them.
    /// - Returns: how long that took, in seconds.
    @discardableResult
    private func addPartitions(_ workspace: Workspace, _ input: String, _ process: MillraceProcess) throws -> Double {
        try OwnBroker.tool([
            "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", workspace.bootstrap, "--alter", "--topic",
            input, "--partitions", "\(Self.after)",
        ])
        let start = Date()
        for partition in Self.before..<Self.after {
            try process.waitToSay("\(input)/\(partition): added to the topic", seconds: 30)
        }
        return Date().timeIntervalSince(start)
    }

    /// Those of users that no order of before was of: no key moves.
    private func ofNewUsers(_ orders: [Order]) -> [Order] {
        orders.map { order in
            var order = order
            order.user = "new-\(order.user)"
            order.partition = Order.partition(of: order.user, Self.after)
            return order
        }
    }

    /// Fault 39.
    /// A run that was told to begin at the end of the log reads all of a partition that is added later.
    @Test func everyRecordOfThemIsRead() throws {
        let workspace = try Workspace("added")
        let input = try workspace.createTopic("orders", partitions: Self.before)
        let output = workspace.topic("wanted")
        var source = Order.Source(partitions: Self.before, seed: 80)
        source.isDirty = false
        try workspace.produce(source.next(500).map(\.record), to: input)
        let program = try workspace.write(Programs.filter(input, into: output, above: 0), to: "wanted.sql")
        let configuration = try workspace.write("mode: stream\ncommit.interval: 100ms\n", to: "millrace.yaml")
        let application = workspace.topic("app")
        let process = try workspace.start("run", program, ["-c", configuration, "--application", application])
        try process.waitToSay("live")
        let first = LiveOrders(source, to: input, properties: workspace.properties)
        Thread.sleep(forTimeInterval: 0.5)
        var (orders, rest) = try first.stop()
        try OwnBroker.tool([
            "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", workspace.bootstrap, "--alter", "--topic",
            input, "--partitions", "\(Self.after)",
        ])
        // At once, before the run can know them.
        rest = Order.Source(partitions: Self.after, seed: 81, time: rest.time)
        rest.isDirty = false
        let second = LiveOrders(rest, to: input, properties: workspace.properties)
        let start = Date()
        try process.waitToSay("\(input)/\(Self.after - 1): added to the topic", seconds: 30)
        #expect(Date().timeIntervalSince(start) < 15)
        Thread.sleep(forTimeInterval: 0.5)
        orders += try second.stop().orders
        try workspace.waitUntilCaughtUp(process, application, input, partitions: Self.after)
        #expect(try process.stop() == 0)
        #expect(orders.contains { $0.partition == Self.after - 1 })
        let found = try workspace.records(of: output).map { $0.value?.dropFirst(6).prefix { $0 != "," } ?? "" }
        let wanted = Expectation.filtered(orders, above: 0).map { "\($0.id)" }
        #expect(found.map(String.init).sorted() == wanted.sorted())
    }

    /// Fault 39.
    /// State that goes by source partition, in a changelog that is widened; and after a crash.
    @Test func theirStateComesBackFromTheChangelog() throws {
        let workspace = try Workspace("widened")
        let input = try workspace.createTopic("orders", partitions: Self.before)
        let output = workspace.topic("totals")
        let aggregate = AggregateCase(key: "user", window: nil, emit: "CHANGES", threads: 3)
        let program = try workspace.write(aggregate.program(input, output), to: "totals.sql")
        let application = workspace.topic("app")
        let options = aggregate.options + ["--application", application, "--state-flush-interval", "100ms"]
        var source = Order.Source(partitions: Self.before, seed: 82)
        var orders = source.next(1000)
        try workspace.produce(orders.map(\.record), to: input)
        let process = try workspace.start("run", program, options)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: Self.before)
        try addPartitions(workspace, input, process)
        for isLast in [false, true] {
            let more = ofNewUsers(source.next(1000))
            orders += more
            try workspace.produce(more.map(\.record), to: input)
            if isLast { break }
            try workspace.waitUntilCaughtUp(process, application, input, partitions: Self.after)
        }
        try process.crash()
        let again = try workspace.start("run", program, options)
        try workspace.waitUntilCaughtUp(again, application, input, partitions: Self.after)
        #expect(try again.stop() == 0)
        #expect(again.error.contains("state of "), "\(again.error)")
        #expect(try workspace.ends("\(application)-TOTALS-changelog", partitions: Self.after)[5] > 0)
        aggregate.check(
            try workspace.records(of: output), aggregate.expectation(orders, partitions: Self.after), output)
    }

    /// Windows that were final before they came stay so: nothing is emitted twice, and what comes too late for them is
    /// counted as late.
    @Test(arguments: [false, true])
    func finalResultsStayFinal(crashes: Bool) throws {
        let workspace = try Workspace("final")
        let input = try workspace.createTopic("orders", partitions: Self.before)
        let output = workspace.topic("totals")
        let aggregate = AggregateCase(key: "page", window: AggregateCase.window, emit: "FINAL")
        let program = try workspace.write(aggregate.program(input, output), to: "totals.sql")
        let application = workspace.topic("app")
        let options = aggregate.options + ["--application", application]
        var source = Order.Source(partitions: Self.before, seed: 83)
        let first = source.next(2000)
        try workspace.produce(first.map(\.record), to: input)
        var process = try workspace.start("run", program, options)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: Self.before)
        try addPartitions(workspace, input, process)
        var wide = Order.Source(partitions: Self.after, seed: 84, time: source.time)
        var second = wide.next(1000)
        try workspace.produce(second.map(\.record), to: input)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: Self.after)
        if crashes {
            try process.crash()
            process = try workspace.start("run", program, options)
        }
        let rest = wide.next(1000) + wide.closing()
        second += rest
        try workspace.produce(rest.map(\.record), to: input)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: Self.after)
        #expect(try process.stop() == 0)
        var expected = aggregate.expectation(first, partitions: Self.before)
        expected.widen(to: Self.after)
        for order in second { expected.add(order, order.page) }
        aggregate.check(try workspace.records(of: output), expected, output)
        #expect(expected.accounts[4].late + expected.accounts[5].late > 0)
    }
}
