// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka

/// What this process has learnt of its group's commits, and which answers cannot be true behind that: committed offsets
/// only go forward.
///
///     committed     ── 10 ──────── 20 ── 30 ─────────────── 30 ──
///     told             10 (noted)           none             30 (believed)
///                                           └─ in doubt ─────┘
///
/// Kafka 4.3.1's coordinator gives such answers after a broker's restart, while it loads its groups for the second time
/// and takes the end of the first time for that of the second (docs/reliability.md).
struct GroupMemory: Sendable {
    /// For so long an answer that cannot be true is asked for again, in ns: a broker with fifty large partitions of
    /// offsets loads them for minutes.
    static let patience: UInt64 = 600_000_000_000
    /// The same for an answer that need not be wrong: nothing is committed, though there are records of the
    /// application.
    static let firstPatience: UInt64 = 5_000_000_000

    /// What became of a question.
    enum Verdict: Equatable {
        case believed
        /// To be asked again; for what reason.
        case doubted(String)
        /// It stays as it was.
        case refused(String)
    }

    /// Committed offsets, by partition: lower bounds.
    private(set) var offsets: [TopicPartition: Int64] = [:]
    private var doubtSince: UInt64?
    private var firstDoubtSince: UInt64?

    /// The group has committed, or says so and is believed.
    mutating func note(_ committed: [TopicPartition: Int64]) {
        doubtSince = nil
        offsets.merge(committed) { _, new in new }
    }

    /// The partition's log is another one: with the old one the broker has forgotten what was committed for it.
    mutating func forget(_ partition: TopicPartition) { offsets[partition] = nil }

    /// - Parameters:
    ///   - told: what the group is said to have committed for the partitions that were asked for.
    ///   - now: monotonic, in ns.
    mutating func judge(
        _ told: [TopicPartition: CommittedOffset], ofAsked partitions: [TopicPartition], now: UInt64
    ) -> Verdict {
        let behind = partitions.sorted().first { (told[$0]?.offset ?? -1) < (offsets[$0] ?? -1) }
        guard let behind, let known = offsets[behind] else { return .believed }
        let since = doubtSince ?? now
        doubtSince = since
        let answer = told[behind].map { "offset \($0.offset)" } ?? "nothing"
        let text = "the group is said to have committed \(answer) for \(behind), though it has committed \(known)"
        return now - since < GroupMemory.patience ? .doubted(text) : .refused(text)
    }

    /// Nothing is committed, for no partition, and nothing was known.
    /// - Parameter trace: a topic with records that only an application with commits should have.
    /// - Returns: never `refused`: the offsets may have been deleted, or the records may be of others.
    mutating func judgeBeginning(trace: String?, now: UInt64) -> Verdict {
        guard let trace else { return .believed }
        let since = firstDoubtSince ?? now
        firstDoubtSince = since
        if now - since >= GroupMemory.firstPatience { return .believed }
        return .doubted("the group is said to have committed nothing, though there are records in \(trace)")
    }
}
