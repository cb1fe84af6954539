// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceKafka
import MillraceLog
import Testing

/// A process is interrupted from outside: signals, pauses, a twin, a successor of another name or of an older version.
/// Whatever it was doing, each result is published once.
@Suite(.enabled(if: Environment.isReady)) struct InterruptionTests {
    /// Fault 4: a pause that is shorter than the session costs nothing: no rebalance, no error, no transaction is given
    /// up.
    @Test func aShortPauseIsNotNoticed() throws {
        var subject = try FilteredOrders("pause")
        let processes = [try subject.start(), try subject.start()]
        for process in processes { try process.waitToSay("live", seconds: 60) }
        let live = subject.arriving()
        try Deadline(seconds: 20).wait(for: "orders") { live.count > 500 }
        // Of the rebalance that brought the second process.
        Thread.sleep(forTimeInterval: 2)
        let before = processes.map(\.error)
        for process in processes {
            process.send(SIGSTOP)
            Thread.sleep(forTimeInterval: 3)
            process.send(SIGCONT)
            Thread.sleep(forTimeInterval: 1)
        }
        try subject.stop(live)
        try subject.workspace.waitUntilCaughtUp(processes[0], subject.application, subject.input, partitions: 4)
        for (process, said) in zip(processes, before) {
            let since = process.error.dropFirst(said.count)
            #expect(!since.contains("from offset") && !since.contains("aborted") && !since.contains("E3"), "\(since)")
        }
        #expect(try processes[1].stop() == 0)
        try subject.finish(processes[0])
    }

    /// Fault 10: a second signal ends the process at once, in the midst of a commit; the next start goes on as after
    /// any crash.
    @Test(arguments: [[SIGTERM, SIGTERM], [SIGINT, SIGTERM], [SIGTERM, SIGINT]], ["flushed", "offsets-sent"])
    func aSecondSignalEndsItAtOnce(signals: [Int32], point: String) throws {
        var subject = try FilteredOrders("signals")
        // The first commit is the hand-over's; the second one, the stop's, stands still for 12 s.
        var process = try subject.start(fault: "\(point):2:stall", interval: "10m")
        try process.waitToSay("live")
        try subject.produce(1000)
        try Deadline(seconds: 20).wait(for: "results") {
            try subject.workspace.ends(subject.output, partitions: 3).reduce(0, +) > 0
        }
        process.send(signals[0])
        try process.waitToSay("fault: stall")
        #expect(process.isRunning)
        process.send(signals[1])
        let began = Date()
        #expect(try process.exitCode(seconds: 5) == 128 + signals[1])
        #expect(Date().timeIntervalSince(began) < 2)
        process = try subject.start()
        try subject.finish(process)
    }

    /// Fault 13: of two processes with one name each takes the other's place, until one of them ends and names the
    /// reason. Neither publishes what the other has published.
    @Test func ofTwoOfOneNameOneGivesWay() throws {
        var subject = try FilteredOrders("twins")
        let options = ["--instance", "one"]
        var processes = [try subject.start(options)]
        try processes[0].waitToSay("live")
        let live = subject.arriving()
        try Deadline(seconds: 20).wait(for: "orders") { live.count > 200 }
        processes.append(try subject.start(options))
        try Deadline(seconds: 60).wait(for: "the end of one of them") { processes.contains { !$0.isRunning } }
        let loser = try #require(processes.first { !$0.isRunning })
        let winner = try #require(processes.first { $0.isRunning }, "\(processes.map(\.error))")
        #expect(try loser.exitCode() == 75)
        #expect(loser.error.contains("E3404: another instance runs as \(subject.application)-one"), "\(loser.error)")
        #expect(loser.error.contains("stop one of them, or give it another name with --instance"))
        try subject.stop(live)
        try subject.finish(winner)
    }

    /// Fault 53: a process dies with its offsets in an open transaction, and its successor has another name, so that it
    /// cannot end that transaction: it waits for the brokers to do so, and begins where the last commit was.
    @Test func aSuccessorOfAnotherNameWaitsForOpenOffsets() throws {
        var subject = try FilteredOrders("heir")
        let first = try subject.start(["--instance", "a"], fault: "offsets-sent:3:kill")
        try first.waitToSay("live")
        for _ in 0..<100 where first.isRunning {
            try subject.produce(50)
            Thread.sleep(forTimeInterval: 0.15)
        }
        #expect(try first.exitCode() == 137, "\(first.error)")
        let second = try subject.start(["--instance", "b"])
        // The transaction is open for at most 10 s, and the broker looks every 10 s.
        try second.waitToSay("live", seconds: 90)
        try subject.finish(second)
    }

    /// Fault 15: an older version over what a newer one has committed ends before it reads anything, says so, and
    /// harms nothing: the newer one goes on.
    @Test func commitsOfANewerVersionAreRefused() throws {
        let subject = try FilteredOrders("newer", partitions: 1)
        var process = try subject.start()
        try subject.workspace.waitUntilCaughtUp(process, subject.application, subject.input, partitions: 1)
        #expect(try process.stop() == 0)
        let commit = try #require(try subject.workspace.commit(subject.application, subject.input))
        let newer = CommittedOffset(
            offset: commit.offset, metadata: "m5" + commit.metadata.dropFirst(2) + ";z17")
        try subject.workspace.recommit(subject.application, subject.input, newer)
        let results = try subject.workspace.records(of: subject.output).count
        process = try subject.start()
        #expect(try process.exitCode(seconds: 40) == 65, "\(process.error)")
        #expect(
            process.error.contains(
                "E5014: the group \(subject.application) has committed \(subject.input)/0@1000 with a newer Millrace"),
            "\(process.error)")
        #expect(process.error.contains("do not delete the offsets"))
        #expect(try subject.workspace.commit(subject.application, subject.input) == newer)
        #expect(try subject.workspace.records(of: subject.output).count == results)
        try subject.workspace.recommit(subject.application, subject.input, commit)
        try subject.finish(try subject.start())
    }
}
