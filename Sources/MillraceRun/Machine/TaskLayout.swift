// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// How a group shares out what a program reads: by tasks. The group knows the partitions of one topic only, the lead;
/// who has partition k of it has task k, which is partition k of every other input and of the exchanges, too. What
/// belongs together is always in one process.
///
///     lead         orders/0   orders/1   orders/2   orders/3
///     followers    users/0    users/1
///                  x/0        x/1        x/2        x/3
///                  task 0     task 1     task 2     task 3
///
/// A topic that is wider than the lead was when the application began goes round. That width stays what it was: who
/// hears sooner than others that the lead has been widened must not share out differently.
struct TaskLayout: Hashable, Sendable {
    /// The topic that the group subscribes to.
    let lead: String
    /// How many partitions it had when the application began.
    let width: Int32

    init(lead: String, width: Int32) {
        self.lead = lead
        self.width = max(width, 1)
    }

    /// The lead is the widest topic of the input as the application began; of several the first by name.
    /// - Parameters:
    ///   - widths: how many partitions each input topic had then.
    ///   - committed: topics of which something is committed. Those that came later lead only where there is no other:
    ///     processes that run already share by one of these.
    init(_ widths: [String: Int32], committed: Set<String>) {
        let old = widths.filter { committed.contains($0.key) }
        let lead = (old.isEmpty ? widths : old).min { ($1.value, $0.key) < ($0.value, $1.key) }
        self.init(lead: lead?.key ?? "", width: lead?.value ?? 1)
    }

    func task(of partition: TopicPartition) -> Int32 {
        partition.topic == lead ? partition.partition : partition.partition % width
    }

    /// What goes with partitions of the lead, those included; in order.
    func tasks(_ leads: [TopicPartition], among all: some Sequence<TopicPartition>) -> [TopicPartition] {
        let numbers = Set(leads.filter { $0.topic == lead }.map(\.partition))
        let followers = all.filter { $0.topic != lead && numbers.contains(task(of: $0)) }
        return (Set(leads).union(followers)).sorted()
    }

    /// - Throws: `RunFailure` where a member of the group shares out the input by another topic: two processes might
    ///   read the same partition then.
    func check(_ members: [GroupMember], application: String) throws(RunFailure) {
        for member in members {
            guard let other = member.partitions?.first(where: { $0.topic != lead }) else { continue }
            throw RunFailure(
                .configuration, .otherProgram,
                "\(member.clientID) on \(member.host) runs as \(application), too, and shares the input by the "
                    + "partitions of \(other.topic), not of \(lead)",
                hint: "it runs another program, or another version of Millrace: stop all processes of "
                    + "\(application), then start them again")
        }
    }
}
