// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// A consumer group: its coordinator, and its members' halves of the protocol, which go on without their owners' calls
/// until an owner has to answer.
struct SimulatedGroup: Sendable {
    /// Members that join until everybody has, or until the deadline.
    private struct Rebalance: Sendable {
        /// When the last member has heard of it.
        var due: Int64
        var deadline: Int64
        var hasRevoked = false
    }

    private(set) var generation: Int32 = 0
    /// How often something has happened that a member may wait for.
    private(set) var changes = 0
    /// By the number of the reader.
    private(set) var members: [Int: SimulatedMember] = [:]
    private(set) var clients: [Int: SimulatedClient] = [:]
    private(set) var offsets: [TopicPartition: CommittedOffset] = [:]
    private var rebalance: Rebalance?
    /// What was subscribed to, as it was shared out the last time.
    private var known: [TopicPartition] = []
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    var isStable: Bool { rebalance == nil && !members.isEmpty }

    /// Whether somebody has joined it or committed for it; a reader alone that could join makes no group.
    var exists: Bool { generation > 0 || !members.isEmpty || !offsets.isEmpty }

    // MARK: What readers do

    mutating func open(_ reader: Int, _ client: SimulatedClient) { clients[reader] = client }

    mutating func subscribe(_ reader: Int, _ topics: [String], now: Int64) {
        clients[reader]?.topics = Set(topics)
        clients[reader]?.isSubscribed = true
        clients[reader]?.lastPoll = now
        if members[reader] != nil { return trigger(now: now) }
        join(reader, now: now)
    }

    mutating func unsubscribe(_ reader: Int, now: Int64) {
        clients[reader]?.isSubscribed = false
        leave(reader, now: now)
        guard let client = clients[reader] else { return }
        // librdkafka keeps its generation, which the coordinator refuses.
        clients[reader]?.following = nil
        clients[reader]?.joinsAgain = false
        clients[reader]?.question = nil
        if !client.owned.isEmpty { clients[reader]?.ask(.revoke, client.owned) }
    }

    /// The reader is gone; a static member keeps its place for its session timeout, and so does a killed one.
    mutating func close(_ reader: Int, isKilled: Bool, now: Int64) {
        guard let client = clients[reader] else { return }
        if isKilled || client.membership.instanceID != nil {
            members[reader]?.sessionEnd = now +| Int64(client.membership.sessionTimeoutMilliseconds)
            if members[reader] == nil { clients[reader] = nil } else { clients[reader]?.isAlive = false }
        } else {
            leave(reader, now: now)
            clients[reader] = nil
        }
    }

    mutating func poll(_ reader: Int, now: Int64) -> [ConsumerEvent] {
        guard var client = clients[reader] else { return [] }
        client.lastPoll = now
        let events = client.events
        client.events = []
        clients[reader] = client
        if client.isSubscribed, members[reader] == nil, client.question == nil, client.fatal == nil {
            join(reader, now: now)
        }
        return events
    }

    mutating func touch(_ reader: Int, now: Int64) { clients[reader]?.lastPoll = now }

    mutating func answer(_ reader: Int, assigned partitions: some Collection<TopicPartition>, now: Int64) {
        guard var client = clients[reader] else { return }
        // What else a member reads is no business of the group's.
        let topics = client.topics
        let own = partitions.filter { topics.contains($0.topic) }
        if own.isEmpty, !partitions.isEmpty { return }
        client.owned.formUnion(own)
        client.question = nil
        let joinsAgain = client.joinsAgain
        client.joinsAgain = false
        clients[reader] = client
        if joinsAgain { trigger(now: now) }
    }

    mutating func answer(_ reader: Int, gaveUp partitions: [TopicPartition], now: Int64) {
        guard var client = clients[reader] else { return }
        client.owned.subtract(partitions)
        let wasAsked = client.question != nil
        client.question = nil
        if wasAsked, let following = client.following {
            client.following = nil
            client.ask(.assign, following)
        }
        let joinsAgain = client.joinsAgain && client.question == nil
        if joinsAgain { client.joinsAgain = false }
        clients[reader] = client
        if joinsAgain { trigger(now: now) }
    }

    mutating func commit(_ offsets: [TopicPartition: CommittedOffset]) {
        self.offsets.merge(offsets) { $1 }
        changes += 1
    }

    /// Forgets what was committed for a topic that is gone.
    mutating func forget(topic: String) { offsets = offsets.filter { $0.key.topic != topic } }

    /// Why positions of this member are refused; nil: they are taken.
    func refusal(_ reader: Int, generation: Int32) -> SimulatedError? {
        if clients[reader]?.fatal != nil { return .fencedInstanceID }
        if members[reader] == nil { return .unknownMemberID }
        return generation == self.generation ? nil : .illegalGeneration
    }

    // MARK: Joining and leaving

    private mutating func join(_ reader: Int, now: Int64) {
        guard let client = clients[reader] else { return }
        clients[reader]?.lastPoll = now
        guard let instance = client.membership.instanceID,
            let former = members.keys.first(where: { clients[$0]?.membership.instanceID == instance && $0 != reader })
        else {
            members[reader] = SimulatedMember()
            return trigger(now: now)
        }
        let share = members[former]?.share ?? []
        let keeps = clients[former]?.topics == client.topics
        fence(former)
        members[former] = nil
        members[reader] = SimulatedMember(share: share)
        guard rebalance == nil, keeps else { return trigger(now: now) }
        clients[reader]?.take(share, generation: generation)
    }

    /// Another member has its name.
    private mutating func fence(_ reader: Int) {
        changes += 1
        guard let client = clients[reader], client.isAlive else {
            clients[reader] = nil
            return
        }
        let error = SimulatedError.fencedInstanceID.during(
            "go on reading", "another consumer has this instance id", isFatal: true)
        clients[reader]?.lose()
        clients[reader]?.fatal = error
        clients[reader]?.events.insert(.error(error), at: 0)
    }

    private mutating func leave(_ reader: Int, now: Int64) {
        guard members.removeValue(forKey: reader) != nil else { return }
        trigger(now: now)
    }

    /// Takes a member out that does not answer.
    private mutating func expel(_ reader: Int, now: Int64) {
        leave(reader, now: now)
        if clients[reader]?.isAlive == true { clients[reader]?.lose() } else { clients[reader] = nil }
    }

    /// Members hear of it with their next heartbeats.
    private mutating func trigger(now: Int64) {
        changes += 1
        guard !members.isEmpty else {
            rebalance = nil
            generation += 1
            return
        }
        let others = members.keys.filter { clients[$0]?.generation ?? -1 >= 0 }
        let heartbeat = others.compactMap { clients[$0].map { $0.membership.sessionTimeoutMilliseconds / 3 } }.max()
        let delay = heartbeat.map { 1 +| Int64(random.below(Int(max(1, min(1000, $0))))) } ?? 3
        let limit = members.keys.compactMap { clients[$0]?.pollLimit }.max() ?? 0
        rebalance = Rebalance(
            due: now +| delay, deadline: rebalance?.deadline ?? now +| limit,
            hasRevoked: false)
    }

    // MARK: Time

    /// Does what is due.
    /// - Parameter partitions: how many the topics have.
    mutating func step(now: Int64, partitions: [String: Int]) {
        for (reader, member) in members.sorted(by: { $0.key < $1.key }) {
            if let end = member.sessionEnd, end <= now { expel(reader, now: now) }
            guard let client = clients[reader], client.isAlive, client.lastPoll +| client.pollLimit < now else {
                continue
            }
            let error = SimulatedError.maximumPollExceeded.during("take part in the group")
            leave(reader, now: now)
            clients[reader]?.lose()
            clients[reader]?.events.insert(.error(error), at: 0)
        }
        if rebalance == nil, !members.isEmpty, subscribed(partitions) != known { trigger(now: now) }
        guard let current = rebalance, current.due <= now else { return }
        if !current.hasRevoked { revokeAll() }
        var late = members.keys.filter { clients[$0]?.question != nil || clients[$0]?.isAlive == false }.sorted()
        if !late.isEmpty, now < current.deadline { return }
        for reader in late { expel(reader, now: now) }
        late = []
        complete(partitions)
    }

    /// When something is due next.
    var nextDeadline: Int64? {
        var deadlines = members.values.compactMap(\.sessionEnd)
        deadlines += members.keys.compactMap { reader in
            clients[reader].flatMap { $0.isAlive ? $0.lastPoll +| $0.pollLimit +| 1 : nil }
        }
        if let rebalance { deadlines += [rebalance.due, rebalance.deadline] }
        return deadlines.min()
    }

    /// Members that do not cooperate give everything up before they join.
    private mutating func revokeAll() {
        rebalance?.hasRevoked = true
        for reader in members.keys.sorted() {
            guard let client = clients[reader], client.isAlive, !client.isCooperative, client.question == nil,
                !client.owned.isEmpty
            else { continue }
            clients[reader]?.ask(.revoke, client.owned)
        }
    }

    private func subscribed(_ partitions: [String: Int]) -> [TopicPartition] {
        let topics = members.keys.reduce(into: Set<String>()) { $0.formUnion(clients[$1]?.topics ?? []) }
        return topics.sorted().flatMap { topic in
            (0..<(partitions[topic] ?? 0)).map { TopicPartition(topic, Int32($0)) }
        }
    }

    private mutating func complete(_ partitions: [String: Int]) {
        rebalance = nil
        changes += 1
        guard !members.isEmpty else { return }
        generation += 1
        known = subscribed(partitions)
        var claims: [Int: StickyAssignor.Claim] = [:]
        for reader in members.keys {
            guard let client = clients[reader] else { continue }
            claims[reader] = StickyAssignor.Claim(topics: client.topics, owned: client.owned)
        }
        let withholds = members.keys.allSatisfy { clients[$0]?.isCooperative == true }
        let shares = StickyAssignor.assign(known, claims, withholds: withholds)
        for reader in members.keys.sorted() {
            members[reader]?.share = shares[reader] ?? []
            clients[reader]?.take(shares[reader] ?? [], generation: generation)
        }
    }
}
