// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

/// A drain under way.
struct Drain {
    /// Where the logs of all input partitions, whoever has them, ended when it began.
    var ends: [TopicPartition: Int64]
    /// What this process has made of its partitions is in the exchanges.
    var isHandedOver = false
    /// All processes have handed over: the exchanges are read to where they ended then.
    var isReadingExchanges = false
    var nextLook: UInt64 = 0
}

/// A drain reads to the ends of the logs as they are when it begins; then the run is over by itself. What goes through
/// an exchange is followed to its end, so that all results of what was read are published:
///
///     own input to its end ─► handed over ─► all input of the group committed to its end ─► exchanges to their ends
extension RunLoop {
    /// - Returns: whether it is over.
    func drain(_ assignment: Assignment) throws -> Bool {
        guard isDrainRequested else { return false }
        guard let drain else {
            try beginDrain(assignment)
            return false
        }
        guard assignment.reader.isDone else { return false }
        if exchange.exchanges.isEmpty || drain.isReadingExchanges { return true }
        if !drain.isHandedOver {
            try commit(assignment)
            self.drain?.isHandedOver = true
        }
        if try haveAllHandedOver(drain) {
            try readExchanges(assignment, drain)
        } else {
            try serveEvents(timeoutMilliseconds: 20)
        }
        return false
    }

    private func beginDrain(_ assignment: Assignment) throws {
        let inputs = allPartitions.filter { !exchange.isExchange($0.topic) }
        let ends = try consumer.offsetRanges(inputs, timeoutMilliseconds: BrokerPatience.timeout).mapValues(\.high)
        try assignment.reader.setBounds(
            assignment.starts.map { ends[$0.partition] }, isAwaited: { !assignment.pipeline.isExchange($0) })
        drain = Drain(ends: ends)
        recorder?.enter(.draining)
        observer.log(LogLine(.info, "draining: reading to the ends of the logs, then stopping"))
    }

    /// Whether all input of the group is committed to where it ended when the drain began.
    private func haveAllHandedOver(_ drain: Drain) throws -> Bool {
        let now = clock.monotonicNanoseconds()
        guard now >= drain.nextLook else { return false }
        self.drain?.nextLook = now +| RunLoop.lookInterval
        // No answer: somebody commits just now.
        guard let commits = try? consumer.committed(drain.ends.keys.sorted(), timeoutMilliseconds: 500) else {
            return false
        }
        let isOver = drain.ends.allSatisfy { partition, end in end <= commits[partition]?.offset ?? 0 }
        if !isOver, drain.nextLook == 0 {
            observer.log(LogLine(.info, "draining: the other processes are not as far yet"))
        }
        return isOver
    }

    /// To the high watermarks: a transaction whose offsets are seen may not have ended in the exchange yet.
    private func readExchanges(_ assignment: Assignment, _ drain: Drain) throws {
        let partitions = assignment.starts.map(\.partition).filter { exchange.isExchange($0.topic) }
        let ends = try options.cluster.admin().offsetRanges(partitions, timeoutMilliseconds: BrokerPatience.timeout)
        try assignment.reader.setBounds(
            assignment.starts.map { drain.ends[$0.partition] ?? ends[$0.partition]?.high })
        self.drain?.isReadingExchanges = true
    }
}
