// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing
@testable import MillraceRun

struct KnownCommitsTests {
    private let first = TopicPartition("orders", 0)
    private let second = TopicPartition("orders", 1)

    private var known: KnownCommits {
        var known = KnownCommits()
        known.note([
            OffsetToCommit(partition: first, offset: 7, metadata: "a"),
            OffsetToCommit(partition: second, offset: 9, metadata: "b"),
        ])
        known.note([OffsetToCommit(partition: first, offset: 8, metadata: "c")])
        return known
    }

    /// Nobody listens there.
    private var unreachable: KafkaError {
        get throws {
            let group = GroupMembership(groupID: "nobody")
            let consumer = try Consumer(
                ConsumerOptions(properties: KafkaProperties(bootstrap: "127.0.0.1:1"), profile: .live, group: group))
            return try #require(throws: KafkaError.self) {
                try consumer.committed([first], timeoutMilliseconds: 100)
            }
        }
    }

    @Test func theLastCommitOfAPartitionCounts() {
        #expect(
            known.offsets == [
                first: CommittedOffset(offset: 8, metadata: "c"), second: CommittedOffset(offset: 9, metadata: "b"),
            ])
    }

    @Test func whatIsGivenUpIsForgotten() {
        var known = known
        known.forget([first])
        #expect(Array(known.offsets.keys) == [second])
    }

    @Test func aBrokerThatIsAwayChangesNothing() throws {
        var known = known
        known.note(try unreachable, isUncertain: false)
        #expect(known.offsets.count == 2)
    }

    @Test func anUncertainCommitIsAskedFor() throws {
        var known = known
        known.note(try unreachable, isUncertain: true)
        #expect(known.offsets.isEmpty)
    }

    /// A refused commit, for example: the partitions may have another owner by now.
    @Test func afterAnyOtherErrorTheBrokerIsAsked() {
        var known = known
        known.note(.injected(at: "test"), isUncertain: false)
        #expect(known.offsets.isEmpty)
    }
}
