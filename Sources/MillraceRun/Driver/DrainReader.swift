// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog

/// Where the logs end to which a drain reads.
final class DrainReader {
    private let context: RunContext
    /// Where the logs of all input partitions, of whatever process, ended when it began; nil: it has not.
    private var ends: [TopicPartition: Int64]?
    /// Where the exchanges' partitions ended when they were last looked at.
    private var exchangeEnds: [TopicPartition: Int64] = [:]

    init(_ context: RunContext) { self.context = context }

    /// Reads the input to where it ended when the drain began: now, or with an earlier assignment.
    /// - Parameter inputs: all partitions of the input.
    func begin(_ inputs: [TopicPartition], _ assignment: Assignment) throws {
        let ends = try fix(inputs)
        try assignment.reader.setBounds(
            assignment.starts.map { ends[$0.partition] }, isAwaited: { !assignment.pipeline.isExchange($0) })
    }

    /// Reads the exchanges to where they end now, too.
    func readExchanges(_ assignment: Assignment) throws {
        let partitions = assignment.starts.map(\.partition).filter { context.exchange.isExchange($0.topic) }
        exchangeEnds = try self.exchangeEnds(partitions)
        try assignment.reader.setBounds(
            assignment.starts.map { ends?[$0.partition] ?? exchangeEnds[$0.partition] })
    }

    /// Everything up to the ends was read: what lies behind the last record there, such as a marker, is nobody's
    /// input.
    func arrive(_ assignment: Assignment) {
        for source in assignment.pipeline.sources {
            let place = source.topicPartition
            guard let end = ends?[place] ?? exchangeEnds[place], end > source.nextOffset else { continue }
            source.arrive(at: end)
        }
    }

    /// Whether the group has committed all input to where it ended when the drain began; nil: there is no answer,
    /// because somebody commits just now.
    /// - Parameters:
    ///   - partitions: of the input and the exchanges.
    ///   - ofExchanges: and the exchanges to where they end now.
    func isAllCommitted(_ partitions: [TopicPartition], ofExchanges: Bool) -> Bool? {
        let exchanges = partitions.filter { context.exchange.isExchange($0.topic) }
        do throws(KafkaError) {
            var wanted = try fix(partitions.filter { !context.exchange.isExchange($0.topic) })
            if ofExchanges, !exchanges.isEmpty { wanted.merge(try exchangeEnds(exchanges)) { $1 } }
            let commits = try context.consumer.committed(wanted.keys.sorted(), timeoutMilliseconds: 500)
            return wanted.allSatisfy { partition, end in end <= commits[partition]?.offset ?? 0 }
        } catch {
            return nil
        }
    }

    private func fix(_ inputs: [TopicPartition]) throws(KafkaError) -> [TopicPartition: Int64] {
        if let ends { return ends }
        let ends = try context.consumer.offsetRanges(inputs, timeoutMilliseconds: BrokerPatience.timeout)
            .mapValues(\.high)
        self.ends = ends
        return ends
    }

    /// The high watermarks: a transaction whose offsets are seen may not have ended in the exchange yet.
    private func exchangeEnds(_ partitions: [TopicPartition]) throws(KafkaError) -> [TopicPartition: Int64] {
        if partitions.isEmpty { return [:] }
        return try context.options.cluster.admin()
            .offsetRanges(partitions, timeoutMilliseconds: BrokerPatience.timeout).mapValues(\.high)
    }
}
