// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceReport

/// The answer to "where should I look": one sentence, the most pressing thing first.
package struct StatusSentence: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable {
        /// Nothing to do.
        case fine
        /// At work on something that takes its time, or as somebody has asked.
        case busy
        /// Somebody should look.
        case attention
        /// Results stand still.
        case trouble
    }

    package var severity: Severity
    package var text: String

    /// From this share of the records on, late or bad ones are worth the first place.
    private static let noticeableShare = 0.01
    /// A data plane that says nothing for so long, in seconds, is stuck in something.
    private static let silence = 5.0
    /// A lag that is older than this, in ms, is worth a word.
    private static let noticeableLag: Int64 = 5000
    private static let day: Int64 = 86_400_000

    init(_ severity: Severity, _ text: String) {
        self.severity = severity
        self.text = text
    }

    package static func of(_ view: StatusView) -> StatusSentence {
        standing(view) ?? onRequest(view) ?? spoiled(view) ?? ahead(view) ?? held(view) ?? waiting(view)
            ?? empty(view) ?? progress(view)
    }

    // MARK: results stand still

    private static func standing(_ view: StatusView) -> StatusSentence? {
        let seconds = NumberDisplay.seconds(view.activitySeconds)
        switch view.activity {
        case .waitingForBroker(let reason):
            return StatusSentence(.trouble, "Look at Kafka: a broker does not answer for \(seconds): \(reason)")
        case .committing where view.activitySeconds > silence:
            return StatusSentence(.trouble, "Look at Kafka: a commit is under way for \(seconds)")
        default: break
        }
        let state = view.snapshot.state
        guard view.ageSeconds > silence, state != .stopping, state != .starting else { return nil }
        return StatusSentence(
            .trouble,
            "The pipeline has not said anything for \(NumberDisplay.seconds(view.ageSeconds)): "
                + "look at its log")
    }

    private static func onRequest(_ view: StatusView) -> StatusSentence? {
        let since = NumberDisplay.seconds(Double(view.nowMilliseconds -| view.snapshot.stateSinceMilliseconds) / 1000)
        switch view.snapshot.state {
        case .paused:
            return StatusSentence(
                .attention,
                "Paused on request for \(since): \(records(view.snapshot.lag)) wait; resume goes on from there")
        case .draining:
            return StatusSentence(
                .busy, "Draining: \(records(view.snapshot.lag)) to the end of the log, then it stops")
        case .stopping: return StatusSentence(.busy, "Stopping: the last commit is on its way")
        default: return nil
        }
    }

    // MARK: data

    /// Much of the latest input does not reach the results.
    private static func spoiled(_ view: StatusView) -> StatusSentence? {
        let snapshot = view.snapshot
        // Of history it is known that it has late records; how far the backfill is says more.
        let limit = snapshot.state == .live ? noticeableShare : 10 * noticeableShare
        for account in snapshot.recentAccounts where account.read >= 100 {
            let count = max(account.bad, account.late)
            guard Double(count) / Double(account.read) >= limit else { continue }
            let worst: RejectionReport.Kind = account.bad >= account.late ? .bad : .late
            let sample = snapshot.rejections.filter { $0.query == account.query && $0.kind == worst }
                .max { $0.count < $1.count }
            let place = sample?.samples.first?.text
            let reason = worst == .bad ? sample.map { ": \($0.title)" } ?? "" : ""
            return StatusSentence(
                .attention,
                "\(percent(Double(count) / Double(account.read))) of the latest records of \(account.query) are "
                    + "\(worst.rawValue)\(reason)" + (place.map { ", for example \($0)" } ?? ""))
        }
        return nil
    }

    /// One record has carried time far ahead, and closed all windows before.
    private static func ahead(_ view: StatusView) -> StatusSentence? {
        guard view.snapshot.queries.contains(where: { $0.windows != nil }) else { return nil }
        for partition in view.snapshot.partitions {
            guard let watermark = partition.watermark, watermark > view.nowMilliseconds +| day else { continue }
            return StatusSentence(
                .attention,
                "\(partition.partition)@\(partition.watermarkOffset) has the event time "
                    + "\(TimeDisplay.short(watermark)), more than a day ahead of the clock: it closes all windows "
                    + "before it (see future.limit)")
        }
        return nil
    }

    /// Final results wait for one partition.
    private static func held(_ view: StatusView) -> StatusSentence? {
        guard view.snapshot.state == .live else { return nil }
        for query in view.snapshot.queries {
            guard let held = query.heldBy else { continue }
            let idle = view.snapshot.partitions.first { $0.partition == held.partition }?.idleMilliseconds
            let behind =
                held.behindMilliseconds.map { "its time is \(NumberDisplay.milliseconds($0)) behind" }
                ?? "it has no record yet"
            return StatusSentence(
                .attention,
                "Results of \(query.name) wait for \(held.partition): \(behind)"
                    + (idle.map { ", no record for \(NumberDisplay.milliseconds($0))" } ?? ""))
        }
        return nil
    }

    /// All is read, and final results wait for a record that moves time on: in the worst case for ever.
    private static func waiting(_ view: StatusView) -> StatusSentence? {
        let snapshot = view.snapshot
        let idle = snapshot.partitions.compactMap(\.idleMilliseconds)
        guard snapshot.state == .live, snapshot.lag == 0, idle.count == snapshot.partitions.count,
            let shortest = idle.min()
        else { return nil }
        for query in snapshot.queries where query.clauses.contains(QueryStatus.emitFinal) {
            guard let windows = WaitingWindows(query.windows, groups: query.entries, emitsFinal: true) else { continue }
            // As long as the next record may come in time, all is as it should be.
            let time = snapshot.partitions.compactMap(\.watermark).max()
            let isOverdue =
                windows.closing.flatMap { closing in
                    time.map { shortest >= closing.subtractingReportingOverflow($0).partialValue }
                } ?? true
            return StatusSentence(
                isOverdue ? .attention : .fine,
                "Caught up, but of \(query.name) \(windows.text); none has come for "
                    + NumberDisplay.milliseconds(shortest))
        }
        return nil
    }

    /// Live, and nothing of what was read counts.
    private static func empty(_ view: StatusView) -> StatusSentence? {
        guard view.snapshot.state == .live, let note = view.snapshot.notes.first else { return nil }
        return StatusSentence(.attention, note.text)
    }

    // MARK: on the way

    private static func progress(_ view: StatusView) -> StatusSentence {
        let snapshot = view.snapshot
        switch snapshot.state {
        case .starting: return StatusSentence(.busy, "Starting: topics and producers are being prepared")
        case .joining: return StatusSentence(.busy, "Joining the group \(view.identity.application)")
        case .standby:
            return StatusSentence(
                .fine, "Standing by: other processes of \(view.identity.application) have all the partitions")
        case .restoring:
            return StatusSentence(.busy, "Restoring: the log is read again for the state, silently")
        case .backfill:
            let backfill = snapshot.backfill ?? BackfillStatus(done: 0, total: 0)
            let left = backfill.secondsLeft.map { ", \(NumberDisplay.seconds($0)) left" } ?? ""
            return StatusSentence(
                .busy, "Backfill at \(percent(backfill.progress))\(left); \(limit(snapshot))")
        default: return live(view)
        }
    }

    private static func live(_ view: StatusView) -> StatusSentence {
        let snapshot = view.snapshot
        let slowest = snapshot.partitions.map(\.lagMilliseconds).max() ?? 0
        guard snapshot.lag > 0, slowest > noticeableLag else {
            let commit = snapshot.commits.lastMilliseconds.map {
                ", last commit \(NumberDisplay.milliseconds(max(view.nowMilliseconds -| $0, 0))) ago"
            }
            let place = snapshot.lag == 0 ? "Caught up" : "Keeping up: \(records(snapshot.lag)) on the way"
            return StatusSentence(.fine, place + (commit ?? ""))
        }
        return StatusSentence(
            .attention,
            "Behind by \(records(snapshot.lag)), \(NumberDisplay.milliseconds(slowest)); \(limit(snapshot))")
    }

    /// What sets the pace.
    private static func limit(_ snapshot: StatusSnapshot) -> String {
        let load = snapshot.load
        if load.blocked >= 0.5 {
            return "waiting for Kafka to take results and commits takes \(percent(load.blocked)) of the time"
        }
        if load.busy >= 0.7 { return "computing takes \(percent(load.busy)) of the busiest thread's time" }
        return "the records come no faster: computing takes only \(percent(load.busy)) of the time"
    }

    private static func records(_ count: Int64) -> String {
        "\(NumberDisplay.count(count)) \(count == 1 ? "record" : "records")"
    }

    private static func percent(_ share: Double) -> String { NumberDisplay.percent(share) }
}
