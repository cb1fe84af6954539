// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// What a reader knows of its membership: its half of the group's protocol, as the client library plays it.
struct SimulatedClient: Sendable {
    /// What has been told and is not answered yet: until then this member joins no rebalance.
    enum Question: Hashable, Sendable {
        case assign, revoke, lost
    }

    var membership: GroupMembership
    var clientID: String
    var topics: Set<String> = []
    /// −1: no member now.
    var generation: Int32 = -1
    /// What it was given and has answered for.
    var owned: Set<TopicPartition> = []
    var question: Question?
    /// What is given once what is taken has been answered for.
    var following: [TopicPartition]?
    /// Whether the answer is followed by another rebalance.
    var joinsAgain = false
    var isSubscribed = false
    /// Whether it still sends heartbeats.
    var isAlive = true
    var lastPoll: Int64
    var fatal: KafkaError?
    var events: [ConsumerEvent] = []

    init(_ membership: GroupMembership, clientID: String, now: Int64) {
        self.membership = membership
        self.clientID = clientID
        lastPoll = now
    }

    var isCooperative: Bool { membership.assignor == "cooperative-sticky" }
    var pollLimit: Int64 {
        Int64(max(membership.maximumPollIntervalMilliseconds, membership.sessionTimeoutMilliseconds))
    }

    mutating func ask(_ question: Question, _ partitions: some Collection<TopicPartition>) {
        self.question = question
        // In no particular order, as in librdkafka.
        let list = generation % 2 == 0 ? partitions.sorted(by: >) : partitions.sorted()
        switch question {
        case .assign: events.append(.assigned(list))
        case .revoke: events.append(.revoked(list))
        case .lost: events.append(.lost(list))
        }
    }

    /// What the group gives it now, told as steps: what goes, then what comes.
    mutating func take(_ share: Set<TopicPartition>, generation: Int32) {
        self.generation = generation
        let gone = owned.subtracting(share)
        let come = share.subtracting(owned)
        guard !gone.isEmpty else { return ask(.assign, come) }
        following = come.isEmpty ? nil : come.sorted()
        joinsAgain = true
        ask(.revoke, gone)
    }

    /// It is no member any more.
    mutating func lose() {
        generation = -1
        following = nil
        joinsAgain = false
        events.removeAll { if case .partitionError = $0 { false } else { true } }
        question = nil
        if !owned.isEmpty { ask(.lost, owned) }
    }
}

/// What the coordinator knows of a member.
struct SimulatedMember: Sendable {
    var share: Set<TopicPartition> = []
    /// When it is taken for dead unless a heartbeat comes; nil: heartbeats come.
    var sessionEnd: Int64?
}
