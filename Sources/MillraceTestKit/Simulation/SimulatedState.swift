// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillraceLog

/// Everything that the brokers of a simulated cluster hold.
package struct SimulatedState: Sendable {
    package private(set) var topics: [String: SimulatedTopic] = [:]
    private(set) var transactions = SimulatedTransactions()
    private(set) var groups: [String: SimulatedGroup] = [:]
    /// Milliseconds since the cluster began, and since 1970.
    private(set) var now: Int64 = 0
    private(set) var wall: Int64 = 0
    /// How often something has happened that somebody may wait for.
    var changes: Int { ownChanges + groups.values.reduce(0) { $0 + $1.changes } }
    /// Transactions that have taken too long.
    package private(set) var expirations = 0
    private var ownChanges = 0
    private var lastReader = 0
    /// Requests on their way, by when they arrive.
    private var late: [(due: Int64, effect: SimulatedEffect)] = []
    /// Until when groups are said to have committed nothing.
    private var forgetsUntil: Int64 = 0
    private var sequences: [SequencePlace: Int] = [:]
    private var random: SplitMix64

    private struct SequencePlace: Hashable, Sendable {
        var producer: Int64
        var epoch: Int32
        var place: TopicPartition
    }

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// How often groups have shared out their partitions.
    package var rebalances: Int { groups.values.reduce(0) { $0 + Int($1.generation) } }

    // MARK: Time

    /// Goes on to this moment, and does what is due.
    mutating func advance(to now: Int64, wall: Int64) {
        self.now = now
        self.wall = wall
        for id in transactions.expired(now: now) {
            end(id, commits: false)
            transactions.fence(id)
            expirations += 1
        }
        while let next = late.first, next.due <= now {
            late.removeFirst()
            applyLate(next.effect)
        }
        let counts = topics.mapValues { $0.partitions.count }
        for name in groups.keys.sorted() { groups[name]?.step(now: now, partitions: counts) }
    }

    var nextDeadline: Int64? {
        (groups.values.compactMap(\.nextDeadline) + [transactions.nextDeadline, late.first?.due].compactMap { $0 })
            .filter { $0 > now }.min()
    }

    /// It arrives so many ms from now.
    mutating func apply(_ effect: SimulatedEffect, after delay: Int64) {
        late.append((now +| delay, effect))
        late.sort { $0.due < $1.due }
    }

    // MARK: Topics

    package func partition(_ place: TopicPartition) -> SimulatedPartition? { topics[place.topic]?[place.partition] }

    mutating func create(_ name: String, _ topic: SimulatedTopic) {
        topics[name] = topic
        ownChanges += 1
    }

    /// `auto.create.topics.enable`: a topic that is to be written and is not there is made.
    mutating func makeWritten(_ name: String) {
        if topics[name] == nil { topics[name] = SimulatedTopic(partitions: 1) }
    }

    mutating func load(_ log: SimulatedLog) {
        for name in log.topics.keys.sorted() {
            let partitions = log.partitions(of: name)
            if topics[name] == nil { topics[name] = SimulatedTopic(partitions: Int32(clamping: partitions.count)) }
            for (number, records) in partitions.enumerated() {
                topics[name]?[Int32(clamping: number)]?.load(records)
            }
        }
        ownChanges += 1
    }

    mutating func widen(_ name: String, to total: Int32) { topics[name]?.widen(to: total) }

    mutating func delete(_ name: String) {
        topics[name] = nil
        for group in groups.keys { groups[group]?.forget(topic: name) }
    }

    mutating func deleteRecords(_ place: TopicPartition, before offset: Int64) {
        topics[place.topic]?[place.partition]?.delete(before: offset)
    }

    /// Takes a record in, or says why not.
    mutating func append(_ record: SimulatedAppend) -> SimulatedError? {
        let (place, owner, timestamp) = (record.place, record.owner, record.timestamp)
        let (key, value, headers) = (record.key, record.value, record.headers)
        if let owner, !transactions.owns(owner) { return .producerFenced }
        makeWritten(place.topic)
        guard let topic = topics[place.topic] else { return .unknownTopicOrPart }
        guard topic[place.partition] != nil else { return .unknownPartition }
        let time = timestamp < 0 ? wall : timestamp
        if let refusal = topic.refusal(timestamp: time, key: key, value: value, headers: headers, now: wall) {
            return refusal
        }
        if let owner {
            let sequence = SequencePlace(producer: owner.producer, epoch: owner.epoch, place: place)
            // The broker takes a record once.
            if record.sequence < sequences[sequence, default: 0] { return nil }
            sequences[sequence] = record.sequence + 1
            transactions.add(place, owner, now: now)
        }
        ownChanges += 1
        topics[place.topic]?[place.partition]?.append(
            timestamp: time, key: key, value: value, headers: headers, producer: owner?.producer)
        return nil
    }

    // MARK: Transactions

    mutating func takeTransactionalID(_ id: String, timeout: Int64) -> SimulatedTransactions.Owner {
        end(id, commits: false)
        return transactions.take(id, timeout: timeout)
    }

    func owns(_ owner: SimulatedTransactions.Owner) -> Bool { transactions.owns(owner) }

    mutating func add(
        _ offsets: [TopicPartition: CommittedOffset], ofGroup group: String, _ owner: SimulatedTransactions.Owner
    ) {
        makeGroup(group)
        transactions.add(offsets, ofGroup: group, owner, now: now)
    }

    /// Ends the open transaction of an id with markers, and lets its positions hold or go.
    mutating func end(_ id: String, commits: Bool) {
        guard let ended = transactions.end(id, commits: commits) else { return }
        ownChanges += 1
        for place in ended.partitions.sorted() {
            topics[place.topic]?[place.partition]?.endTransaction(
                of: ended.producer, commits: commits, timestamp: wall)
        }
        guard commits else { return }
        for (group, offsets) in ended.offsets { groups[group]?.commit(offsets) }
    }

    // MARK: Groups

    mutating func openReader() -> Int {
        lastReader += 1
        return lastReader
    }

    /// A group begins with the first that joins it or commits for it.
    mutating func makeGroup(_ name: String) {
        if groups[name] == nil { groups[name] = SimulatedGroup(seed: random.next()) }
    }

    mutating func changeGroup<Result>(_ name: String, _ body: (inout SimulatedGroup, Int64) -> Result) -> Result? {
        guard var group = groups[name] else { return nil }
        defer { groups[name] = group }
        return body(&group, now)
    }

    /// What a group has committed, as its coordinator says it now.
    func committed(_ group: String) -> [TopicPartition: CommittedOffset] {
        now < forgetsUntil ? [:] : groups[group]?.offsets ?? [:]
    }

    mutating func forgetOffsets(milliseconds: Int64) { forgetsUntil = now +| milliseconds }

    /// Compaction of all topics that have it.
    mutating func compact() {
        for (name, topic) in topics where topic.settings["cleanup.policy"]?.contains("compact") == true {
            for number in topic.partitions.indices { topics[name]?[Int32(clamping: number)]?.compact() }
        }
    }

    mutating func deleteGroup(_ name: String) { groups[name] = nil }
}
