// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

/// Programs that group by something else than the record key, in several processes.
@Suite(.enabled(if: Environment.isReady)) struct ExchangeTests {
    static let cases = [
        AggregateCase(key: "page", window: AggregateCase.window, emit: "FINAL"),
        AggregateCase(key: "page", window: nil, emit: "CHANGES", threads: 2),
    ]

    /// An application whose processes exchange partial results.
    private struct Shared {
        let workspace: Workspace
        let input: String
        let output: String
        let application: String
        let aggregate: AggregateCase
        let program: String
        var source = Order.Source(partitions: 4, seed: 81)
        var orders: [Order] = []

        init(_ name: String, _ aggregate: AggregateCase, prefix: String = "") throws {
            self.aggregate = aggregate
            workspace = try Workspace(name)
            input = try workspace.createTopic("orders")
            output = workspace.topic("totals")
            application = workspace.topic("app")
            program = try workspace.write(prefix + aggregate.program(input, output), to: "totals.sql")
        }

        var exchange: String { "\(application)-TOTALS-exchange" }

        func start(
            _ options: [String] = ["--exchange"], fault: String? = nil
        ) throws -> MillraceProcess {
            try workspace.start(
                "run", program, aggregate.options + ["--application", application] + options,
                environment: fault.map { ["MILLRACE_FAULT": $0] } ?? [:])
        }

        mutating func produce(_ count: Int) throws {
            let more = source.next(count)
            orders += more
            try workspace.produce(more.map(\.record), to: input)
        }

        /// Writes what makes all windows final, waits for it, and compares.
        mutating func finish(_ processes: [MillraceProcess]) throws {
            let closing = source.closing()
            orders += closing
            try workspace.produce(closing.map(\.record), to: input)
            let expected = aggregate.expectation(orders, partitions: 4)
            let wanted = Set(expected.lines(output, marksOpen: false, isAffine: false))
            let deadline = Deadline(seconds: 60)
            // What the last commits of the input make of it comes a commit later.
            while !wanted.isSubset(of: aggregate.lines(try workspace.records(of: output), output)) {
                for process in processes where !process.isRunning { throw Unexpected(process.error) }
                if deadline.hasPassed { break }
                Thread.sleep(forTimeInterval: 0.2)
            }
            for process in processes { #expect(try process.stop() == 0, "\(process.error)") }
            aggregate.check(try workspace.records(of: output), expected, output)
        }
    }

    /// Two and three processes, one of which dies and comes back, give what one gives.
    @Test(arguments: cases, [2, 3])
    func severalProcessesGiveTheSame(_ aggregate: AggregateCase, count: Int) throws {
        var shared = try Shared("exchange", aggregate)
        try shared.produce(5_000)
        var processes = [try shared.start()]
        try processes[0].waitToSay("live")
        for _ in 1..<count {
            try shared.produce(500)
            processes.append(try shared.start())
        }
        for process in processes { try process.waitToSay("live", seconds: 60) }
        try shared.produce(2_000)
        try processes[0].crash()
        try shared.produce(500)
        processes[0] = try shared.start()
        try shared.produce(1_000)
        try shared.finish(processes)
    }

    /// Offsets and exchanged results stay together also where results may come twice.
    @Test func atLeastOnceCountsOnce() throws {
        var shared = try Shared(
            "exchange-repeated", AggregateCase(key: "page", window: nil, emit: "CHANGES", repeats: true),
            prefix: Programs.atLeastOnce)
        try shared.produce(3_000)
        var processes = [try shared.start(), try shared.start()]
        for process in processes { try process.waitToSay("live", seconds: 60) }
        for _ in 1...3 {
            try shared.produce(1_000)
            try processes[1].crash()
            processes[1] = try shared.start()
        }
        try shared.finish(processes)
    }

    /// Fault 2.
    @Test(arguments: ["exchange-sent:1:kill", "exchange-sent:3:kill", "exchange-sent:2:error"])
    func aFaultInTheExchangeHarmsNothing(fault: String) throws {
        var shared = try Shared("exchange-fault", Self.cases[0])
        try shared.produce(3_000)
        let other = try shared.start()
        try other.waitToSay("live")
        let process = try shared.start(fault: fault)
        for _ in 0..<100 where process.isRunning && !process.error.contains("fault: error") {
            try shared.produce(50)
            Thread.sleep(forTimeInterval: 0.1)
        }
        if fault.hasSuffix("kill") {
            #expect(try process.exitCode() == 137, "\(process.error)")
            try shared.finish([other, try shared.start()])
        } else {
            try process.waitToSay("fault: error")
            try shared.finish([other, process])
        }
    }

    /// A drained group ends with all results of what it has read.
    @Test(arguments: cases) func aDrainIsWhole(_ aggregate: AggregateCase) throws {
        var shared = try Shared("exchange-drained", aggregate)
        try shared.produce(3_000)
        let admin = "0123456789abcdef-admin"
        let token = try shared.workspace.write(admin + "\n", to: "admin.token")
        let options = ["--exchange", "--http", "127.0.0.1:0", "--http-admin-token-file", token]
        let processes = [try shared.start(options), try shared.start(options)]
        for process in processes { try process.waitToSay("live", seconds: 60) }
        try shared.produce(2_000)
        let closing = shared.source.closing()
        shared.orders += closing
        try shared.workspace.produce(closing.map(\.record), to: shared.input)
        for process in processes {
            #expect(try StatusReader(process).post("/api/v1/drain", token: admin).hasPrefix("HTTP/1.1 202"))
        }
        for process in processes { #expect(try process.exitCode(seconds: 90) == 0, "\(process.error)") }
        let expected = aggregate.expectation(shared.orders, partitions: 4)
        aggregate.check(try shared.workspace.records(of: shared.output), expected, shared.output)
    }

    /// What lies before the last flush is deleted; a restart goes on from there.
    @Test func theExchangeDoesNotGrowForEver() throws {
        var shared = try Shared("exchange-trimmed", Self.cases[1])
        try shared.produce(2_000)
        var process = try shared.start(["--exchange", "--state-flush-interval", "100ms"])
        try process.waitToSay("live")
        let all = (0..<4).map { TopicPartition(shared.exchange, Int32($0)) }
        let admin = try Admin(shared.workspace.properties)
        var last: [Int64] = []
        try Deadline(seconds: 40).wait(for: "the exchange to be cut") {
            try shared.produce(100)
            let ranges = try admin.offsetRanges(all, timeoutMilliseconds: 5000)
            last = all.map { ranges[$0]?.low ?? 0 }
            return last.allSatisfy { $0 > 0 }
        }
        try process.crash()
        process = try shared.start()
        try shared.finish([process])
    }

    /// The group's offsets are gone, so everything is counted anew: nothing of the earlier life counts again.
    @Test func anEarlierLifeIsDeleted() throws {
        var shared = try Shared("exchange-anew", Self.cases[1])
        try shared.produce(1_000)
        var process = try shared.start()
        try process.waitToSay("live")
        try shared.workspace.waitUntilCaughtUp(process, shared.application, shared.input, partitions: 4)
        #expect(try process.stop() == 0)
        try shared.workspace.deleteGroup(shared.application)
        let admin = try Admin(shared.workspace.properties)
        _ = try admin.deleteTopics([shared.output], timeoutMilliseconds: 20_000)
        try Deadline(seconds: 20).wait(for: "the end of \(shared.output)") {
            try admin.partitionCounts(ofTopics: [shared.output], timeoutMilliseconds: 5000).isEmpty
        }
        process = try shared.start()
        // It asks for a minute whether the offsets are really gone.
        try process.waitToSay("deleted what is left of an earlier life", seconds: 100)
        try process.waitToSay("live")
        try shared.finish([process])
    }

    /// State that lies elsewhere is not found: a switch is refused, before the group is joined.
    @Test(arguments: [["--exchange"], []])
    func aSwitchIsRefused(options: [String]) throws {
        var shared = try Shared("exchange-switch", Self.cases[0])
        try shared.produce(500)
        let before = try shared.start(options)
        try before.waitToSay("live")
        try shared.workspace.waitUntilCaughtUp(before, shared.application, shared.input, partitions: 4)
        #expect(try before.stop() == 0)
        let after = try shared.start(options.isEmpty ? ["--exchange"] : [])
        #expect(try after.exitCode() == 65, "\(after.error)")
        #expect(after.error.contains(options.isEmpty ? "has run without --exchange" : "has run with --exchange"))
        #expect(after.error.contains("CTAS_TOTALS_1") || !options.isEmpty)
        try shared.finish([try shared.start(options)])
    }

    @Test(arguments: [
        ("mode: batch", "mode: batch does not go with --exchange"),
        ("state.flush.interval: off", "state.flush.interval is off"),
    ])
    func whatDoesNotGoTogetherIsRefused(setting: String, message: String) throws {
        let shared = try Shared("exchange-refused", Self.cases[0])
        let path = try shared.workspace.write("\(setting)\nexchange: on\n", to: "millrace.yaml")
        let process = try shared.start(["-c", path])
        #expect(try process.exitCode() == 78)
        #expect(process.error.contains(message), "\(process.error)")
    }
}
