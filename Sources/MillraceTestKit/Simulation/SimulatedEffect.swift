// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// A request that changes what the brokers hold. It may arrive late, when its sender has given it up, or twice.
enum SimulatedEffect: Sendable {
    case append(SimulatedAppend)
    /// Positions into an open transaction, for a member of the group; `reader` nil: of a group without members.
    case offsets(
        [TopicPartition: CommittedOffset], group: String, SimulatedTransactions.Owner, reader: Int?, generation: Int32)
    case end(SimulatedTransactions.Owner, commits: Bool)
}

/// A record on its way to a log.
struct SimulatedAppend: Sendable {
    var place: TopicPartition
    var timestamp: EventTime
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [RawRecords.Header]
    /// Nil: in no transaction.
    var owner: SimulatedTransactions.Owner?
    /// Of the producer's records in this partition: the broker takes each once.
    var sequence = 0
}

extension SimulatedState {
    /// - Returns: why it is refused; nil: it is done, or was done before.
    mutating func apply(_ effect: SimulatedEffect) -> SimulatedError? {
        switch effect {
        case .append(let record):
            if let owner = record.owner, !owns(owner) { return .producerFenced }
            if let refusal = append(record) { return refusal }
        case .offsets(let offsets, let group, let owner, let reader, let generation):
            if !owns(owner) { return .producerFenced }
            if let reader, let refusal = groups[group]?.refusal(reader, generation: generation) { return refusal }
            add(offsets, ofGroup: group, owner)
        case .end(let owner, let commits):
            if !owns(owner) { return .producerFenced }
            // Asked for again, it is answered as the first time.
            guard transactions.isOpen(owner.id) || transactions.lastEnd(owner.id).map({ $0 == commits }) ?? true else {
                return .invalidTransactionState
            }
            end(owner.id, commits: commits)
        }
        return nil
    }

    /// A late record is taken where its transaction is open still, or the next one of the same producer, in the same
    /// partition, and no other record has come meanwhile.
    mutating func applyLate(_ effect: SimulatedEffect) {
        if case .append(let record) = effect {
            guard let owner = record.owner, transactions.isWriting(owner, record.place) else { return }
        }
        _ = apply(effect)
    }
}
