// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// Since when something has been doubted, over answers that come one soon after the other.
struct Doubt: Sendable {
    static let longestGap: UInt64 = 15_000_000_000

    private let longestGap: UInt64
    private var since: UInt64?
    private var last: UInt64 = 0

    /// - Parameter longestGap: behind a longer time without an answer the doubt begins anew, in ns.
    init(longestGap: UInt64 = Doubt.longestGap) { self.longestGap = longestGap }

    /// Another such answer.
    /// - Parameters:
    ///   - now: monotonic, in ns.
    ///   - patience: in ns.
    /// - Returns: whether it has been so for as long as that.
    mutating func note(now: UInt64, patience: UInt64) -> Bool {
        if since == nil || now -| last > longestGap { since = now }
        last = now
        return now -| (since ?? now) >= patience
    }
}

/// What this process has learnt of its group's commits, and which answers cannot be true behind that: within one log
/// committed offsets only go forward.
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

    /// Committed records that only an application with commits should have.
    struct Trace: Equatable, Sendable {
        /// A topic of the results, where others may write, too; nil: all are empty.
        var results: String?
        /// A changelog or an exchange of this application; nil: all are empty.
        var state: String?

        /// Nil where there is neither.
        init?(results: String?, state: String?) {
            if results == nil, state == nil { return nil }
            self.results = results
            self.state = state
        }

        /// Where the records are.
        var topic: String { state ?? results ?? "" }

        /// For so long it is asked again whether really nothing is committed, in ns. The offsets may have been deleted
        /// on purpose.
        var patience: UInt64 { state == nil ? 5_000_000_000 : 60_000_000_000 }
    }

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
    private var doubt = Doubt()
    private var firstDoubt = Doubt()

    /// The group has committed, or says so and is believed.
    mutating func note(_ committed: [TopicPartition: Int64]) {
        doubt = Doubt()
        offsets.merge(committed) { _, new in new }
    }

    /// The partition's log is another one: with the old one the broker has forgotten what was committed for it.
    mutating func forget(_ partition: TopicPartition) { offsets[partition] = nil }

    /// The first partition for which less is told than is known.
    func firstBehind(
        _ told: [TopicPartition: CommittedOffset], ofAsked partitions: [TopicPartition]
    ) -> TopicPartition? {
        partitions.sorted().first { (told[$0]?.offset ?? -1) < (offsets[$0] ?? -1) }
    }

    /// - Parameters:
    ///   - told: what the group is said to have committed for the partitions that were asked for.
    ///   - now: monotonic, in ns.
    mutating func judge(
        _ told: [TopicPartition: CommittedOffset], ofAsked partitions: [TopicPartition], now: UInt64
    ) -> Verdict {
        guard let behind = firstBehind(told, ofAsked: partitions), let known = offsets[behind] else { return .believed }
        let answer = told[behind].map { "offset \($0.offset)" } ?? "nothing"
        let text = "the group is said to have committed \(answer) for \(behind), though it has committed \(known)"
        return doubt.note(now: now, patience: GroupMemory.patience) ? .refused(text) : .doubted(text)
    }

    /// Nothing is committed, for no partition, and nothing was known.
    /// - Returns: never `refused`: the offsets may have been deleted, or the records may be of others.
    /// - Parameter patience: for how long it is doubted, in ns; nil: for as long as the trace deserves.
    mutating func judgeBeginning(_ trace: Trace?, patience: UInt64? = nil, now: UInt64) -> Verdict {
        guard let trace, !firstDoubt.note(now: now, patience: patience ?? trace.patience) else { return .believed }
        return .doubted("the group is said to have committed nothing, though there are records in \(trace.topic)")
    }
}
