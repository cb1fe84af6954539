// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `millrace run`: history as batch, the hand-over, live, stop and resume, against a naive recomputation.
@Suite(.enabled(if: Environment.isReady)) struct RunTests {
    @Test(arguments: AggregateCase.all)
    func handsOverWhileOrdersArrive(_ aggregate: AggregateCase) throws {
        let workspace = try Workspace("hybrid")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("totals")
        var source = Order.Source(partitions: 4, seed: 10)
        var orders = source.next(20_000)
        try workspace.produce(orders.map(\.record), to: input)
        let application = workspace.topic("app")
        let program = try workspace.write(aggregate.program(input, output), to: "totals.sql")

        let live = LiveOrders(source, to: input, properties: workspace.properties)
        let process = try workspace.start("run", program, aggregate.options + ["--application", application])
        try process.waitToSay("live")
        let before = live.count
        try Deadline(seconds: 20).wait(for: "more orders") { live.count > before + 1000 }
        let arrived = try live.stop()
        orders += arrived.orders
        source = arrived.source
        let closing = source.closing()
        orders += closing
        try workspace.produce(closing.map(\.record), to: input)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
        #expect(try process.stop(seconds: 15) == 0)
        #expect(process.output == "")
        let ends = try workspace.ends(input, partitions: 4)
        #expect(try workspace.committed(application, input, partitions: 4) == ends.map { Optional($0) })
        aggregate.check(
            try workspace.records(of: output), aggregate.expectation(orders, partitions: 4), output)
    }

    /// Mode batch ends by itself at the end of the log as it was, and reports its one stage once.
    @Test func batchEndsAtTheEndOfTheLog() throws {
        let workspace = try Workspace("batch")
        let input = try workspace.createTopic("orders")
        var source = Order.Source(partitions: 4, seed: 15)
        try workspace.produce(source.next(2_000).map(\.record), to: input)
        let program = try workspace.write(
            Programs.filter(input, into: workspace.topic("wanted"), above: 0), to: "wanted.sql")
        let configuration = try workspace.write("mode: batch\n", to: "batch.yaml")
        let process = try workspace.run(
            "run", program, ["-c", configuration, "--application", workspace.topic("app"), "--report", "report.json"])
        #expect(process.error.contains("batch"))
        let report = try JSONSerialization.jsonObject(
            with: Data(contentsOf: workspace.directory.appendingPathComponent("report.json")))
        let stages = (report as? [String: Any])?["stages"] as? [[String: Any]]
        #expect(stages?.map { $0["mode"] as? String } == ["batch"])
        #expect(stages?.first?["records"] as? Int == 2_000)
    }

    /// Fault 8.
    @Test(arguments: AggregateCase.all)
    func resumesWhereItStopped(_ aggregate: AggregateCase) throws {
        let workspace = try Workspace("resume")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("totals")
        let application = workspace.topic("app")
        let program = try workspace.write(aggregate.program(input, output), to: "totals.sql")
        let options = aggregate.options + ["--application", application]
        var source = Order.Source(partitions: 4, seed: 20)
        var orders: [Order] = []
        for _ in 0..<3 {
            let more = source.next(2_000)
            orders += more
            try workspace.produce(more.map(\.record), to: input)
            let process = try workspace.start("run", program, options)
            // Stopped before the hand-over it would leave the changes of the batch stage to the next start.
            try process.waitToSay("live")
            try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
            #expect(try process.stop() == 0)
            let emitted = try workspace.records(of: output)

            // With nothing new there is nothing to say again.
            let idle = try workspace.start("run", program, options)
            try idle.waitToSay("live")
            Thread.sleep(forTimeInterval: 0.3)
            #expect(try idle.stop() == 0)
            #expect(try workspace.records(of: output).count == emitted.count, "\(process.error)\n\(idle.error)")
        }
        let closing = source.closing()
        try workspace.produce(closing.map(\.record), to: input)
        let process = try workspace.start("run", program, options)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
        #expect(try process.stop() == 0)
        aggregate.check(
            try workspace.records(of: output), aggregate.expectation(orders + closing, partitions: 4), output)
    }

    @Test func liveOnlyBeginsAtTheEnd() throws {
        let workspace = try Workspace("latest")
        let input = try workspace.createTopic("orders", partitions: 2)
        let output = workspace.topic("wanted")
        var source = Order.Source(partitions: 2, seed: 30)
        try workspace.produce(source.next(500).map(\.record), to: input)
        let program = try workspace.write(Programs.filter(input, into: output, above: 50), to: "wanted.sql")
        let application = workspace.topic("app")
        let process = try workspace.start(
            "run", program, ["--from", "latest", "--application", application, "--commit-interval", "100ms"])
        try process.waitToSay("live")
        let orders = source.next(500)
        try workspace.produce(orders.map(\.record), to: input)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 2)
        #expect(try process.stop() == 0)
        let expected = Expectation.filtered(orders, above: 50)
        #expect(try workspace.records(of: output).count == expected.count)
    }
}
