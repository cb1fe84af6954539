// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport
import Testing

@testable import MillraceRun

struct TaskLayoutTests {
    private func partitions(_ topic: String, _ count: Int32) -> [TopicPartition] {
        (0..<count).map { TopicPartition(topic, $0) }
    }

    @Test func theWidestTopicLeadsAndOfSeveralTheFirstByName() {
        #expect(TaskLayout(["b": 4, "a": 4, "c": 2], committed: []) == TaskLayout(lead: "a", width: 4))
        #expect(TaskLayout(["a": 2, "b": 3], committed: []) == TaskLayout(lead: "b", width: 3))
    }

    /// Processes that run already share by a topic of which something is committed.
    @Test func whatIsCommittedLeads() {
        #expect(TaskLayout(["new": 12, "old": 3], committed: ["old"]) == TaskLayout(lead: "old", width: 3))
    }

    @Test func aTaskIsTheSamePartitionOfEveryTopic() {
        let layout = TaskLayout(lead: "in", width: 4)
        let all = partitions("in", 4) + partitions("users", 2) + partitions("x", 4)
        #expect(
            layout.tasks([TopicPartition("in", 1), TopicPartition("in", 3)], among: all) == [
                TopicPartition("in", 1), TopicPartition("in", 3), TopicPartition("users", 1),
                TopicPartition("x", 1), TopicPartition("x", 3),
            ])
    }

    /// Each partition is in one task, however wide topics become.
    @Test func wideningTheLeadMovesNothing() {
        let before = TaskLayout(lead: "in", width: 3)
        for partition in partitions("users", 9) {
            let task = before.task(of: partition)
            #expect(task == partition.partition % 3)
            // The lead has six partitions by now: only a start of the application would share out anew.
            let owners = partitions("in", 6).filter { before.tasks([$0], among: [partition]).contains(partition) }
            #expect(owners == [TopicPartition("in", task)])
        }
    }

    @Test func membersThatShareDifferentlyAreRefused() {
        let layout = TaskLayout(lead: "in", width: 2)
        let same = GroupMember(clientID: "a", host: "h", partitions: [TopicPartition("in", 0)])
        let other = GroupMember(clientID: "b", host: "h", partitions: [TopicPartition("users", 0)])
        #expect(throws: Never.self) { try layout.check([same], application: "app") }
        #expect(throws: RunFailure.self) { try layout.check([same, other], application: "app") }
    }
}
