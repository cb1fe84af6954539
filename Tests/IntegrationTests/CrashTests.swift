// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `kill -9` twenty times at random points while orders arrive: nothing is lost and nothing is doubled.
@Suite(.enabled(if: Environment.isReady)) struct CrashTests {
    private static let crashes = 20

    /// Crashes it again and again, then lets it run to the end.
    /// - Returns: all orders that were written.
    private func survive(
        _ workspace: Workspace, _ program: String, _ input: String, _ options: [String], seed: UInt64
    ) throws -> [Order] {
        let application = workspace.topic("app")
        let arguments = options + ["--application", application, "--commit-interval", "50ms"]
        var random = SeededGenerator(seed: seed)
        var source = Order.Source(partitions: 4, seed: seed)
        var orders = source.next(30_000)
        try workspace.produce(orders.map(\.record), to: input)
        let live = LiveOrders(source, to: input, properties: workspace.properties)
        // How long a start takes here, until it reads: some are to be killed before that, some behind it.
        let began = Date()
        let first = try workspace.start("run", program, arguments)
        try first.waitToSay("from offset", seconds: 60)
        let latest = Date().timeIntervalSince(began) + 0.4
        try first.crash()
        var starts = Set<[Substring]>()
        for _ in 0..<CrashTests.crashes {
            let process = try workspace.start("run", program, arguments)
            Thread.sleep(forTimeInterval: Double.random(in: 0.05...latest, using: &random))
            if !process.isRunning { throw Unexpected("it ended by itself:\n\(process.error)") }
            try process.crash()
            starts.insert(process.error.split(separator: "\n").filter { $0.contains("from offset") })
        }
        // Otherwise it was never killed in the middle of anything.
        #expect(starts.count > CrashTests.crashes / 4)
        let arrived = try live.stop()
        source = arrived.source
        let closing = source.closing()
        orders += arrived.orders + closing
        try workspace.produce(closing.map(\.record), to: input)
        let process = try workspace.start("run", program, arguments)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
        #expect(try process.stop() == 0)
        return orders
    }

    /// Fault 1.
    @Test func aFilterLosesAndDoublesNothing() throws {
        let workspace = try Workspace("crash-filter")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("wanted")
        let program = try workspace.write(Programs.filter(input, into: output, above: 50), to: "wanted.sql")
        let orders = try survive(workspace, program, input, [], seed: 41)
        // Each key's rows in the order of the log.
        let expected = Dictionary(grouping: Expectation.filtered(orders, above: 50), by: \.user)
            .mapValues { $0.map { "{\"ID\":\($0.id),\"AMOUNT\":\($0.amount)}" } }
        let found = Dictionary(grouping: try workspace.records(of: output), by: \.keyText)
            .mapValues { $0.map { $0.value ?? "null" } }
        #expect(Set(found.keys) == Set(expected.keys))
        for (user, rows) in expected {
            #expect(found[user]?.count == rows.count, "\(user)")
            #expect(found[user] == rows, "\(user)")
        }
    }

    /// At least once: rows may come again, in runs that begin at a commit; none is lost, and a key's rows keep their
    /// order where each is counted when it came first.
    @Test func atLeastOnceLosesNothing() throws {
        let workspace = try Workspace("crash-repeated")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("wanted")
        let program = try workspace.write(
            Programs.atLeastOnce + Programs.filter(input, into: output, above: 50), to: "wanted.sql")
        let orders = try survive(workspace, program, input, [], seed: 44)
        let expected = Dictionary(grouping: Expectation.filtered(orders, above: 50), by: \.user)
            .mapValues { $0.map { "{\"ID\":\($0.id),\"AMOUNT\":\($0.amount)}" } }
        let found = Dictionary(grouping: try workspace.records(of: output), by: \.keyText)
            .mapValues { records in
                var seen = Set<String>()
                return records.map { $0.value ?? "null" }.filter { seen.insert($0).inserted }
            }
        #expect(Set(found.keys) == Set(expected.keys))
        for (user, rows) in expected { #expect(found[user] == rows, "\(user)") }
    }

    /// The last value of each group is right, whatever came again.
    @Test func atLeastOnceChangesEndRight() throws {
        let workspace = try Workspace("crash-repeated-changes")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("totals")
        let aggregate = AggregateCase(
            key: "user", window: AggregateCase.window, emit: "CHANGES", threads: 2, repeats: true)
        let program = try workspace.write(Programs.atLeastOnce + aggregate.program(input, output), to: "totals.sql")
        let orders = try survive(workspace, program, input, ["--threads", "2"], seed: 45)
        aggregate.check(try workspace.records(of: output), aggregate.expectation(orders, partitions: 4), output)
    }

    @Test func finalWindowsAndDeadLettersComeOnce() throws {
        let workspace = try Workspace("crash-final")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("totals")
        let rejected = workspace.topic("rejected")
        let aggregate = AggregateCase(key: "user", window: AggregateCase.window, emit: "FINAL")
        let program = try workspace.write(aggregate.program(input, output), to: "totals.sql")
        let orders = try survive(workspace, program, input, ["--dead-letter", rejected], seed: 42)
        let expected = aggregate.expectation(orders, partitions: 4)
        aggregate.check(try workspace.records(of: output), expected, output)
        let places = try workspace.records(of: rejected).map {
            "\($0.headers["millrace.partition"] ?? "")@\($0.headers["millrace.offset"] ?? "")"
        }
        #expect(places.count == expected.accounts.reduce(0) { $0 + $1.late + $1.bad })
        #expect(Set(places).count == places.count)
    }

    /// The same with state that is flushed all the time: it comes from the changelog, not from the whole log.
    @Test(arguments: [
        AggregateCase(key: "user", window: nil, emit: "CHANGES"),
        AggregateCase(key: "page", window: nil, emit: "CHANGES", threads: 2),
        AggregateCase(key: "user", window: .init(size: 86_400_000, grace: 5_000), emit: "CHANGES", threads: 3),
        AggregateCase(key: "page", window: AggregateCase.window, emit: "FINAL"),
    ])
    func flushedStateEndsRight(_ aggregate: AggregateCase) throws {
        try surviveWithFlushes(aggregate, prefix: "", seed: 46)
    }

    @Test func flushedStateEndsRightAtLeastOnce() throws {
        try surviveWithFlushes(
            AggregateCase(key: "user", window: nil, emit: "CHANGES", repeats: true), prefix: Programs.atLeastOnce,
            seed: 47)
    }

    private func surviveWithFlushes(_ aggregate: AggregateCase, prefix: String, seed: UInt64) throws {
        let workspace = try Workspace("crash-flushed")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("totals")
        let program = try workspace.write(prefix + aggregate.program(input, output), to: "totals.sql")
        let orders = try survive(
            workspace, program, input,
            ["--threads", "\(aggregate.threads)", "--state-flush-interval", "100ms"], seed: seed)
        aggregate.check(try workspace.records(of: output), aggregate.expectation(orders, partitions: 4), output)
        let changelog = "\(workspace.topic("app"))-TOTALS-changelog"
        #expect(!(try workspace.records(of: changelog)).isEmpty)
    }

    @Test func regroupedChangesEndRight() throws {
        let workspace = try Workspace("crash-changes")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("totals")
        let aggregate = AggregateCase(key: "page", window: nil, emit: "CHANGES", threads: 2)
        let program = try workspace.write(aggregate.program(input, output), to: "totals.sql")
        let orders = try survive(workspace, program, input, ["--threads", "2"], seed: 43)
        aggregate.check(try workspace.records(of: output), aggregate.expectation(orders, partitions: 4), output)
    }
}
