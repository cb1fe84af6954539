// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import Testing

/// A topic that was widened from two partitions to four: keys from before lie elsewhere than those from then on.
/// Without a word nothing is published of a key in two partitions; with `keys.partitioning: any` the answer is that of
/// all records.
@Suite(.enabled(if: Environment.canStartBrokers)) struct WidenedTopicTests {
    private static let cases = [
        AggregateCase(key: "user", window: nil, emit: "CHANGES"),
        AggregateCase(key: "user", window: AggregateCase.window, emit: "FINAL", threads: 2),
    ]
    private static let any = "SET 'keys.partitioning' = 'any';\n"

    private struct Widened {
        let workspace: Workspace
        let input: String
        let output: String
        let orders: [Order]

        init(_ name: String) throws {
            workspace = try Workspace(name)
            input = try workspace.createTopic("orders", partitions: 2)
            output = workspace.topic("totals")
            var source = Order.Source(partitions: 2, seed: 90)
            source.isDirty = false
            let before = source.next(600)
            try workspace.produce(before.map(\.record), to: input)
            try OwnBroker.tool([
                "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", workspace.bootstrap, "--alter", "--topic",
                input, "--partitions", "4",
            ])
            _ = try workspace.ends(input, partitions: 4)
            var after = source.next(600)
            for index in after.indices { after[index].partition = Order.partition(of: after[index].user, 4) }
            try workspace.produce(after.map(\.record), to: input)
            orders = before + after
        }

        func program(_ aggregate: AggregateCase, _ set: String = "") throws -> String {
            try workspace.write(set + aggregate.program(input, output), to: "totals\(set.count).sql")
        }

        /// One record at a time, each late or not by its own partition.
        func expectation(_ aggregate: AggregateCase) -> Expectation {
            Expectation(orders, partitions: 4, window: aggregate.window) { $0.user }
        }
    }

    @Test(arguments: cases) func aReplayRefusesOrRegroups(_ aggregate: AggregateCase) throws {
        let widened = try Widened("widened-replay")
        let workspace = widened.workspace
        let plain = try widened.program(aggregate)
        for options in [["--format", "json"], ["--publish"]] {
            let refused = try workspace.run("replay", plain, options, expecting: 65)
            #expect(refused.error.contains("E2011"), "\(refused.error)")
            #expect(refused.error.contains("lies in partitions"), "\(refused.error)")
            #expect(refused.error.contains("SET 'keys.partitioning' = 'any'"), "\(refused.error)")
        }
        #expect(try workspace.records(of: widened.output).isEmpty)
        let expected = widened.expectation(aggregate)
        let any = try widened.program(aggregate, Self.any)
        let printed = try workspace.run("replay", any, ["--format", "json", "--threads", "\(aggregate.threads)"])
        #expect(
            printed.output.split(separator: "\n").map(String.init).sorted()
                == expected.lines(widened.output, marksOpen: true, isAffine: false))
        // The same from the configuration.
        let file = try workspace.write("keys.partitioning: any\n", to: "any.yaml")
        let configured = try workspace.run("replay", plain, ["--format", "json", "-c", file])
        #expect(configured.output.split(separator: "\n").sorted() == printed.output.split(separator: "\n").sorted())
    }

    /// A query that is added runs over the history by itself, and is looked at as any other.
    @Test(arguments: cases) func aBackfillStops(_ aggregate: AggregateCase) throws {
        let widened = try Widened("widened-backfill")
        let workspace = widened.workspace
        let options = ["--application", workspace.topic("app"), "--commit-interval", "100ms"]
        let wanted = try workspace.write(
            Programs.filter(widened.input, into: workspace.topic("wanted"), above: 0), to: "wanted.sql")
        let first = try workspace.start("run", wanted, options)
        try workspace.waitUntilCaughtUp(first, workspace.topic("app"), widened.input, partitions: 4)
        #expect(try first.stop() == 0)
        let both = try workspace.write(
            aggregate.program(widened.input, widened.output) + """
                CREATE STREAM wanted
                  WITH (KAFKA_TOPIC='\(workspace.topic("wanted"))', VALUE_FORMAT='JSON', PARTITIONS=3) AS
                  SELECT user, id, amount FROM orders WHERE amount > 0.0 EMIT CHANGES;

                """, to: "both.sql")
        let refused = try workspace.start("run", both, aggregate.options + options + ["--new-queries", "backfill"])
        #expect(try refused.exitCode(seconds: 60) == 65, "\(refused.error)")
        #expect(refused.error.contains("E2011"), "\(refused.error)")
        let published = try workspace.records(of: widened.output)
        #expect(aggregate.window != nil || published.isEmpty)
        #expect(Set(published.map(\.key)).count == published.count)
    }

    @Test(arguments: cases) func aRunStopsOrRegroups(_ aggregate: AggregateCase) throws {
        let widened = try Widened("widened-run")
        let workspace = widened.workspace
        let plain = try widened.program(aggregate)
        let options = aggregate.options + ["--commit-interval", "100ms"]
        let refused = try workspace.start("run", plain, options + ["--application", workspace.topic("plain")])
        #expect(try refused.exitCode(seconds: 60) == 65, "\(refused.error)")
        #expect(refused.error.contains("E2011"), "\(refused.error)")
        // A commit before the other part has come may have published windows: never a second part of one.
        let published = try workspace.records(of: widened.output)
        #expect(aggregate.window != nil || published.isEmpty)
        #expect(Set(published.map(\.key)).count == published.count)
        let application = workspace.topic("any")
        let output = workspace.topic("regrouped")
        let any = try workspace.write(Self.any + aggregate.program(widened.input, output), to: "regrouped.sql")
        let run = try workspace.start("run", any, options + ["--application", application])
        var closing = Order.Source(partitions: 4, seed: 91, time: widened.orders.map(\.time).max() ?? 0)
        let last = closing.closing()
        try workspace.produce(last.map(\.record), to: widened.input)
        try workspace.waitUntilCaughtUp(run, application, widened.input, partitions: 4)
        #expect(try run.stop() == 0)
        var expected = widened.expectation(aggregate)
        for order in last { expected.add(order, order.user) }
        let lines = aggregate.lines(try workspace.records(of: output), output)
        #expect(lines.sorted() == expected.lines(output, marksOpen: false, isAffine: false))
    }

    /// Whoever answers for it is told.
    @Test func trustedPublishesTheParts() throws {
        let widened = try Widened("widened-trusted")
        let program = try widened.program(Self.cases[0], "SET 'keys.partitioning' = 'trusted';\n")
        let replay = try widened.workspace.run("replay", program, ["--format", "json"])
        #expect(replay.error.contains("each publishes its own part of CTAS_TOTALS_1"), "\(replay.error)")
        #expect(replay.error.contains("keys are in two partitions: their results are parts"), "\(replay.error)")
    }

    @Test func doctorFindsIt() throws {
        let widened = try Widened("widened-doctor")
        let plain = try widened.program(Self.cases[0])
        let sick = try widened.workspace.start("doctor", plain)
        #expect(try sick.exitCode(seconds: 60) == 1)
        #expect(sick.output.contains("E2011"), "\(sick.output)")
        let well = try widened.workspace.start("doctor", try widened.program(Self.cases[0], Self.any))
        _ = try well.exitCode(seconds: 60)
        #expect(!well.output.contains("E2011"), "\(well.output)")
    }

    /// Another partitioner for all keys, as librdkafka's own: nothing is wrong, and that is what is said.
    @Test func anotherPartitioner() throws {
        let workspace = try Workspace("other-partitioner")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("totals")
        var source = Order.Source(partitions: 4, seed: 92)
        var orders = source.next(500)
        for index in orders.indices { orders[index].partition = (orders[index].partition + 1) % 4 }
        try workspace.produce(orders.map(\.record), to: input)
        let aggregate = Self.cases[0]
        let program = try workspace.write(aggregate.program(input, output), to: "totals.sql")
        let replay = try workspace.run("replay", program, ["--format", "json"])
        #expect(
            replay.output.split(separator: "\n").map(String.init).sorted()
                == aggregate.expectation(orders, partitions: 4).lines(output, marksOpen: true, isAffine: true))
        #expect(replay.error.contains("20 keys of \(input) are not where murmur2 puts them"), "\(replay.error)")
        #expect(replay.error.contains("none was found in two partitions"), "\(replay.error)")
        #expect(!replay.error.contains("E2010"), "\(replay.error)")
    }
}
