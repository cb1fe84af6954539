// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

// What groups commit, and who may.

private func committed(_ it: Conformance, _ places: [TopicPartition]) throws -> [TopicPartition: CommittedOffset] {
    try it.member().committed(places, timeoutMilliseconds: Conformance.timeout)
}

let offsetCases = [
    ConformanceCase("a group without commits has none") { it in
        let topic = try it.makeTopic()
        try it.equal(try committed(it, places(topic, 1)), [:], "offsets")
    },
    ConformanceCase("positions in a transaction hold with its commit, with their text") { it in
        let topic = try it.makeTopic(partitions: 2)
        let writer = try it.transactionalWriter()
        let (first, second) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
        func send(_ offsets: [OffsetToCommit]) throws {
            try writer.beginTransaction()
            try writer.sendOffsets(
                offsets, ofGroupWithoutMembers: "\(it.prefix)-g", timeoutMilliseconds: Conformance.timeout)
        }
        try send([
            OffsetToCommit(partition: first, offset: 5, metadata: "text"), OffsetToCommit(partition: second, offset: 0),
        ])
        try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        let expected = [
            first: CommittedOffset(offset: 5, metadata: "text"), second: CommittedOffset(offset: 0, metadata: ""),
        ]
        try it.equal(try committed(it, [first, second]), expected, "committed")
        try send([OffsetToCommit(partition: first, offset: 9, metadata: "no")])
        try writer.abortTransaction(timeoutMilliseconds: Conformance.timeout)
        try it.equal(try committed(it, [first, second]), expected, "after an abort")
    },
    ConformanceCase("whoever asks for positions waits for the open transaction that has some") { it in
        let topic = try it.makeTopic()
        let place = TopicPartition(topic, 0)
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        try writer.sendOffsets(
            [OffsetToCommit(partition: place, offset: 5)], ofGroupWithoutMembers: "\(it.prefix)-g",
            timeoutMilliseconds: Conformance.timeout)
        let member = try it.member()
        let error = try it.error("asking meanwhile") {
            _ = try member.committed([place], timeoutMilliseconds: 1000)
        }
        try it.equal(error.category, .unreachable, "\(error)")
        try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        try it.equal(
            try member.committed([place], timeoutMilliseconds: Conformance.timeout)[place]?.offset, 5, "afterwards")
    },
    ConformanceCase("a member commits within a transaction under its generation") { it in
        let topic = try it.makeTopic()
        let place = TopicPartition(topic, 0)
        let member = try it.member()
        let play = GroupPlay(it)
        try member.subscribe(topics: [topic])
        try play.settle([member], [1])
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        guard let group = member.groupMetadata() else { throw ConformanceFailure(description: "no metadata") }
        try writer.sendOffsets(
            [OffsetToCommit(partition: place, offset: 3)], group: group, timeoutMilliseconds: Conformance.timeout)
        try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        try it.equal(try committed(it, [place])[place]?.offset, 3, "committed")
    },
    ConformanceCase("a generation that is over is refused in a transaction, which must be aborted") { it in
        let topic = try it.makeTopic(partitions: 2)
        let place = TopicPartition(topic, 0)
        let (first, second) = (try it.member(), try it.member())
        let play = GroupPlay(it)
        try first.subscribe(topics: [topic])
        try play.settle([first], [2])
        guard let old = first.groupMetadata() else { throw ConformanceFailure(description: "no metadata") }
        try second.subscribe(topics: [topic])
        try play.settle([first, second], [1, 1])
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        let error = try it.error("the old generation") {
            try writer.sendOffsets(
                [OffsetToCommit(partition: place, offset: 3)], group: old, timeoutMilliseconds: Conformance.timeout)
        }
        try it.check(error.requiresAbort && error.isOfMembership && !error.isFatal, "\(error)")
        let commit = try it.error("the commit") {
            try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        }
        try it.check(commit.requiresAbort, "\(commit)")
        try writer.abortTransaction(timeoutMilliseconds: Conformance.timeout)
        try it.equal(try committed(it, [place]), [:], "committed")
    },
    ConformanceCase("who is no member commits nothing") { it in
        let topic = try it.makeTopic()
        let offsets = [OffsetToCommit(partition: TopicPartition(topic, 0), offset: 1)]
        let member = try it.member()
        let error = try it.error("the commit") {
            try member.commit(offsets, timeoutMilliseconds: Conformance.timeout)
        }
        try it.check(error.requiresAbort && error.isOfMembership, "\(error)")
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        guard let group = member.groupMetadata() else { throw ConformanceFailure(description: "no metadata") }
        let refused = try it.error("the offsets") {
            try writer.sendOffsets(offsets, group: group, timeoutMilliseconds: Conformance.timeout)
        }
        try it.check(refused.requiresAbort && refused.isOfMembership, "\(refused)")
    },
    ConformanceCase("a member commits outside of a transaction") { it in
        let topic = try it.makeTopic()
        let place = TopicPartition(topic, 0)
        let member = try it.member()
        let play = GroupPlay(it)
        try member.subscribe(topics: [topic])
        try play.settle([member], [1])
        try member.commit(
            [OffsetToCommit(partition: place, offset: 4, metadata: "m")], timeoutMilliseconds: Conformance.timeout)
        try it.equal(
            try committed(it, [place]), [place: CommittedOffset(offset: 4, metadata: "m")], "committed")
    },
    ConformanceCase("a member that has left is unknown to the group") { it in
        let topic = try it.makeTopic()
        let member = try it.member()
        let play = GroupPlay(it)
        try member.subscribe(topics: [topic])
        try play.settle([member], [1])
        guard let old = member.groupMetadata() else { throw ConformanceFailure(description: "no metadata") }
        member.close(timeoutMilliseconds: 5000)
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        let error = try it.error("the offsets") {
            try writer.sendOffsets(
                [OffsetToCommit(partition: TopicPartition(topic, 0), offset: 3)], group: old,
                timeoutMilliseconds: Conformance.timeout)
        }
        try it.check(error.requiresAbort && error.isOfMembership, "\(error)")
    },
    ConformanceCase("a group with members is not deleted; without them it goes with its offsets") { it in
        let topic = try it.makeTopic()
        let group = "\(it.prefix)-g"
        let member = try it.member()
        let play = GroupPlay(it)
        func delete() throws { try it.admin.deleteGroup(group, timeoutMilliseconds: Conformance.timeout) }
        try it.equal(try it.error("no group") { try delete() }.name, "GROUP_ID_NOT_FOUND", "no group")
        try member.subscribe(topics: [topic])
        try play.settle([member], [1])
        try member.commit(
            [OffsetToCommit(partition: TopicPartition(topic, 0), offset: 4)],
            timeoutMilliseconds: Conformance.timeout)
        try it.equal(try it.error("a group in use") { try delete() }.name, "NON_EMPTY_GROUP", "a group in use")
        member.close(timeoutMilliseconds: 5000)
        try it.wait("its end") {
            try it.admin.members(ofGroup: group, timeoutMilliseconds: Conformance.timeout).isEmpty
        }
        try delete()
        try it.equal(try committed(it, places(topic, 1)), [:], "offsets")
    },
]
