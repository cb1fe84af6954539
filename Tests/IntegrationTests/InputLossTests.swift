// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

/// A log that is not the one of before, or lacks what was to be read: the run ends or, with `input.lost: skip`, goes on
/// with what is certainly new and says what it leaves out.
@Suite(.enabled(if: Environment.isReady)) struct InputLossTests {
    private func program(_ workspace: Workspace) throws -> String {
        try workspace.write(
            Programs.aggregate(
                workspace.topic("orders"), into: workspace.topic("totals"), by: "user", window: nil, emit: "CHANGES"),
            to: "totals.sql")
    }

    /// Runs an application over ten orders and stops it.
    private func runOnce(
        _ workspace: Workspace, _ more: [String] = []
    ) throws -> (program: String, options: [String]) {
        let input = try workspace.createTopic("orders", partitions: 1)
        try workspace.produce(Order.Source.plain(10).map(\.record), to: input)
        let program = try program(workspace)
        let options = ["--application", workspace.topic("app"), "--commit-interval", "100ms"] + more
        let process = try workspace.start("run", program, options)
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), input, partitions: 1)
        #expect(try process.stop() == 0)
        return (program, options)
    }

    /// Another log under the same name and the same commits, as after the restore of a backup or an unclean election of
    /// a leader. (When a topic is deleted the broker forgets the group's offsets for it.)
    private func makeAgain(_ workspace: Workspace, _ records: [InputRecord]) throws {
        let input = workspace.topic("orders")
        let commit = try #require(try workspace.commit(workspace.topic("app"), input))
        let admin = try Admin(workspace.properties)
        #expect(try admin.deleteTopics([input], timeoutMilliseconds: 20_000) == [input: .done])
        try Deadline(seconds: 20).wait(for: "the end of \(input)") {
            try admin.partitionCounts(ofTopics: [input], timeoutMilliseconds: 5000).isEmpty
        }
        try Deadline(seconds: 20).wait(for: "the end of the commits") {
            try workspace.commit(workspace.topic("app"), input) == nil
        }
        try workspace.createTopic("orders", partitions: 1)
        try workspace.produce(records, to: input)
        try workspace.recommit(workspace.topic("app"), input, commit)
    }

    private func deleteRecords(_ workspace: Workspace, before offset: Int64) throws {
        _ = try Admin(workspace.properties).deleteRecords(
            before: [TopicPartition(workspace.topic("orders"), 0): offset], timeoutMilliseconds: 20_000)
    }

    private static let skip = "SET 'input.lost' = 'skip';\n"

    /// The same program, told to go on.
    private func skipping(_ workspace: Workspace, _ program: String) throws -> String {
        try workspace.write(Self.skip + String(contentsOfFile: program, encoding: .utf8), to: "skipping.sql")
    }

    /// What each user's last result says: a count.
    private func counts(_ workspace: Workspace) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for record in try workspace.records(of: workspace.topic("totals")) {
            counts[record.keyText] = Int(record.value?.dropFirst(5).prefix { $0 != "," } ?? "")
        }
        return counts
    }

    /// Runs what goes on until it has committed the whole input, and looks at what it has said and counted.
    private func goOn(
        _ workspace: Workspace, _ program: String, _ options: [String], says: String, counts expected: [String: Int]
    ) throws {
        let process = try workspace.start("run", try skipping(workspace, program), options)
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), workspace.topic("orders"), partitions: 1)
        #expect(try process.stop() == 0)
        #expect(process.error.contains(says), "\(process.error)")
        #expect(try counts(workspace) == expected)
        // What was left out once is committed: the next start has nothing to say.
        let again = try workspace.start("run", program, options)
        try again.waitToSay("live")
        #expect(try again.stop() == 0)
    }

    /// Users u1 … u10 with one order each, and those of `more` with more.
    private func once(_ more: [String: Int] = [:]) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: (1...10).map { ("u\($0)", 1) }).merging(more) { $1 }
    }

    /// Fault 38.
    @Test func replacedInput() throws {
        let workspace = try Workspace("again")
        let (program, options) = try runOnce(workspace)
        let results = try workspace.records(of: workspace.topic("totals")).count
        let others = Order.Source.plain(15).map { order in
            var other = order
            other.amount = 2
            return other
        }
        try makeAgain(workspace, others.map(\.record))
        let process = try workspace.run("run", program, options, expecting: 65, seconds: 30)
        #expect(process.error.contains("made again"))
        #expect(process.error.contains("--application"))
        #expect(try workspace.records(of: workspace.topic("totals")).count == results)
        // u11 to u15 are behind the committed offset.
        try goOn(
            workspace, program, options, says: "going on at offset 10, 10 offsets before it are not read",
            counts: once(["u11": 1, "u12": 1, "u13": 1, "u14": 1, "u15": 1]))
    }

    /// Fault 35.
    @Test func shorterInput() throws {
        let workspace = try Workspace("shorter")
        let (program, options) = try runOnce(workspace)
        try makeAgain(workspace, Order.Source.plain(4).map(\.record))
        let process = try workspace.run("run", program, options, expecting: 65, seconds: 30)
        #expect(process.error.contains("before the committed offset 10"))
        let going = try workspace.start("run", try skipping(workspace, program), options)
        try going.waitToSay("going on at offset 4, 4 offsets before it are not read")
        try going.waitToSay("live")
        try workspace.produce([Order.Source.plain(3)[2].record], to: workspace.topic("orders"))
        try workspace.waitUntilCaughtUp(going, workspace.topic("app"), workspace.topic("orders"), partitions: 1)
        #expect(try going.stop() == 0)
        // The state of before is kept: u3 has two orders now.
        #expect(try counts(workspace) == once(["u3": 2]))
    }

    @Test func inputWithoutWhatTheStateNeeds() throws {
        let workspace = try Workspace("retention")
        let (program, options) = try runOnce(workspace, ["--state-flush-interval", "off"])
        let input = workspace.topic("orders")
        try workspace.produce(Order.Source.plain(10).map(\.record), to: input)
        try deleteRecords(workspace, before: 5)
        let process = try workspace.run("run", program, options, expecting: 65, seconds: 30)
        #expect(process.error.contains("begins at 5"))
        #expect(process.error.contains("retention"))
        // u1 to u5 are counted anew, the others have their order of before.
        let going = try workspace.start("run", try skipping(workspace, program), options)
        try workspace.waitUntilCaughtUp(going, workspace.topic("app"), input, partitions: 1)
        #expect(try going.stop() == 0)
        #expect(going.error.contains("groups that had records from 0 on may lack them"), "\(going.error)")
        #expect(
            try counts(workspace) == once(["u6": 2, "u7": 2, "u8": 2, "u9": 2, "u10": 2]))
    }

    /// Fault 40.
    @Test func inputThatWasNotReadYet() throws {
        let workspace = try Workspace("unread")
        let (program, options) = try runOnce(workspace)
        try workspace.produce(Order.Source.plain(10).map(\.record), to: workspace.topic("orders"))
        try deleteRecords(workspace, before: 17)
        let process = try workspace.run("run", program, options, expecting: 65, seconds: 30)
        #expect(process.error.contains("retention has removed 7 records that were not read yet"), "\(process.error)")
        #expect(process.error.contains("input.lost: skip"))
        try goOn(
            workspace, program, options, says: "retention has removed 7 records",
            counts: once(["u8": 2, "u9": 2, "u10": 2]))
    }

    /// A run over ten orders in one partition, which goes on.
    private func beginWithTen(
        _ name: String, skips: Bool
    ) throws -> (workspace: Workspace, input: String, process: MillraceProcess) {
        let workspace = try Workspace(name)
        let input = try workspace.createTopic("orders", partitions: 1)
        try workspace.produce(Order.Source.plain(10).map(\.record), to: input)
        let program = try program(workspace)
        let process = try workspace.start(
            "run", skips ? try skipping(workspace, program) : program,
            ["--application", workspace.topic("app"), "--commit-interval", "100ms"])
        return (workspace, input, process)
    }

    /// Fault 40.
    /// Retention overtakes a run that is slower.
    @Test(arguments: [false, true])
    func inputThatIsLostOnTheWay(skips: Bool) throws {
        let (workspace, input, process) = try beginWithTen("overtaken", skips: skips)
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), input, partitions: 1)
        try process.waitToSay("live")
        process.send(SIGSTOP)
        // The fetch that waits at the broker is over by then.
        Thread.sleep(forTimeInterval: 1)
        try workspace.produce(Order.Source.plain(10).map(\.record), to: input)
        try deleteRecords(workspace, before: 16)
        process.send(SIGCONT)
        if skips {
            try process.waitToSay("retention has removed 6 records that were not read yet")
            try workspace.waitUntilCaughtUp(process, workspace.topic("app"), input, partitions: 1)
            #expect(try process.stop() == 0)
            #expect(try counts(workspace) == once(["u7": 2, "u8": 2, "u9": 2, "u10": 2]))
        } else {
            #expect(try process.exitCode(seconds: 30) == 65)
            #expect(process.error.contains("retention has removed 6 records that were not read yet"))
        }
    }

    /// Fault 38.
    /// The topic is deleted and made again, and has at once more records than were read of the old one.
    @Test(arguments: [false, true])
    func inputThatIsMadeAgainOnTheWay(skips: Bool) throws {
        let (workspace, input, process) = try beginWithTen("anew", skips: skips)
        try process.waitToSay("live")
        // By then it has looked at the old log.
        Thread.sleep(forTimeInterval: 6)
        process.send(SIGSTOP)
        let admin = try Admin(workspace.properties)
        #expect(try admin.deleteTopics([input], timeoutMilliseconds: 20_000) == [input: .done])
        try Deadline(seconds: 20).wait(for: "the end of \(input)") {
            try admin.partitionCounts(ofTopics: [input], timeoutMilliseconds: 5000).isEmpty
        }
        try workspace.createTopic("orders", partitions: 1)
        let younger = Order.Source.plain(30).map { order in
            var younger = order
            younger.time += 1000
            return younger
        }
        try workspace.produce(younger.map(\.record), to: input)
        process.send(SIGCONT)
        if skips {
            try process.waitToSay("what it had before offset 10 when that was noticed is not read")
            #expect(try process.stop() == 0)
        } else {
            #expect(try process.exitCode(seconds: 30) == 65)
            #expect(process.error.contains("\(input)/0 was deleted and made again"), "\(process.error)")
            #expect(process.error.contains("--delete-offsets"))
        }
    }
}
