// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import Testing
@testable import MillraceRun

@Suite struct InputLossTests {
    private func find(
        committed: Int64, restore: Int64, _ log: ClosedRange<Int64>, isReplaced: Bool = false
    ) -> InputLoss? {
        InputLoss(
            TopicPartition("orders", 0), committed: committed, restore: restore, low: log.lowerBound,
            high: log.upperBound, isReplaced: isReplaced)
    }

    private func metadata(restore: Int64, flush: Int64?) -> CommitMetadata {
        CommitMetadata(
            restoreOffset: restore, watermarks: [7],
            lastRecord: .init(offset: 9, timestamp: 1, checksum: 2), changesArePending: false,
            flush: flush.map { .init(number: 3, offset: $0, watermarks: [5], queries: [1]) })
    }

    @Test func whatIsThereIsNoLoss() {
        #expect(find(committed: 10, restore: 4, 4...10) == nil)
        #expect(find(committed: 10, restore: 10, 0...10) == nil)
        #expect(find(committed: 0, restore: 0, 0...0) == nil)
    }

    @Test func retentionBeforeWhatWasRead() throws {
        let loss = try #require(find(committed: 10, restore: 4, 17...30))
        #expect(loss.kind == .cut && loss.next == 17 && loss.skipped == 7)
        let start = loss.start(metadata(restore: 4, flush: 8), firstPartitions: 1)
        #expect(start.read == 17 && start.next == 17 && start.cut == 30)
        let left = try #require(start.metadata)
        #expect(left.restoreOffset == 17 && left.lastRecord == nil && left.flush?.offset == 17)
        #expect(left.watermarks == [7] && left.flush?.number == 3)
    }

    @Test(arguments: [(4, 5), (6, 6)] as [(Int64, Int64)])
    func retentionWithinTheState(flushed: Int64, stands: Int64) throws {
        let loss = try #require(find(committed: 10, restore: 4, 5...30))
        #expect(loss.kind == .stateCut && loss.next == 10 && loss.skipped == 0)
        let start = loss.start(metadata(restore: 4, flush: flushed), firstPartitions: 1)
        #expect(start.read == 5 && start.next == 10)
        #expect(start.metadata?.flush?.offset == stands && start.metadata?.lastRecord != nil)
    }

    /// Nothing of another log goes into the state.
    @Test(arguments: [false, true])
    func aShorterLog(isReplaced: Bool) throws {
        let loss = try #require(find(committed: 10, restore: 2, 1...6, isReplaced: isReplaced))
        #expect(loss.kind == .shorter && loss.next == 6 && loss.skipped == 5)
        let start = loss.start(metadata(restore: 2, flush: 8), firstPartitions: 1)
        #expect(start.read == 6 && start.next == 6 && start.metadata?.restoreOffset == 6)
        #expect(start.metadata?.flush?.offset == 6 && start.metadata?.lastRecord == nil)
    }

    @Test func anotherLog() throws {
        let loss = try #require(find(committed: 10, restore: 2, 0...30, isReplaced: true))
        #expect(loss.kind == .replaced && loss.next == 10 && loss.skipped == 10)
        #expect(loss.start(metadata(restore: 2, flush: nil), firstPartitions: 1).read == 10)
        let later = try #require(find(committed: 10, restore: 2, 20...30, isReplaced: true))
        #expect(later.next == 20 && later.skipped == 0)
    }

    @Test func whatCanBeDoneIsSaid() throws {
        for found in [
            find(committed: 10, restore: 4, 17...30), find(committed: 10, restore: 4, 5...30),
            find(committed: 10, restore: 2, 1...6), find(committed: 10, restore: 2, 0...30, isReplaced: true),
        ] {
            let failure = try #require(found).failure(application: "app")
            #expect(failure.code == .data && failure.message.contains("orders/0"))
            for choice in ["--application", "--delete-offsets --group app --topic orders", "input.lost: skip"] {
                #expect(failure.hint?.contains(choice) == true)
            }
        }
    }
}
