// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceReport

/// The status for programs, version 1: `docs/status.md` describes it. Members may be added; none changes its meaning or
/// goes away while the version stays.
package enum StatusJSON {
    package static let version = 1

    /// The whole status, as `/api/v1/status` answers it.
    package static func text(_ view: StatusView) -> String { JSONPieces.object(run(view) + current(view)) }

    /// What changes, as an event of `/api/v1/events` carries it: the same without `settings` and `plan`.
    package static func event(_ view: StatusView) -> String {
        JSONPieces.object(run(view).filter { $0.name != "settings" && $0.name != "plan" } + current(view))
    }

    private typealias Members = [(name: String, value: String)]

    private static func run(_ view: StatusView) -> Members {
        let identity = view.identity
        return [
            ("version", "\(version)"), ("application", JSONPieces.string(identity.application)),
            ("instance", JSONPieces.string(identity.instance)), ("millrace", JSONPieces.string(identity.version)),
            ("librdkafka", JSONPieces.string(identity.libraryVersion)),
            ("brokers", JSONPieces.string(identity.brokers)), ("startedAt", time(identity.startedMilliseconds)),
            (
                "settings",
                JSONPieces.object(identity.settings.map { ($0.name, JSONPieces.string($0.value)) })
            ),
            ("plan", JSONPieces.string(identity.plan)),
        ]
    }

    private static func current(_ view: StatusView) -> Members {
        let snapshot = view.snapshot
        let sentence = StatusSentence.of(view)
        return [
            ("now", time(view.nowMilliseconds)), ("takenAt", time(snapshot.takenMilliseconds)),
            ("ageSeconds", JSONPieces.number(view.ageSeconds)), ("state", JSONPieces.string(snapshot.state.rawValue)),
            ("stateSince", time(snapshot.stateSinceMilliseconds)),
            (
                "summary",
                JSONPieces.object([
                    ("severity", JSONPieces.string(sentence.severity.rawValue)),
                    ("text", JSONPieces.string(sentence.text)),
                ])
            ),
            ("activity", activity(view)), ("lag", "\(snapshot.lag)"), ("R", JSONPieces.number(snapshot.rate)),
            ("load", load(snapshot.load)), ("backfill", backfill(snapshot.backfill)),
            ("stages", JSONPieces.array(snapshot.stages.map(stage))),
            ("queries", JSONPieces.array(snapshot.queries.map(query))),
            ("partitions", JSONPieces.array(snapshot.partitions.map(partition))),
            ("accounts", JSONPieces.array(snapshot.accounts.map(account))),
            ("rejections", JSONPieces.array(snapshot.rejections.map(rejection))),
            ("failures", JSONPieces.array(snapshot.failures.map(failure))),
            ("misplacedKeys", JSONPieces.array(snapshot.keys.map(misplacedKeys))),
            ("notes", JSONPieces.array(snapshot.notes.map(\.json))),
            ("cluster", JSONPieces.string(snapshot.cluster)), ("commits", commits(snapshot.commits)),
            ("rebalances", "\(snapshot.rebalances)"),
            ("bytesRead", "\(snapshot.bytesRead)"), ("history", history(snapshot.history)),
            ("notes", JSONPieces.array(view.notes.map(note))),
        ]
    }

    private static func time(_ milliseconds: Int64?) -> String {
        JSONPieces.string(milliseconds.map { TimeDisplay.timestamp($0) })
    }

    private static func activity(_ view: StatusView) -> String {
        var reason: String?
        let name: String
        switch view.activity {
        case .working: name = "working"
        case .committing: name = "committing"
        case .waitingForBroker(let text):
            name = "waiting for a broker"
            reason = text
        }
        return JSONPieces.object([
            ("name", JSONPieces.string(name)), ("reason", JSONPieces.string(reason)),
            ("seconds", JSONPieces.number(view.activitySeconds)),
        ])
    }

    private static func load(_ load: LoadStatus) -> String {
        JSONPieces.object([
            ("busy", JSONPieces.number(load.busy)), ("blocked", JSONPieces.number(load.blocked)),
            ("threads", "\(load.threads)"),
            (
                "totals",
                JSONPieces.array(
                    load.totals.map { total in
                        JSONPieces.object([
                            ("mode", JSONPieces.string(total.mode)),
                            ("busySeconds", JSONPieces.number(total.busySeconds)),
                            ("blockedSeconds", JSONPieces.number(total.blockedSeconds)),
                            ("idleSeconds", JSONPieces.number(total.idleSeconds)),
                        ])
                    })
            ),
        ])
    }

    private static func backfill(_ backfill: BackfillStatus?) -> String {
        guard let backfill else { return "null" }
        return JSONPieces.object([
            ("done", "\(backfill.done)"), ("total", "\(backfill.total)"),
            ("progress", JSONPieces.number(backfill.progress)),
            ("secondsLeft", JSONPieces.number(backfill.secondsLeft)),
            ("handOverAt", time(backfill.handOverMilliseconds)),
        ])
    }

    private static func stage(_ stage: StageStatus) -> String {
        let report = stage.report
        return JSONPieces.object([
            ("query", JSONPieces.string(report.query)), ("mode", JSONPieces.string(report.mode.rawValue)),
            ("isRunning", "\(stage.isRunning)"),
            ("slices", JSONPieces.array(report.slices.map(slice))), ("records", "\(report.records)"),
            ("rows", "\(report.rows)"), ("P", JSONPieces.number(report.yield)), ("S", JSONPieces.number(report.speed)),
            ("recentS", JSONPieces.number(stage.recentSpeed)),
            ("recentRowsPerSecond", JSONPieces.number(stage.recentRows)),
            ("elapsedMs", JSONPieces.number(report.elapsedMilliseconds)),
        ])
    }

    private static func slice(_ slice: StageReport.Slice) -> String {
        JSONPieces.object([
            ("topic", JSONPieces.string(slice.topic)), ("partition", "\(slice.partition)"), ("from", "\(slice.from)"),
            ("to", "\(slice.to)"),
        ])
    }

    private static func query(_ query: QueryStatus) -> String {
        JSONPieces.object([
            ("name", JSONPieces.string(query.name)), ("input", JSONPieces.string(query.input)),
            ("upstream", JSONPieces.string(query.upstream)), ("output", JSONPieces.string(query.output)),
            ("clauses", JSONPieces.array(query.clauses.map { JSONPieces.string($0) })), ("rows", "\(query.rows)"),
            ("entries", "\(query.entries)"), ("bytes", "\(query.bytes)"), ("windows", windows(query.windows)),
            (
                "heldBy",
                query.heldBy.map {
                    JSONPieces.object([
                        ("topic", JSONPieces.string($0.partition.topic)), ("partition", "\($0.partition.partition)"),
                        ("behindMs", JSONPieces.number($0.behindMilliseconds)),
                    ])
                } ?? "null"
            ),
            ("recentResults", JSONPieces.array(query.recentResults.map(result))),
        ])
    }

    private static func windows(_ windows: OpenWindows?) -> String {
        guard let windows else { return "null" }
        return JSONPieces.object([
            ("open", "\(windows.count)"),
            (
                "next",
                JSONPieces.array(
                    windows.next.map { window in
                        JSONPieces.object([
                            ("start", time(window.start)), ("end", time(window.end)),
                            ("closesAt", time(window.closing)), ("entries", "\(window.entries)"),
                        ])
                    })
            ),
        ])
    }

    private static func result(_ result: RecentResult) -> String {
        JSONPieces.object([
            ("key", JSONPieces.string(result.key)), ("windowStart", time(result.windowStart)),
            ("windowEnd", time(result.windowEnd)), ("isDeleted", "\(result.isDeleted)"),
            // As texts: a value may be cut, and then it is no JSON any more.
            ("columns", JSONPieces.object(result.columns.map { ($0.name, JSONPieces.string($0.value)) })),
            ("at", time(result.milliseconds)),
        ])
    }

    private static func partition(_ partition: PartitionStatus) -> String {
        JSONPieces.object([
            ("topic", JSONPieces.string(partition.partition.topic)),
            ("partition", "\(partition.partition.partition)"), ("offset", "\(partition.offset)"),
            ("end", "\(partition.end)"), ("lag", "\(partition.lag)"), ("lagMs", "\(partition.lagMilliseconds)"),
            ("watermark", time(partition.watermark)), ("watermarkOffset", "\(partition.watermarkOffset)"),
            ("idleMs", JSONPieces.number(partition.idleMilliseconds)), ("records", "\(partition.records)"),
            ("handOver", "\(partition.handOver)"),
        ])
    }

    private static func account(_ account: AccountReport) -> String {
        JSONPieces.object([
            ("query", JSONPieces.string(account.query)), ("topic", JSONPieces.string(account.topic)),
            ("partition", "\(account.partition)"), ("read", "\(account.read)"), ("used", "\(account.used)"),
            ("filtered", "\(account.filtered)"), ("late", "\(account.late)"), ("bad", "\(account.bad)"),
            ("superseded", "\(account.superseded)"),
        ])
    }

    private static func rejection(_ rejection: RejectionReport) -> String {
        JSONPieces.object([
            ("query", JSONPieces.string(rejection.query)), ("kind", JSONPieces.string(rejection.kind.rawValue)),
            ("reason", JSONPieces.string(rejection.reason)),
            ("column", rejection.subject.map(JSONPieces.string) ?? "null"), ("count", "\(rejection.count)"),
            (
                "samples",
                JSONPieces.array(
                    rejection.samples.map {
                        JSONPieces.object([
                            ("topic", JSONPieces.string($0.partition.topic)),
                            ("partition", "\($0.partition.partition)"), ("offset", "\($0.offset)"),
                        ])
                    })
            ),
        ])
    }

    private static func failure(_ failure: FailureReport) -> String {
        JSONPieces.object([
            ("query", JSONPieces.string(failure.query)), ("reason", JSONPieces.string(failure.reason)),
            ("function", JSONPieces.string(failure.function)), ("subject", JSONPieces.string(failure.subject)),
            ("place", JSONPieces.string(failure.place)), ("count", "\(failure.count)"),
        ])
    }

    private static func misplacedKeys(_ keys: KeyReport) -> String {
        JSONPieces.object([
            ("query", JSONPieces.string(keys.query)), ("topic", JSONPieces.string(keys.topic)),
            ("count", "\(keys.misplaced)"), ("inTwoPartitions", "\(keys.split)"),
            ("example", JSONPieces.string(keys.key)), ("partition", "\(keys.partition)"),
            ("belongsIn", "\(keys.home)"),
        ])
    }

    private static func commits(_ commits: CommitStatus) -> String {
        let count = commits.durations.count
        return JSONPieces.object([
            ("committed", "\(commits.committed)"), ("aborted", "\(commits.aborted)"),
            ("lastAt", time(commits.lastMilliseconds)),
            (
                "averageMs",
                JSONPieces.number(count > 0 ? commits.durations.sumSeconds * 1000 / Double(count) : nil)
            ),
        ])
    }

    private static func history(_ points: [HistoryPoint]) -> String {
        JSONPieces.object([
            ("secondsPerPoint", "\(HistoryPoint.seconds)"),
            ("recordsPerSecond", JSONPieces.array(points.map { JSONPieces.number($0.recordsPerSecond) })),
            ("rowsPerSecond", JSONPieces.array(points.map { JSONPieces.number($0.rowsPerSecond) })),
        ])
    }

    private static func note(_ note: StatusNote) -> String {
        JSONPieces.object([("at", time(note.milliseconds)), ("text", JSONPieces.string(note.text))])
    }
}
