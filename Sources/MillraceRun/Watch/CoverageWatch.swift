// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// Finds out that some partitions belong to no member of the group, and when to do something about it.
///
/// A cooperative group moves a partition in two steps: its owner gives it back and joins again, then it is given to
/// somebody else. When the owner dies between the two and comes back as a static member, the coordinator gives it what
/// it was to keep, and nobody takes the second step: the partition rests until something else makes the group share out
/// anew. So whoever joins looks, and leaves and joins again when it finds the same gap twice.
///
///     assigned ── 3 s ──► look ── gap ── 3 s ──► look ── same gap, same generation ──► join again
///                          └ no gap: done         └ no gap: done
struct CoverageWatch {
    enum Finding {
        /// Every partition has an owner.
        case complete
        /// The group shares out its partitions just now, or cannot be asked.
        case unsettled
        /// Partitions without an owner, in a group that is at rest.
        case gap
    }

    /// Between two looks, in ns. Giving a partition back may take as long as a commit.
    private static let interval: UInt64 = 3_000_000_000

    /// When to look next; nil: there is nothing to look for.
    private var next: UInt64?
    /// The generation in which the last look found a gap.
    private var gapGeneration: Int32?

    /// The group has given partitions, or said that there are none for now.
    mutating func noteAssigned(now: UInt64) {
        next = now +| CoverageWatch.interval
        gapGeneration = nil
    }

    /// Whether `isDue` can be true at all: saves asking the clock.
    var isWatching: Bool { next != nil }

    func isDue(now: UInt64) -> Bool { next.map { now >= $0 } ?? false }

    /// What a look has found.
    /// - Returns: whether to join the group again.
    mutating func note(_ finding: Finding, generation: Int32, now: UInt64) -> Bool {
        next = finding == .complete ? nil : now +| CoverageWatch.interval
        guard finding == .gap else {
            gapGeneration = nil
            return false
        }
        let isOld = gapGeneration == generation
        gapGeneration = isOld ? nil : generation
        return isOld
    }
}

extension CoverageWatch.Finding {
    init(_ group: GroupDescription, _ partitions: [TopicPartition]) {
        let owned = group.members.compactMap(\.partitions)
        if !group.isStable {
            self = .unsettled
        } else if owned.count < group.members.count {
            // What cannot be read may be anything.
            self = .complete
        } else {
            self = Set(partitions).isSubset(of: owned.joined()) ? .complete : .gap
        }
    }
}
