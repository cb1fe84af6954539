// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `millrace replay --job`: several processes share a slice, and publish what one process publishes.
@Suite(.enabled(if: Environment.isReady)) struct JobTests {
    /// Orders, and a program over them for each of two outputs: of one process, and of a job.
    private struct Slice {
        let workspace: Workspace
        let input: String
        let aggregate: AggregateCase
        let options: [String]
        let application: String
        var source = Order.Source(partitions: 4, seed: 91)

        init(_ name: String, _ aggregate: AggregateCase, options: [String] = [], count: Int = 20_000) throws {
            workspace = try Workspace(name)
            input = try workspace.createTopic("orders")
            application = workspace.topic("app")
            self.aggregate = aggregate
            self.options = options
            try workspace.produce(source.next(count).map(\.record), to: input)
        }

        func program(_ output: String) throws -> String {
            try workspace.write(aggregate.program(input, workspace.topic(output)), to: "\(output).sql")
        }

        /// What one process alone makes of it.
        func expected() throws -> [String] {
            _ = try workspace.run("replay", program("alone"), ["--publish", "--application", application] + options)
            return try lines("alone")
        }

        func start(
            _ more: [String] = ["--job", "all"], fault: String? = nil, output: String = "together"
        ) throws -> MillraceProcess {
            try workspace.start(
                "replay", program(output),
                ["--publish", "--application", application] + aggregate.options + options + more,
                environment: fault.map { ["MILLRACE_FAULT": $0] } ?? [:])
        }

        /// Everything in a topic, but for the offsets and the order of the groups; each key in its order.
        func lines(_ output: String) throws -> [String] {
            let records = try workspace.records(of: workspace.topic(output))
            return records.map { "\($0.partition) \($0.printed("t", windowSize: aggregate.window?.size))" }.sorted()
        }
    }

    /// One, two and three processes; of several one dies in the midst of it, and comes back.
    @Test(arguments: AggregateCase.all, [1, 2, 3])
    func processesMakeWhatOneMakes(_ aggregate: AggregateCase, count: Int) throws {
        let slice = try Slice("job", aggregate)
        let expected = try slice.expected()
        #expect(!expected.isEmpty)
        var processes = [try slice.start(fault: count > 1 ? "committed:1:kill" : nil)]
        for _ in 1..<count { processes.append(try slice.start()) }
        if count > 1 {
            // Or it has come when everything was done.
            let code = try processes[0].exitCode(seconds: 60)
            #expect([137, 0].contains(code), "\(processes[0].error)")
            processes[0] = try slice.start()
        }
        for process in processes { #expect(try process.exitCode(seconds: 90) == 0, "\(process.error)") }
        #expect(try slice.lines("together") == expected)
    }

    /// What died is done by the others when its session has run out.
    @Test func theOthersTakeOver() throws {
        let slice = try Slice("job-over", AggregateCase.all[1])
        let expected = try slice.expected()
        let victim = try slice.start(fault: "exchange-sent:1:kill")
        #expect(try victim.exitCode() == 137, "\(victim.error)")
        let other = try slice.start(["--job", "all", "--instance", "other"])
        #expect(try other.exitCode(seconds: 90) == 0, "\(other.error)")
        #expect(try slice.lines("together") == expected)
    }

    /// Several workers of one process share the slice too, and make one report.
    @Test(arguments: [AggregateCase.all[0], AggregateCase.all[3]])
    func workersMakeWhatOneMakes(_ aggregate: AggregateCase) throws {
        let slice = try Slice("job-workers", aggregate)
        let expected = try slice.expected()
        let process = try slice.start(["--workers", "3", "--report", "report.json"])
        #expect(try process.exitCode(seconds: 60) == 0, "\(process.error)")
        #expect(process.error.contains("--job replay-"))
        #expect(try slice.lines("together") == expected)
        let data = try Data(contentsOf: slice.workspace.directory.appendingPathComponent("report.json"))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let accounts = try #require(json["accounts"] as? [[String: Any]])
        #expect(accounts.count == 4)
        #expect(accounts.reduce(0) { $0 + ($1["read"] as? Int ?? 0) } == 20_000)
    }

    /// A slice by time, and one whose end moves while it is worked on: the first to come has fixed it.
    @Test func theSliceIsFixedOnce() throws {
        let from = ["--from", "\(Order.firstDay + 15_000)", "--to", "\(Order.firstDay + 60_000)"]
        let slice = try Slice("job-time", AggregateCase.all[1], options: from)
        let expected = try slice.expected()
        #expect(!expected.isEmpty)
        let processes = try [slice.start(), slice.start()]
        for process in processes { #expect(try process.exitCode(seconds: 60) == 0, "\(process.error)") }
        #expect(try slice.lines("together") == expected)

        var growing = try Slice("job-now", AggregateCase.all[4])
        let before = try growing.expected()
        let stopped = try growing.start(fault: "committed:1:kill")
        #expect(try stopped.exitCode() == 137)
        try growing.workspace.produce(growing.source.next(5_000).map(\.record), to: growing.input)
        let after = try growing.start()
        #expect(try after.exitCode(seconds: 60) == 0, "\(after.error)")
        #expect(try growing.lines("together") == before)
    }

    /// A job that is done stays done; one that was begun with something else is no other's.
    @Test func aJobIsDoneOnce() throws {
        let slice = try Slice("job-done", AggregateCase.all[3], count: 2_000)
        #expect(try slice.start().exitCode() == 0)
        let lines = try slice.lines("together")
        let again = try slice.start()
        #expect(try again.exitCode() == 0, "\(again.error)")
        #expect(again.error.contains("is done"))
        #expect(try slice.lines("together") == lines)
        let other = try slice.start(["--job", "all", "--from", "latest"])
        #expect(try other.exitCode() == 65)
        #expect(other.error.contains("was begun with another program or another slice"), "\(other.error)")
    }

    /// Whoever is stopped says that the job is not done, and the next start goes on.
    @Test func aStoppedJobGoesOn() throws {
        let slice = try Slice("job-stopped", AggregateCase.all[1], count: 100_000)
        let expected = try slice.expected()
        let stopped = try slice.start(fault: "read:1:stall")
        try stopped.waitToSay("fault: stall")
        #expect(try stopped.stop() == 75, "\(stopped.error)")
        #expect(stopped.error.contains("stopped before the end of the slice"))
        let next = try slice.start()
        #expect(try next.exitCode(seconds: 60) == 0, "\(next.error)")
        #expect(try slice.lines("together") == expected)
    }

    @Test(arguments: [
        (["--job", "x"], "add --publish"), (["--workers", "2"], "add --publish"),
        (["--publish", "--job", "x", "--interim"], "--interim does not go with --job"),
        (["--publish", "--job", "x", "--format", "json"], "--format does not go with --job"),
        (["--publish", "--instance", "x"], "--instance is for a replay with --job"),
        (["--publish", "--job", "a/b"], "cannot be a Kafka name"),
    ])
    func whatDoesNotGoTogetherIsRefused(options: [String], message: String) throws {
        let slice = try Slice("job-refused", AggregateCase.all[0], count: 1)
        let process = try slice.workspace.start("replay", slice.program("together"), options)
        #expect(try process.exitCode() == 64)
        #expect(process.error.contains(message), "\(process.error)")
    }
}
