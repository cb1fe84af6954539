// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog

/// Where the logs end to which a drain reads.
final class DrainReader {
    private let context: RunContext
    /// Where the logs of all input partitions, of whatever process, ended when it began.
    private var ends: [TopicPartition: Int64] = [:]

    init(_ context: RunContext) { self.context = context }

    /// Reads the input to where it ends now.
    /// - Parameter inputs: all partitions of the input.
    func begin(_ inputs: [TopicPartition], _ assignment: Assignment) throws {
        ends = try context.consumer.offsetRanges(inputs, timeoutMilliseconds: BrokerPatience.timeout)
            .mapValues(\.high)
        try assignment.reader.setBounds(
            assignment.starts.map { ends[$0.partition] }, isAwaited: { !assignment.pipeline.isExchange($0) })
    }

    /// Whether all input of the group is committed to where it ended when the drain began; nil: there is no answer,
    /// because somebody commits just now.
    func haveAllHandedOver() -> Bool? {
        guard let commits = try? context.consumer.committed(ends.keys.sorted(), timeoutMilliseconds: 500) else {
            return nil
        }
        return ends.allSatisfy { partition, end in end <= commits[partition]?.offset ?? 0 }
    }

    /// Reads the exchanges to where they end now: to the high watermarks, because a transaction whose offsets are seen
    /// may not have ended in the exchange yet.
    func readExchanges(_ assignment: Assignment) throws {
        let partitions = assignment.starts.map(\.partition).filter { context.exchange.isExchange($0.topic) }
        let found = try context.options.cluster.admin()
            .offsetRanges(partitions, timeoutMilliseconds: BrokerPatience.timeout)
        try assignment.reader.setBounds(assignment.starts.map { ends[$0.partition] ?? found[$0.partition]?.high })
    }
}
