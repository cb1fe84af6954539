// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import Testing

/// State in changelog topics: flushed, loaded, refused.
@Suite(.enabled(if: Environment.isReady)) struct StateTests {
    /// A workspace with orders that an aggregation has counted before it was stopped.
    private struct Counted {
        let workspace: Workspace
        let input: String
        let output: String
        let application: String
        let aggregate: AggregateCase
        var source: Order.Source
        var orders: [Order]

        init(_ name: String, _ aggregate: AggregateCase, options: [String] = []) throws {
            self.aggregate = aggregate
            workspace = try Workspace(name)
            input = try workspace.createTopic("orders")
            output = workspace.topic("totals")
            application = workspace.topic("app")
            source = Order.Source(partitions: 4, seed: 71)
            orders = source.next(3_000)
            try workspace.produce(orders.map(\.record), to: input)
            let process = try start(options)
            try process.waitToSay("live")
            try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
            #expect(try process.stop() == 0)
        }

        var changelog: String { "\(application)-TOTALS-changelog" }

        func start(
            _ options: [String] = [], _ text: String? = nil, fault: String? = nil
        ) throws -> MillraceProcess {
            let program = try workspace.write(text ?? aggregate.program(input, output), to: "totals.sql")
            return try workspace.start(
                "run", program, aggregate.options + ["--application", application] + options,
                environment: fault.map { ["MILLRACE_FAULT": $0] } ?? [:])
        }

        /// Starts it again, lets it read more, and checks all that has come out.
        /// - Returns: what it said.
        mutating func goOn(_ options: [String] = []) throws -> String {
            let process = try start(options)
            try process.waitToSay("live")
            let more = source.next(500) + source.closing()
            orders += more
            try workspace.produce(more.map(\.record), to: input)
            try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
            #expect(try process.stop() == 0)
            aggregate.check(
                try workspace.records(of: output), aggregate.expectation(orders, partitions: 4), output)
            return process.error
        }
    }

    private static let long = Expectation.Window(size: 3_600_000, grace: 5_000)
    private static let cases = [
        AggregateCase(key: "user", window: nil, emit: "CHANGES", threads: 2),
        AggregateCase(key: "page", window: nil, emit: "CHANGES", threads: 3),
        AggregateCase(key: "user", window: long, emit: "FINAL"),
        AggregateCase(key: "page", window: long, emit: "CHANGES", threads: 2),
    ]

    /// Behind a clean stop nothing is read again: the state is in the changelog.
    @Test(arguments: cases)
    func aCleanStopFlushes(_ aggregate: AggregateCase) throws {
        var counted = try Counted("state-stop", aggregate)
        let said = try counted.goOn()
        #expect(said.contains("CTAS_TOTALS_1: state of "), "\(said)")
        #expect(!said.contains("read again for the state"), "\(said)")
        // And once more, over two flushes.
        #expect(try counted.goOn().contains("CTAS_TOTALS_1: state of "))
    }

    /// Off: the whole log is read again; but what was flushed before goes on being used.
    @Test func offFlushesNothing() throws {
        var counted = try Counted("state-off", Self.cases[0], options: ["--state-flush-interval", "off"])
        let counts = try Admin(counted.workspace.properties)
            .partitionCounts(ofTopics: [counted.changelog], timeoutMilliseconds: 20_000)
        #expect(counts.isEmpty)
        #expect(try counted.goOn(["--state-flush-interval", "off"]).contains("read again for the state"))
        #expect(try counted.goOn().contains("read again for the state"))
        let said = try counted.goOn(["--state-flush-interval", "off"])
        #expect(said.contains("state of "), "\(said)")
        #expect(!said.contains("read again for the state"), "\(said)")
        #expect(try counted.goOn(["--state-flush-interval", "off"]).contains("read again for the state"))
    }

    @Test func theChangelogIsCompactedAndAsWideAsTheInput() throws {
        let counted = try Counted("state-topic", Self.cases[1])
        let counts = try Admin(counted.workspace.properties)
            .partitionCounts(ofTopics: [counted.changelog], timeoutMilliseconds: 20_000)
        #expect(counts == [counted.changelog: 4])
    }

    @Test func aChangedQueryIsRefused() throws {
        var counted = try Counted("state-changed", Self.cases[0])
        let text = counted.aggregate.program(counted.input, counted.output)
        for change in [("amount > 0", "amount > 1"), ("MAX(amount)", "MIN(amount)")] {
            let process = try counted.start([], text.replacing(change.0, with: change.1))
            #expect(try process.exitCode() == 78)
            #expect(process.error.contains("E5011"), "\(process.error)")
            #expect(process.error.contains("TOTALS has changed: "), "\(process.error)")
        }
        // Nothing was harmed.
        _ = try counted.goOn()
    }

    /// A query that needs all that there was cannot be added to what has begun.
    @Test func aNewQueryIsRefused() throws {
        let counted = try Counted("state-new", Self.cases[0])
        let text = counted.aggregate.program(counted.input, counted.output)
        let more = "CREATE TABLE more AS SELECT user, MIN(amount) AS least FROM orders GROUP BY user;\n"
        let process = try counted.start([], text + more)
        #expect(try process.exitCode() == 78)
        #expect(process.error.contains("MORE is new"), "\(process.error)")
    }

    /// Fault 46.
    @Test func aChangelogMadeAgainIsRefused() throws {
        let counted = try Counted("state-lost", Self.cases[0])
        let admin = try Admin(counted.workspace.properties)
        _ = try admin.deleteTopics([counted.changelog], timeoutMilliseconds: 20_000)
        try Deadline(seconds: 20).wait(for: "the end of \(counted.changelog)") {
            try admin.partitionCounts(ofTopics: [counted.changelog], timeoutMilliseconds: 5000).isEmpty
        }
        let process = try counted.start()
        #expect(try process.exitCode() == 65)
        #expect(process.error.contains("it has no state, though one was committed"), "\(process.error)")
    }

    /// Fault 68.
    @Test func aForeignRecordIsRefused() throws {
        let counted = try Counted("state-foreign", Self.cases[0])
        try counted.workspace.produce(
            [InputRecord(key: "stranger", value: "x", timestamp: Order.firstDay, partition: 2)], to: counted.changelog)
        let process = try counted.start()
        #expect(try process.exitCode() == 65)
        #expect(process.error.contains("\(counted.changelog)/2@"), "\(process.error)")
    }

    /// Fault 2.
    @Test(arguments: ["state-sent:1:kill", "state-sent:2:kill", "loading:1:kill"])
    func aCrashInAFlushOrALoadHarmsNothing(fault: String) throws {
        var counted = try Counted("state-kill", Self.cases[1])
        let more = counted.source.next(500)
        counted.orders += more
        try counted.workspace.produce(more.map(\.record), to: counted.input)
        let process = try counted.start(["--state-flush-interval", "100ms"], fault: fault)
        if fault.hasPrefix("state-sent:2") {
            try process.waitToSay("live")
            // Until there is a second flush: the first one may have gone with the hand-over or with any commit since.
            for _ in 0..<100 where process.isRunning {
                let last = counted.source.next(10)
                counted.orders += last
                try counted.workspace.produce(last.map(\.record), to: counted.input)
                Thread.sleep(forTimeInterval: 0.2)
            }
        }
        #expect(try process.exitCode() == 137, "\(process.error)")
        _ = try counted.goOn()
    }

    @Test(arguments: ["state-sent:1:error", "loading:1:error"])
    func anErrorInAFlushOrALoadHarmsNothing(fault: String) throws {
        var counted = try Counted("state-error", Self.cases[0])
        let more = counted.source.next(500)
        counted.orders += more
        try counted.workspace.produce(more.map(\.record), to: counted.input)
        let process = try counted.start(["--state-flush-interval", "100ms"], fault: fault)
        try counted.workspace.waitUntilCaughtUp(process, counted.application, counted.input, partitions: 4)
        try process.waitToSay("fault: error at")
        #expect(try process.stop() == 0)
        _ = try counted.goOn()
    }

    /// A second process takes partitions over with their state, which the first flushes before it gives them up.
    @Test func partitionsMoveWithTheirState() throws {
        var counted = try Counted("state-moved", Self.cases[0])
        let options = ["--state-flush-interval", "10m"]
        let first = try counted.start(options)
        try first.waitToSay("live")
        var more = counted.source.next(500)
        try counted.workspace.produce(more.map(\.record), to: counted.input)
        try counted.workspace.waitUntilCaughtUp(first, counted.application, counted.input, partitions: 4)
        counted.orders += more
        let second = try counted.start(options)
        try second.waitToSay("CTAS_TOTALS_1: state of ", seconds: 60)
        try second.waitToSay("live", seconds: 60)
        #expect(!second.error.contains("read again for the state"), "\(second.error)")
        more = counted.source.next(500)
        counted.orders += more
        try counted.workspace.produce(more.map(\.record), to: counted.input)
        try counted.workspace.waitUntilCaughtUp(second, counted.application, counted.input, partitions: 4)
        #expect(try first.stop() == 0)
        #expect(try second.stop() == 0)
        counted.aggregate.check(
            try counted.workspace.records(of: counted.output),
            counted.aggregate.expectation(counted.orders, partitions: 4), counted.output)
    }

    /// The state at a crash: the last flush, and what came behind it.
    @Test func aCrashReadsAgainWhatCameBehindTheFlush() throws {
        var counted = try Counted("state-crash", Self.cases[1])
        let process = try counted.start(["--state-flush-interval", "10m"])
        try process.waitToSay("live")
        let more = counted.source.next(700)
        counted.orders += more
        try counted.workspace.produce(more.map(\.record), to: counted.input)
        try counted.workspace.waitUntilCaughtUp(process, counted.application, counted.input, partitions: 4)
        try process.crash()
        let said = try counted.goOn()
        #expect(said.contains("state of "), "\(said)")
        #expect(said.contains("read again for the state"), "\(said)")
        let again = said.split(separator: "\n").compactMap { line -> Int? in
            guard let end = line.range(of: " read again for the state") else { return nil }
            return Int(line[..<end.lowerBound].split(separator: " ").last ?? "")
        }
        #expect(again.reduce(0, +) <= 700)
    }
}
