// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import Synchronization
import Testing
@testable import MillraceReport

/// A clock that stands until it is moved.
private final class HandClock: Clock {
    private let now = Mutex<UInt64>(0)

    func pass(seconds: UInt64) { now.withLock { $0 += seconds * 1_000_000_000 } }
    func monotonicNanoseconds() -> UInt64 { now.withLock { $0 } }
    func wallMilliseconds() -> Int64 { 1_700_000_000_123 + Int64(monotonicNanoseconds() / 1_000_000) }
}

/// A log and what it has written.
private final class LogFixture: Sendable {
    let clock = HandClock()
    let log: Log
    private let written: Written

    private final class Written: Sendable {
        let lines = Mutex<[String]>([])
    }

    init(_ settings: LogSettings = LogSettings()) {
        let written = Written()
        self.written = written
        log = Log(clock: clock) { line in written.lines.withLock { $0.append(line) } }
        log.settings = settings
    }

    var lines: [String] { written.lines.withLock { $0 } }
}

struct LogTests {
    @Test(arguments: LogLevel.allCases)
    func whatMattersLessIsNotWritten(level: LogLevel) {
        let fixture = LogFixture(LogSettings(level: level))
        for level in LogLevel.allCases { fixture.log.write(LogLine(level, level.rawValue)) }
        let shown = LogLevel.allCases.map(\.rawValue).prefix { $0 != level.rawValue } + [level.rawValue]
        #expect(fixture.lines == Array(shown))
    }

    @Test func aLineForMachines() throws {
        let fixture = LogFixture(LogSettings(format: .json))
        fixture.log.begin(application: "orders")
        fixture.log.write(
            LogLine(
                .warn, "a \"b\"\nc", code: .unreachable, partition: TopicPartition("t", 3), offset: 17,
                fields: [LogLine.Field("report", .json("{}"))]))
        #expect(
            fixture.lines == [
                #"{"time":"2023-11-14T22:13:20.123Z","level":"warn","code":"E3001","message":"a \"b\"\nc","#
                    + #""topic":"t","partition":3,"offset":17,"report":{},"application":"orders"}"#
            ])
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(fixture.lines[0].utf8)) }
    }

    @Test func aLineForPeople() {
        let fixture = LogFixture()
        let failure = RunFailure(.data, .lateRecord, "too late", hint: "be quicker")
        fixture.log.write(failure.logLine)
        fixture.log.write(LogLine(.info, "red \u{1B}[31m and \u{9B}0m\tgone"))
        #expect(
            fixture.lines == [
                "millrace: E2104: too late\n  be quicker", "red \\u{1b}[31m and \\u{9b}0m\tgone",
            ])
    }

    /// Ten minutes without a broker, with a line every second.
    @Test func anOutageFillsNoDiskAndIsHeardOf() {
        let fixture = LogFixture()
        for attempt in 0..<600 {
            let line = LogLine(.warn, "waiting for the broker: try \(attempt)", kind: "waiting for the broker")
            fixture.log.write(line)
            fixture.clock.pass(seconds: 1)
        }
        fixture.log.finish()
        #expect(fixture.lines.count == 10 * (RepeatLimit.count + 1))
        #expect(
            Array(fixture.lines.prefix(5)) == [
                "waiting for the broker: try 0", "waiting for the broker: try 1", "waiting for the broker: try 2",
                "57 more like this in 1m 00s, held back: waiting for the broker: try 59",
                "waiting for the broker: try 60",
            ])
        #expect(fixture.lines.last == "57 more like this in 1m 00s, held back: waiting for the broker: try 599")
    }

    @Test func machinesReadHowManyWereHeldBack() {
        let fixture = LogFixture(LogSettings(format: .json))
        for _ in 0..<5 { fixture.log.write(LogLine(.warn, "again", code: .takenOver)) }
        fixture.log.finish()
        #expect(fixture.lines.count == 4)
        #expect(fixture.lines.last?.contains(#""level":"warn","code":"E3404""#) == true)
        #expect(fixture.lines.last?.contains(#""heldBack":2"#) == true)
    }

    @Test func debugLinesAreAllWritten() {
        let fixture = LogFixture(LogSettings(level: .debug))
        for _ in 0..<9 { fixture.log.write(LogLine(.debug, "again")) }
        for _ in 0..<9 { fixture.log.write(LogLine(.info, "live")) }
        #expect(fixture.lines.count == 18)
    }
}

struct RepeatLimitTests {
    private static let second: UInt64 = 1_000_000_000
    private let line = LogLine(.info, "a")

    @Test func kindsDoNotTouchEachOther() {
        var limit = RepeatLimit()
        for _ in 0..<10 { _ = limit.admits(line, now: 0) }
        let others = [LogLine(.info, "b"), LogLine(.info, "a", kind: "other")]
        #expect(others.filter { limit.admits($0, now: 0) } == others)
    }

    @Test func anIntervalBeginsWithItsFirstLine() {
        var limit = RepeatLimit()
        let shown = (0..<10).filter { _ in limit.admits(line, now: 5 * Self.second) }
        #expect(shown.count == RepeatLimit.count)
        let summaries = [64, 65, 200].map { limit.takeSummaries(now: $0 * Self.second) }
        #expect(summaries == [[], [.init(line: line, heldBack: 7, nanoseconds: 60 * Self.second)], []])
        let isAdmitted = limit.admits(line, now: 200 * Self.second)
        #expect(isAdmitted)
    }

    /// Of two threads the one that asked for the time first may come second.
    @Test func timeMayGoBack() {
        var limit = RepeatLimit()
        for _ in 0..<9 { _ = limit.admits(line, now: 10 * Self.second) }
        let early = limit.takeSummaries(now: 9 * Self.second)
        #expect(early.isEmpty)
        let all = limit.takeAll(now: 9 * Self.second)
        #expect(all.map(\.nanoseconds) == [0])
    }

    @Test func whatWasNotHeldBackIsNotSpokenOf() {
        var limit = RepeatLimit()
        for _ in 0..<RepeatLimit.count { _ = limit.admits(line, now: 0) }
        let summaries = limit.takeAll(now: 100 * Self.second)
        #expect(summaries.isEmpty)
    }
}
