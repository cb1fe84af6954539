// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

/// A program that is edited and run again, as people do: nothing begins in the middle without being told to, and what
/// is published in the end is what a replay of the program gives.
@Suite(.enabled(if: Environment.isReady)) struct ProgramChangeTests {
    /// A query of the programs here: its name, which is its topic's, and what stands behind SELECT.
    struct Query {
        var name: String
        var select: String
        var kind = "TABLE"
        /// In ms; nil: its keys have no window.
        var window: Int64?

        static func counted(_ name: String, minutes: Int64?) -> Query {
            let window = minutes.map { "WINDOW TUMBLING (SIZE \($0) MINUTES)" } ?? ""
            return Query(
                name: name,
                select:
                    "user, COUNT(*) AS n, SUM(amount) AS total FROM orders \(window) WHERE amount > 0 GROUP BY user",
                window: minutes.map { $0 * 60_000 })
        }

        static func large(_ name: String, above limit: Int) -> Query {
            Query(name: name, select: "user, id, amount FROM orders WHERE amount > \(limit)", kind: "STREAM")
        }

        /// By something else than the record key.
        static let pages = Query(
            name: "pages", select: "page, COUNT(*) AS n FROM orders WHERE amount > 0 GROUP BY page")
        static let minutes = counted("minutes", minutes: 1)
        static let total = counted("total", minutes: nil)
        static let dear = large("dear", above: 40)
    }

    /// An application over orders that is edited and started again.
    fileprivate final class Edited {
        let workspace: Workspace
        let input: String
        let application: String
        private var source = Order.Source(partitions: 4, seed: 7)

        init(_ name: String, orders: Int = 3000) throws {
            workspace = try Workspace(name)
            input = try workspace.createTopic("orders")
            application = workspace.topic("app")
            try produce(orders)
        }

        func produce(_ count: Int) throws { try workspace.produce(source.next(count).map(\.record), to: input) }

        func topic(_ query: Query) -> String { workspace.topic(query.name) }

        func program(_ queries: [Query]) throws -> String {
            let statements = queries.map { query in
                "CREATE \(query.kind) \(query.name) WITH (KAFKA_TOPIC='\(topic(query))', VALUE_FORMAT='JSON') AS "
                    + "SELECT \(query.select) EMIT CHANGES;\n"
            }
            let file = queries.map(\.name).joined(separator: "-") + ".sql"
            return try workspace.write(Programs.source(input) + statements.joined(), to: file)
        }

        func start(_ queries: [Query], _ options: [String] = []) throws -> MillraceProcess {
            try workspace.start(
                "run", program(queries), ["--application", application, "--commit-interval", "100ms"] + options)
        }

        /// Runs it until it is live and has read all, and stops it.
        /// - Returns: what it said.
        @discardableResult func run(_ queries: [Query], _ options: [String] = []) throws -> String {
            let process = try start(queries, options)
            try process.waitToSay("\nlive", seconds: 60)
            try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
            #expect(try process.stop() == 0, "\(process.error)")
            return process.error
        }

        /// Starts it, and expects it to be refused without having done anything.
        /// - Returns: what it said.
        func refused(_ queries: [Query], _ options: [String] = []) throws -> String {
            let topics = try topicNames()
            let commits = try workspace.committed(application, input, partitions: 4)
            let process = try start(queries, options)
            #expect(try process.exitCode() == 78, "\(process.error)")
            #expect(try topicNames() == topics)
            #expect(try workspace.committed(application, input, partitions: 4) == commits)
            return process.error
        }

        func topicNames() throws -> Set<String> {
            let cluster = try Admin(workspace.properties).describeCluster(timeoutMilliseconds: 10_000)
            return Set(cluster.topics.keys.filter { $0.contains(workspace.tag) })
        }

        /// The last record of each key (of a stream: every record) is what a replay prints.
        func check(_ query: Query, in queries: [Query]) throws {
            let replay = try workspace.run("replay", program(queries), ["--from", "earliest", "--format", "json"])
            let name = topic(query)
            let expected = replay.output.split(separator: "\n").map(String.init)
                .filter { $0.hasPrefix("{\"topic\":\"\(name)\"") }
                .map { $0.replacingOccurrences(of: "\"open\":true,", with: "") }
            let records = try workspace.records(of: name)
            var last: [[UInt8]?: OutputRecord] = [:]
            for record in records { last[record.key] = record }
            let found = (query.kind == "STREAM" ? records : Array(last.values)).map {
                $0.printed(name, windowSize: query.window)
            }
            #expect(found.sorted() == expected.sorted(), "\(query.name)")
        }
    }

    /// What is edited, and what is said of it.
    static let edits: [(then: [Query], now: [Query], text: String)] = [
        ([.minutes], [.counted("hours", minutes: 60)], "HOURS is new; MINUTES is gone"),
        ([.minutes], [.counted("minutes", minutes: 60)], "MINUTES has changed: its window"),
        ([.total], [.pages, .total], "PAGES is new"),
        ([.total, .minutes], [.dear, .minutes, .total], "DEAR is new"),
        ([.dear], [.large("dear", above: 60)], "DEAR has changed: WHERE"),
        (
            [.dear, .total], [.total, .counted("other", minutes: nil), .counted("minutes", minutes: 5)],
            "OTHER is new; MINUTES is new; DEAR is gone"
        ),
    ]

    @Test(arguments: edits.indices) func anEditedProgramIsRefusedAndFilledInWhereItIsAskedFor(_ index: Int) throws {
        let edit = Self.edits[index]
        let edited = try Edited("edited")
        try edited.run(edit.then)
        let said = try edited.refused(edit.now)
        #expect(said.contains("E5011: the program has changed since \(edited.application) has committed: \(edit.text)"))
        for choice in ["--new-queries backfill", "--new-queries live", "--application \(edited.application)-2"] {
            #expect(said.contains(choice), "\(said)")
        }
        try edited.produce(500)
        #expect(try edited.run(edit.now, ["--new-queries", "backfill"]).contains("is published"))
        // From here on it is the program.
        try edited.produce(500)
        try edited.run(edit.now)
        // What reads the same key twice has the older results of the earlier version beside its own.
        let untouched = edit.now.filter { query in
            !edit.then.contains { $0.name == query.name && $0.select != query.select }
        }
        for query in untouched { try edited.check(query, in: edit.now) }
        for query in edit.now where query.window != nil { try edited.checkWindows(query, in: edit.now) }
    }

    @Test func aQueryThatBeginsLiveSaysSoAndStaysSo() throws {
        let edited = try Edited("edited-live")
        try edited.run([.dear])
        #expect(try edited.refused([.dear, .total]).contains("TOTAL is new"))
        let said = try edited.run([.dear, .total], ["--new-queries", "live"])
        #expect(said.contains("TOTAL begins at the commits, without the history"))
        let before = try edited.workspace.committed(edited.application, edited.input, partitions: 4)
        try edited.produce(400)
        try edited.run([.total, .dear])
        try edited.produce(100)
        try edited.run([.total, .dear])
        try edited.check(.dear, in: [.dear, .total])
        // A restart, with state or without, adds nothing of the time before.
        let from = "offsets:" + before.enumerated().map { "\($0)=\($1 ?? 0)" }.joined(separator: ",")
        let replay = try edited.workspace.run(
            "replay", edited.program([.total]), ["--from", from, "--format", "json"])
        var last: [[UInt8]?: String] = [:]
        for record in try edited.workspace.records(of: edited.topic(.total)) {
            last[record.key] = record.printed(edited.topic(.total))
        }
        #expect(last.values.sorted() == replay.output.split(separator: "\n").map(String.init).sorted())
    }

    @Test func aQueryThatComesBackIsNew() throws {
        let edited = try Edited("edited-back")
        try edited.run([.total])
        try edited.run([.dear], ["--new-queries", "live"])
        #expect(try edited.refused([.total]).contains("TOTAL is new"))
        try edited.run([.total], ["--new-queries", "backfill"])
        try edited.check(.total, in: [.total])
    }

    @Test func whatIsOnlyWrittenInAnotherWayGoesOn() throws {
        let edited = try Edited("edited-order")
        try edited.run([.total, .minutes, .dear])
        try edited.produce(300)
        let said = try edited.run([.dear, .minutes, .total])
        #expect(!said.contains("E5011"))
        for query in [Query.total, .minutes, .dear] { try edited.check(query, in: [.total, .minutes, .dear]) }
    }

    @Test func aBackfillThatIsKilledGoesOnExactlyOnce() throws {
        let edited = try Edited("edited-killed", orders: 120_000)
        try edited.run([.total])
        let queries: [Query] = [.dear, .minutes, .total]
        let options = ["--new-queries", "backfill"]
        var kills = 0
        for round in 0..<12 where kills < 4 {
            let process = try edited.start(queries, options)
            try process.waitToSay("where the others are")
            Thread.sleep(forTimeInterval: 0.05 + 0.11 * Double(round))
            if process.error.contains("is published") { break }
            try process.crash()
            kills += 1
        }
        try edited.produce(500)
        try edited.run(queries, options)
        for query in queries { try edited.check(query, in: queries) }
    }

    @Test func anotherProgramDoesNotJoinALivingGroup() throws {
        let edited = try Edited("edited-two")
        let first = try edited.start([.total], ["--instance", "a"])
        try first.waitToSay("\nlive")
        try edited.workspace.waitUntilCaughtUp(first, edited.application, edited.input, partitions: 4)
        for options in [["--instance", "b"], ["--instance", "b", "--new-queries", "live"]] {
            let said = try edited.refusedBeside([.dear], options)
            #expect(said.contains("E5012: another program runs as \(edited.application)"), "\(said)")
            #expect(said.contains("--upgrade"))
        }
        try edited.produce(200)
        try edited.workspace.waitUntilCaughtUp(first, edited.application, edited.input, partitions: 4)
        #expect(try first.stop() == 0)
        try edited.check(.total, in: [.total])
    }

    @Test func twoProgramsThatBeginAtOnceDoNotBothGoOn() throws {
        let edited = try Edited("edited-race")
        let processes = try [
            edited.start([.total], ["--instance", "a"]), edited.start([.dear], ["--instance", "b"]),
        ]
        try Deadline(seconds: 30).wait(for: "one of the two to end: \(processes.map(\.error))") {
            processes.contains { !$0.isRunning }
        }
        let ended = try #require(processes.first { !$0.isRunning })
        #expect(try ended.exitCode() == 78)
        #expect(ended.error.contains("E5012") || ended.error.contains("E5011"), "\(ended.error)")
        for process in processes where process.isRunning { _ = try process.stop() }
    }

    @Test func anUpgradeGoesOverOneByOne() throws {
        let edited = try Edited("edited-upgrade")
        let old = try edited.start([.total, .dear], ["--instance", "a"])
        try old.waitToSay("\nlive")
        try edited.workspace.waitUntilCaughtUp(old, edited.application, edited.input, partitions: 4)
        let new = try edited.start([.minutes, .total], ["--instance", "b", "--upgrade", "--new-queries", "backfill"])
        try new.waitToSay("MINUTES is new; DEAR is gone")
        try new.waitToSay("\nlive", seconds: 60)
        #expect(try old.stop() == 0, "\(old.error)")
        try edited.produce(300)
        try edited.workspace.waitUntilCaughtUp(new, edited.application, edited.input, partitions: 4)
        #expect(try new.stop() == 0, "\(new.error)")
        for query in [Query.minutes, .total] { try edited.check(query, in: [.minutes, .total]) }
    }

    @Test func resultsWithoutCommitsAreNotPublishedOnceMore() throws {
        let edited = try Edited("edited-reset")
        try edited.run([.dear])
        let count = try edited.workspace.records(of: edited.topic(.dear)).count
        try edited.workspace.deleteGroup(edited.application)
        let said = try edited.refused([.dear])
        #expect(
            said.contains("E5013") && said.contains("--publish-again") && said.contains("millrace reset"), "\(said)")
        #expect(try edited.workspace.records(of: edited.topic(.dear)).count == count)
        let reset = ["--application", edited.application]
        let plan = try edited.workspace.run("reset", edited.program([.dear]), reset)
        #expect(plan.error.contains("would delete the records of \(edited.topic(.dear))"), "\(plan.error)")
        #expect(try edited.workspace.records(of: edited.topic(.dear)).count == count)
        _ = try edited.workspace.run("reset", edited.program([.dear]), reset + ["--execute"])
        #expect(try edited.workspace.records(of: edited.topic(.dear)).isEmpty)
        try edited.run([.dear])
        try edited.check(.dear, in: [.dear])
    }

    @Test func aReplayDoesNotPublishBesideResults() throws {
        let edited = try Edited("edited-replay")
        let program = try edited.program([.dear])
        _ = try edited.workspace.run("replay", program, ["--publish"])
        let count = try edited.workspace.records(of: edited.topic(.dear)).count
        let refused = try edited.workspace.run("replay", program, ["--publish"], expecting: 78)
        #expect(
            refused.error.contains("E5013: there are records in \(edited.topic(.dear)) already"), "\(refused.error)")
        #expect(try edited.workspace.records(of: edited.topic(.dear)).count == count)
        _ = try edited.workspace.run("replay", program, ["--publish", "--publish-again"])
        #expect(try edited.workspace.records(of: edited.topic(.dear)).count == 2 * count)
    }
}

extension ProgramChangeTests.Edited {
    /// Every row of a replay is the last of its key in the topic, whatever else an earlier version has left there.
    fileprivate func checkWindows(_ query: ProgramChangeTests.Query, in queries: [ProgramChangeTests.Query]) throws {
        let replay = try workspace.run("replay", program(queries), ["--from", "earliest", "--format", "json"])
        let name = topic(query)
        let expected = replay.output.split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("{\"topic\":\"\(name)\"") }
            .map { $0.replacingOccurrences(of: "\"open\":true,", with: "") }
        var last: [[UInt8]?: String] = [:]
        for record in try workspace.records(of: name) {
            last[record.key] = record.printed(name, windowSize: query.window)
        }
        #expect(!expected.isEmpty && Set(expected).isSubset(of: last.values), "\(query.name)")
    }

    /// As `refused`, while another process commits.
    fileprivate func refusedBeside(_ queries: [ProgramChangeTests.Query], _ options: [String]) throws -> String {
        let topics = try topicNames()
        let process = try start(queries, options)
        #expect(try process.exitCode() == 78, "\(process.error)")
        #expect(try topicNames() == topics)
        return process.error
    }
}
