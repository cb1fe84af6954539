// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// Members of a group, each of which answers what the group tells it.
final class GroupPlay {
    let it: Conformance
    private var events: [ObjectIdentifier: [ConsumerEvent]] = [:]

    init(_ it: Conformance) { self.it = it }

    /// Polls them in turn until this holds.
    func run(_ members: [any GroupReader], _ what: String, until holds: () throws -> Bool) throws {
        try it.wait(what, milliseconds: 60_000) {
            for member in members {
                for event in member.poll(timeoutMilliseconds: 50) {
                    events[ObjectIdentifier(member), default: []].append(event)
                    try answer(event, member)
                }
            }
            return try holds()
        }
    }

    func answer(_ event: ConsumerEvent, _ member: any GroupReader) throws {
        switch event {
        case .assigned(let places):
            try member.incrementalAssign(positions: Dictionary(uniqueKeysWithValues: places.map { ($0, 0) }))
        case .revoked(let places), .lost(let places): try member.incrementalUnassign(places)
        case .partitionError, .error: break
        }
    }

    /// What it was told, the partitions in order.
    func told(_ member: any GroupReader) -> [ConsumerEvent] {
        (events[ObjectIdentifier(member)] ?? []).map { event in
            switch event {
            case .assigned(let places): .assigned(places.sorted())
            case .revoked(let places): .revoked(places.sorted())
            case .lost(let places): .lost(places.sorted())
            case .partitionError, .error: event
            }
        }
    }

    /// Polls them until the group is stable and each has so many partitions.
    func settle(_ members: [any GroupReader], _ counts: [Int]) throws {
        try run(members, "shares of \(counts)") {
            guard members.map(\.assignment.count) == counts else { return false }
            return try members[0].describeGroup(timeoutMilliseconds: Conformance.timeout).isStable
        }
    }
}

func places(_ topic: String, _ count: Int32) -> [TopicPartition] { (0..<count).map { TopicPartition(topic, $0) } }

let groupCases = [
    ConformanceCase("a member alone is given everything") { it in
        let topic = try it.makeTopic(partitions: 3)
        let member = try it.member()
        let play = GroupPlay(it)
        try it.equal(member.groupMetadata()?.generation, -1, "the generation before")
        try member.subscribe(topics: [topic])
        try play.settle([member], [3])
        try it.equal(play.told(member), [.assigned(places(topic, 3))], "events")
        try it.check((member.groupMetadata()?.generation ?? -1) >= 1, "the generation")
        let group = try member.describeGroup(timeoutMilliseconds: Conformance.timeout)
        try it.equal(group.members.map { $0.partitions ?? [] }, [places(topic, 3)], "the group")
        try it.equal(
            try it.admin.members(ofGroup: "\(it.prefix)-g", timeoutMilliseconds: Conformance.timeout), group.members,
            "members")
    },
    ConformanceCase("a second member gets half, without the first one giving everything up") { it in
        let topic = try it.makeTopic(partitions: 4)
        let (first, second) = (try it.member(), try it.member())
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try play.settle([first], [4])
        let generation = first.groupMetadata()?.generation ?? -1
        try second.subscribe(topics: [topic])
        try play.settle([first, second], [2, 2])
        try it.equal((first.assignment + second.assignment).sorted(), places(topic, 4), "shares")
        var revoked: [TopicPartition] = []
        for case .revoked(let gone) in play.told(first) { revoked += gone }
        try it.equal(revoked.sorted(), second.assignment, "what the first gave up")
        try it.check((first.groupMetadata()?.generation ?? -1) > generation, "the generation has not grown")
        try it.equal(
            first.groupMetadata()?.generation, second.groupMetadata()?.generation, "the generations of both")
    },
    ConformanceCase("a partition is given on only once it has been given up") { it in
        let topic = try it.makeTopic(partitions: 2)
        let (first, second) = (try it.member(), try it.member())
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try play.settle([first], [2])
        try second.subscribe(topics: [topic])
        var revocation: ConsumerEvent?
        try it.wait("the revocation") {
            for event in first.poll(timeoutMilliseconds: 50) {
                if case .revoked = event { revocation = event } else { try play.answer(event, first) }
            }
            for event in second.poll(timeoutMilliseconds: 50) { try play.answer(event, second) }
            return revocation != nil
        }
        for _ in 0..<20 {
            for event in second.poll(timeoutMilliseconds: 50) { try play.answer(event, second) }
            for event in first.poll(timeoutMilliseconds: 50) { try play.answer(event, first) }
        }
        try it.equal(second.assignment, [], "what the second has while the first has not answered")
        try it.equal(first.assignment.count, 2, "what the first has")
        if let revocation { try play.answer(revocation, first) }
        try play.settle([first, second], [1, 1])
    },
    ConformanceCase("what a member leaves goes to the others at once") { it in
        let topic = try it.makeTopic(partitions: 4)
        let (first, second) = (try it.member(), try it.member())
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try second.subscribe(topics: [topic])
        try play.settle([first, second], [2, 2])
        first.close(timeoutMilliseconds: 5000)
        try play.settle([second], [4])
        let group = try second.describeGroup(timeoutMilliseconds: Conformance.timeout)
        try it.equal(group.members.count, 1, "members")
    },
    ConformanceCase("unsubscribing gives everything back, subscribing joins again") { it in
        let topic = try it.makeTopic(partitions: 2)
        let member = try it.member()
        let play = GroupPlay(it)
        try member.subscribe(topics: [topic])
        try play.settle([member], [2])
        try member.unsubscribe()
        try play.run([member], "the end of its share") { member.assignment.isEmpty }
        try it.equal(play.told(member).last, .revoked(places(topic, 2)), "the last event")
        try it.wait("the group without members") {
            _ = member.poll(timeoutMilliseconds: 50)
            return try it.admin.members(ofGroup: "\(it.prefix)-g", timeoutMilliseconds: Conformance.timeout).isEmpty
        }
        let error = try it.error("a commit from outside") {
            try member.commit(
                [OffsetToCommit(partition: TopicPartition(topic, 0), offset: 1)],
                timeoutMilliseconds: Conformance.timeout)
        }
        try it.check(error.isOfMembership && error.requiresAbort, "\(error)")
        try member.subscribe(topics: [topic])
        try play.settle([member], [2])
    },
    ConformanceCase("a member that is too many has nothing, and is told so") { it in
        let topic = try it.makeTopic(partitions: 1)
        let (first, second) = (try it.member(), try it.member())
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try play.settle([first], [1])
        try second.subscribe(topics: [topic])
        try play.run([first, second], "an answer") { play.told(second).contains(.assigned([])) }
        try it.equal([first.assignment.count, second.assignment.count], [1, 0], "shares")
    },
    ConformanceCase("partitions that a topic gets are shared out") { it in
        let topic = try it.makeTopic(partitions: 1)
        let member = try it.member()
        let play = GroupPlay(it)
        try member.subscribe(topics: [topic])
        try play.settle([member], [1])
        _ = try it.admin.addPartitions(to: topic, total: 3, timeoutMilliseconds: Conformance.timeout)
        try play.settle([member], [3])
        try it.equal(
            play.told(member).filter { $0 != .assigned([]) },
            [.assigned(places(topic, 1)), .assigned([TopicPartition(topic, 1), TopicPartition(topic, 2)])], "events")
    },
    ConformanceCase("members of the range assignor give everything up before they share") { it in
        let topic = try it.makeTopic(partitions: 2)
        let (first, second) = (try it.member(assignor: "range"), try it.member(assignor: "range"))
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try play.settle([first], [2])
        try second.subscribe(topics: [topic])
        try play.settle([first, second], [1, 1])
        try it.check(play.told(first).contains(.revoked(places(topic, 2))), "\(play.told(first))")
    },
    ConformanceCase("records of a group's partitions are read, from where the answer says") { it in
        let topic = try it.makeTopic(partitions: 2)
        try it.write(["a", "b"], to: topic)
        let member = try it.member()
        try member.subscribe(topics: [topic])
        try it.wait("the assignment") {
            for case .assigned(let places) in member.poll(timeoutMilliseconds: 50) {
                try member.incrementalAssign(
                    positions: Dictionary(uniqueKeysWithValues: places.map { ($0, $0.partition == 0 ? 1 : 0) }))
            }
            return member.assignment.count == 2
        }
        try it.equal(try it.readToEnd(member), ["b@1"], "records")
        try member.rewind(positions: [TopicPartition(topic, 0): 0])
        try it.equal(try it.readToEnd(member), ["a@0", "b@1"], "records after the rewind")
    },
]
