// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// What a transaction coordinator knows: who owns each transactional id, and what is in the open transactions.
struct SimulatedTransactions: Sendable {
    /// One transactional id.
    struct Entry: Sendable {
        var producer: Int64
        var epoch: Int32
        var timeout: Int64
        /// Whether the last transaction was committed; nil: there was none.
        var lastEnd: Bool?
        /// When the open transaction reached the broker; nil: none is open.
        var begin: Int64?
        var partitions: Set<TopicPartition> = []
        /// Positions by group, which hold once it is committed.
        var offsets: [String: [TopicPartition: CommittedOffset]] = [:]
    }

    /// Whoever has taken a transactional id over: refused as soon as another one does.
    struct Owner: Hashable, Sendable {
        var id: String
        var producer: Int64
        var epoch: Int32
    }

    private(set) var entries: [String: Entry] = [:]
    private var lastProducer: Int64 = 999

    /// Gives the id to a new owner. Its open transaction must have been ended.
    mutating func take(_ id: String, timeout: Int64) -> Owner {
        if entries[id] == nil {
            lastProducer += 1
            entries[id] = Entry(producer: lastProducer, epoch: -1, timeout: timeout)
        }
        entries[id]?.timeout = timeout
        entries[id]?.epoch += 1
        entries[id]?.lastEnd = nil
        return Owner(id: id, producer: entries[id]?.producer ?? 0, epoch: entries[id]?.epoch ?? 0)
    }

    func owns(_ owner: Owner) -> Bool {
        guard let entry = entries[owner.id] else { return false }
        return entry.producer == owner.producer && entry.epoch == owner.epoch
    }

    mutating func add(_ partition: TopicPartition, _ owner: Owner, now: Int64) {
        begin(owner, now: now)
        entries[owner.id]?.partitions.insert(partition)
    }

    mutating func add(_ offsets: [TopicPartition: CommittedOffset], ofGroup group: String, _ owner: Owner, now: Int64) {
        begin(owner, now: now)
        entries[owner.id]?.offsets[group, default: [:]].merge(offsets) { $1 }
    }

    private mutating func begin(_ owner: Owner, now: Int64) {
        if let entry = entries[owner.id], entry.begin == nil { entries[owner.id]?.begin = now }
    }

    /// Takes the open transaction out, for its markers; nil: none is open.
    mutating func end(_ id: String, commits: Bool) -> Entry? {
        guard let entry = entries[id], entry.begin != nil else { return nil }
        entries[id]?.lastEnd = commits
        entries[id]?.begin = nil
        entries[id]?.partitions = []
        entries[id]?.offsets = [:]
        return entry
    }

    func isOpen(_ id: String) -> Bool { entries[id]?.begin != nil }

    func lastEnd(_ id: String) -> Bool? { entries[id]?.lastEnd }

    /// Whether the open transaction of this owner writes to a partition.
    func isWriting(_ owner: Owner, _ place: TopicPartition) -> Bool {
        owns(owner) && isOpen(owner.id) && entries[owner.id]?.partitions.contains(place) == true
    }

    /// Refuses the owner from now on: its transaction has taken too long.
    mutating func fence(_ id: String) { entries[id]?.epoch += 1 }

    /// The ids of transactions that have taken too long, in order.
    func expired(now: Int64) -> [String] { deadlines.filter { $0.value <= now }.keys.sorted() }

    var nextDeadline: Int64? { deadlines.values.min() }

    private var deadlines: [String: Int64] {
        entries.compactMapValues { entry in entry.begin.map { $0 +| entry.timeout } }
    }

    /// Whether an open transaction has positions for one of these.
    func holds(_ group: String, _ partitions: [TopicPartition]) -> Bool {
        entries.values.contains { entry in
            guard let offsets = entry.offsets[group] else { return false }
            return partitions.contains { offsets[$0] != nil }
        }
    }

    func holds(_ group: String) -> Bool { entries.values.contains { $0.offsets[group] != nil } }
}
