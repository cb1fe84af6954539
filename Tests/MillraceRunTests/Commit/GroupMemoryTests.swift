// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing
@testable import MillraceRun

struct GroupMemoryTests {
    private let first = TopicPartition("orders", 0)
    private let second = TopicPartition("orders", 1)
    private let added = TopicPartition("orders", 2)

    private var memory: GroupMemory {
        var memory = GroupMemory()
        memory.note([first: 7, second: 9])
        return memory
    }

    private func told(_ offsets: [TopicPartition: Int64]) -> [TopicPartition: CommittedOffset] {
        offsets.mapValues { CommittedOffset(offset: $0, metadata: "") }
    }

    @Test func aDoubtGrowsOld() {
        var doubt = Doubt()
        #expect([3, 7, 12, 13, 20].map { doubt.note(now: $0, patience: 10) } == [false, false, false, true, true])
    }

    private func isDoubted(_ verdict: GroupMemory.Verdict) -> Bool {
        if case .doubted = verdict { return true }
        return false
    }

    @Test func whatIsKnownOrFurtherOnIsBelieved() {
        var memory = memory
        #expect(memory.judge(told([first: 7, second: 12]), ofAsked: [first, second], now: 0) == .believed)
    }

    @Test func nothingIsKnownOfOtherPartitions() {
        var memory = memory
        #expect(memory.judge([:], ofAsked: [added], now: 0) == .believed)
        #expect(memory.judge(told([added: 1]), ofAsked: [added], now: 0) == .believed)
    }

    @Test func nothingAtAllIsDoubted() {
        var memory = memory
        let verdict = memory.judge(told([first: 7]), ofAsked: [first, second], now: 0)
        #expect(
            verdict
                == .doubted(
                    "the group is said to have committed nothing for orders/1, though it has committed 9"))
    }

    @Test func goingBackIsDoubted() {
        var memory = memory
        let verdict = memory.judge(told([first: 6, second: 9]), ofAsked: [second, first], now: 0)
        #expect(
            verdict
                == .doubted(
                    "the group is said to have committed offset 6 for orders/0, though it has committed 7"))
    }

    @Test func aDoubtEndsWithTheFirstAnswerThatIsBelieved() {
        var memory = memory
        #expect(isDoubted(memory.judge([:], ofAsked: [first], now: 0)))
        memory.note([first: 8])
        // A new doubt has all its time.
        #expect(isDoubted(memory.judge([:], ofAsked: [first], now: 1)))
        #expect(memory.offsets == [first: 8, second: 9])
    }

    @Test func anAnswerThatStaysImpossibleIsRefused() {
        var memory = memory
        let step: UInt64 = 10_000_000_000
        for now in stride(from: 5, to: GroupMemory.patience, by: Int(step)) {
            #expect(isDoubted(memory.judge([:], ofAsked: [first], now: now)))
        }
        let verdict = memory.judge([:], ofAsked: [first], now: GroupMemory.patience + 5)
        #expect(
            verdict
                == .refused(
                    "the group is said to have committed nothing for orders/0, though it has committed 7"))
    }

    /// The broker was away in between, for example, and is another one.
    @Test func behindAGapADoubtBeginsAnew() {
        var memory = memory
        #expect(isDoubted(memory.judge([:], ofAsked: [first], now: 5)))
        #expect(isDoubted(memory.judge([:], ofAsked: [first], now: GroupMemory.patience + 5)))
    }

    /// What this process commits behind a log that was made again is less than before.
    @Test func theLastCommitCounts() {
        var memory = memory
        memory.note([first: 2])
        #expect(memory.offsets == [first: 2, second: 9])
        #expect(memory.judge(told([first: 2]), ofAsked: [first], now: 0) == .believed)
    }

    /// With a topic the broker deletes what was committed for it.
    @Test func ofAnotherLogNothingIsKnown() {
        var memory = memory
        memory.forget(first)
        #expect(memory.judge(told([second: 9]), ofAsked: [first, second], now: 0) == .believed)
    }

    @Test func aBeginningWithoutTracesIsBelieved() {
        var memory = GroupMemory()
        #expect(memory.judgeBeginning(nil, now: 0) == .believed)
    }

    @Test func aBeginningWithResultsIsDoubtedForAWhile() throws {
        var memory = GroupMemory()
        let trace = try #require(GroupMemory.Trace(results: "totals", state: nil))
        #expect(
            memory.judgeBeginning(trace, now: 3)
                == .doubted("the group is said to have committed nothing, though there are records in totals"))
        #expect(isDoubted(memory.judgeBeginning(trace, now: trace.patience + 2)))
        #expect(memory.judgeBeginning(trace, now: trace.patience + 3) == .believed)
        #expect(memory.judgeBeginning(trace, now: trace.patience + 4) == .believed)
        // Who was believed once is not an hour later.
        #expect(isDoubted(memory.judgeBeginning(trace, now: 3_600_000_000_000)))
    }

    @Test func aBeginningWithStateIsDoubtedForLonger() throws {
        var memory = GroupMemory()
        let trace = try #require(GroupMemory.Trace(results: "totals", state: "app-totals-changelog"))
        #expect(isDoubted(memory.judgeBeginning(trace, now: 0)))
        let results = try #require(GroupMemory.Trace(results: "totals", state: nil)).patience
        #expect(isDoubted(memory.judgeBeginning(trace, now: results)))
    }
}
