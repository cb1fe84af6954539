// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

@Suite struct SliceCheckTests {
    private let first = TopicPartition("orders", 0)
    private let second = TopicPartition("orders", 1)
    /// Any: what it says is in the offsets that go with it.
    private let given = SlicePosition.offsets([])

    private var check: SliceCheck {
        SliceCheck([first: OffsetRange(low: 6, high: 10), second: OffsetRange(low: 0, high: 10)])
    }

    private func failure(_ body: () throws -> Void) -> RunFailure? {
        do { try body() } catch { return error as? RunFailure }
        return nil
    }

    @Test(arguments: [2, 5, 11, 99] as [Int64])
    func offsetsThatAreNotThereAreRefused(offset: Int64) {
        for option in ["--from", "--to"] {
            let failure = failure { try check.offsets(given, [first: offset], option: option) }
            #expect(failure?.code == .data && failure?.errorCode == .rangeNotHeld)
            #expect(failure?.message == "\(option) is offset \(offset) of orders/0, and the log holds 6 to 10")
            #expect(failure?.hint?.contains(offset < 6 ? "take 6" : "take 10") ?? false)
        }
    }

    @Test(arguments: [6, 8, 10] as [Int64])
    func offsetsThatAreThereAreTaken(offset: Int64) throws {
        try check.offsets(given, [first: offset, second: 3], option: "--from")
        try check.offsets(.earliest, [first: 2], option: "--from")
    }

    @Test func aRangeDoesNotEndBeforeItBegins() throws {
        let failure = failure { try check.order(given, [second: 7], given, [second: 3]) }
        #expect(failure?.code == .usage && failure?.errorCode == .contradiction)
        #expect(failure?.message.contains("begins at offset 7 and ends at 3") ?? false)
        try check.order(given, [second: 3], given, [second: 7])
        try check.order(given, [second: 3], given, [second: 3])
        try check.order(.earliest, [second: 7], given, [second: 3])
    }

    @Test func aFutureWithoutRecordsIsRefused() throws {
        #expect(failure { try check.future(9, [first: 10, second: 10]) }?.errorCode == .rangeNotHeld)
        try check.future(9, [first: 10, second: 9])
    }

    @Test func aLogThatWasCutIsSaid() {
        #expect(check.cut == [first: 6])
        var slice = Slice(ranges: [])
        #expect(slice.cutNote == nil)
        slice.cut = check.cut
        #expect(slice.cutNote?.message.hasPrefix("orders/0 begins at offset 6: retention has removed") ?? false)
    }
}
