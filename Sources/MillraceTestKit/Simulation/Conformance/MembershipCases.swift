// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

// Members that keep their names, and what needs a group.

let membershipCases = [
    ConformanceCase("a static member that comes back in time finds its partitions, in the same generation") { it in
        let topic = try it.makeTopic(partitions: 4)
        let (first, second) = (
            try it.member(instance: "1", session: 20_000), try it.member(instance: "2", session: 20_000)
        )
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try second.subscribe(topics: [topic])
        try play.settle([first, second], [2, 2])
        let share = first.assignment
        let generation = second.groupMetadata()?.generation
        first.close(timeoutMilliseconds: 5000)
        let successor = try it.member(instance: "1", session: 20_000)
        try successor.subscribe(topics: [topic])
        try play.settle([successor, second], [2, 2])
        try it.equal(successor.assignment, share, "the share")
        try it.equal(second.groupMetadata()?.generation, generation, "the generation")
        try it.equal(successor.groupMetadata()?.generation, generation, "the successor's generation")
    },
    ConformanceCase("a member reads partitions of topics that it has not subscribed to beside its own") { it in
        let (topic, other) = (try it.makeTopic(partitions: 2), try it.makeTopic("u", partitions: 2))
        let (first, second) = (try it.member(instance: "1"), try it.member(instance: "2"))
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try play.settle([first], [2])
        let followers = [0, 1].map { TopicPartition(other, $0) }
        try first.incrementalAssign(positions: Dictionary(uniqueKeysWithValues: followers.map { ($0, 0) }))
        try it.equal(first.assignment.count, 4, "all that it reads")
        // The group shares out what was subscribed to, and says nothing of the rest.
        try second.subscribe(topics: [topic])
        try play.run([first, second], "a share each") {
            first.assignment.filter { $0.topic == topic }.count == 1 && second.assignment.count == 1
        }
        try it.equal(first.assignment.filter { $0.topic == other }, followers, "the others")
        try first.incrementalUnassign([followers[1]])
        try it.equal(first.assignment.filter { $0.topic == other }, [followers[0]], "what is left of the others")
        try first.commit(
            [OffsetToCommit(partition: followers[0], offset: 7, metadata: "m")],
            timeoutMilliseconds: Conformance.timeout)
        let committed = try second.committed(followers, timeoutMilliseconds: Conformance.timeout)
        try it.equal(committed[followers[0]]?.offset, 7, "what is committed of them")
    },
    ConformanceCase("a static member that stays away keeps its partitions for its session timeout") { it in
        let topic = try it.makeTopic(partitions: 2)
        let (first, second) = (try it.member(instance: "1"), try it.member(instance: "2"))
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try second.subscribe(topics: [topic])
        try play.settle([first, second], [1, 1])
        let start = it.cluster.time.monotonicNanoseconds()
        first.close(timeoutMilliseconds: 5000)
        try it.equal(
            try second.describeGroup(timeoutMilliseconds: Conformance.timeout).members.count, 2, "members")
        try play.settle([second], [2])
        try it.check(it.cluster.time.hasPassed(milliseconds: 3000, since: start), "it was replaced too early")
    },
    ConformanceCase("a static member's name taken by another one ends it for good") { it in
        let topic = try it.makeTopic(partitions: 2)
        let first = try it.member(instance: "1")
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try play.settle([first], [2])
        let second = try it.member(instance: "1")
        try second.subscribe(topics: [topic])
        try play.run([second, first], "the end of the first") { first.fatalError != nil }
        try it.check(first.fatalError?.isFenced == true, "\(first.fatalError as Any)")
        try play.settle([second], [2])
    },
    ConformanceCase("a static member that unsubscribes leaves at once") { it in
        let topic = try it.makeTopic(partitions: 2)
        let (first, second) = (
            try it.member(instance: "1", session: 60_000), try it.member(instance: "2", session: 60_000)
        )
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try second.subscribe(topics: [topic])
        try play.settle([first, second], [1, 1])
        let start = it.cluster.time.monotonicNanoseconds()
        try first.unsubscribe()
        try play.run([first, second], "everything") { second.assignment.count == 2 }
        try it.check(!it.cluster.time.hasPassed(milliseconds: 30_000, since: start), "it kept its share")
    },
    ConformanceCase("a member that does not poll loses its partitions, and joins again when it does") { it in
        let topic = try it.makeTopic(partitions: 2)
        let (idle, other) = (try it.member(pollLimit: 6000), try it.member())
        let play = GroupPlay(it)
        try idle.subscribe(topics: [topic])
        try other.subscribe(topics: [topic])
        try play.settle([idle, other], [1, 1])
        let share = idle.assignment
        try play.run([other], "everything") { other.assignment.count == 2 }
        try it.equal(idle.assignment, share, "what it believes to have")
        try play.run([idle, other], "the loss") { play.told(idle).contains(.lost(share)) }
        let names = play.told(idle).compactMap { if case .error(let error) = $0 { error.name } else { nil } }
        try it.equal(names, ["_MAX_POLL_EXCEEDED"], "errors")
        try it.check(idle.fatalError == nil, "it has ended")
        try play.settle([idle, other], [1, 1])
    },
    ConformanceCase("what needs a group is refused without one") { it in
        let reader = try it.reader()
        let place = TopicPartition("\(it.prefix)-t", 0)
        try it.check(reader.groupMetadata() == nil, "a reader without a group has metadata")
        for error in [
            try it.error("subscribe") { try reader.subscribe(topics: ["t"]) },
            try it.error("committed") { _ = try reader.committed([place], timeoutMilliseconds: 1000) },
            try it.error("describe") { _ = try reader.describeGroup(timeoutMilliseconds: 1000) },
        ] {
            try it.equal(error.category, .configuration, "\(error)")
        }
    },
    ConformanceCase("a group of which nobody has heard has no members") { it in
        try it.equal(
            try it.admin.members(ofGroup: "\(it.prefix)-none", timeoutMilliseconds: Conformance.timeout), [],
            "members")
    },
    ConformanceCase("one poll waits for its timeout when nothing happens") { it in
        let topic = try it.makeTopic()
        let reader = try it.reader()
        try reader.assign(positions: [TopicPartition(topic, 0): 0])
        _ = try it.readToEnd(reader)
        let start = it.cluster.time.monotonicNanoseconds()
        try it.equal(try reader.drain(timeoutMilliseconds: 300, maximumRecords: 10), 0, "records")
        try it.check(it.cluster.time.hasPassed(milliseconds: 290, since: start), "the drain did not wait")
        let middle = it.cluster.time.monotonicNanoseconds()
        try it.equal(reader.poll(timeoutMilliseconds: 300), [], "events")
        try it.check(it.cluster.time.hasPassed(milliseconds: 290, since: middle), "the poll did not wait")
    },
]
