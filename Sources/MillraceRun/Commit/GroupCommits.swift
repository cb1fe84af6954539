// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// What a group has committed, as somebody sees it who is not in it.
///
/// By a consumer at read_uncommitted: that is told what is decided, at once, and does not wait for open transactions.
/// (librdkafka's admin call for it, ListConsumerGroupOffsets, ends the process with 2.0.2 where the coordinator is not
/// there yet: seen on brokers that had just started.)
struct GroupCommits {
    private let consumer: any GroupReader
    private let clock: any Timekeeper

    init(ofGroup group: String, _ cluster: any LogCluster) throws(KafkaError) {
        clock = cluster.time
        var options = ReaderOptions(profile: .glance, group: GroupMembership(groupID: group))
        options.isolation = .readUncommitted
        consumer = try cluster.reader(options)
    }

    /// Partitions without a commit are left out. A coordinator that is only being looked for, as on a broker that has
    /// just started, is waited for.
    func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        guard !partitions.isEmpty else { return [:] }
        let deadline = clock.monotonicNanoseconds() +| UInt64(clamping: timeoutMilliseconds) *| 1_000_000
        while true {
            do throws(KafkaError) {
                return try consumer.committed(partitions, timeoutMilliseconds: timeoutMilliseconds)
            } catch {
                guard error.category == .unreachable, clock.monotonicNanoseconds() < deadline else { throw error }
                clock.sleep(milliseconds: 200)
            }
        }
    }

    func close() { consumer.close(timeoutMilliseconds: 2000) }
}
