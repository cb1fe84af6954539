// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// How a run stands at one moment: made by the poll thread a few times a second, never changed afterwards, read by
/// whoever asks. Times with `Milliseconds` are since 1970, unless they say otherwise.
package struct StatusSnapshot: Sendable {
    package var takenMilliseconds: Int64
    /// On the monotonic clock.
    package var takenNanoseconds: UInt64
    package var state: RunState
    package var stateSinceMilliseconds: Int64
    /// Whether the group has answered: partitions, or that there are none for this process.
    package var hasJoined = false
    /// The id of the Kafka cluster; nil: not known yet.
    package var cluster: String?
    package var partitions: [PartitionStatus] = []
    /// In the order of their beginning.
    package var stages: [StageStatus] = []
    /// R now: result rows per second over the last seconds, of the stages that run.
    package var rate: Double = 0
    package var queries: [QueryStatus] = []
    package var load = LoadStatus()
    /// The latest batch stage; nil before it begins.
    package var backfill: BackfillStatus?
    package var accounts: [AccountReport] = []
    /// Of the last minute or so, by query: what is going wrong now, not what once did.
    package var recentAccounts: [AccountReport] = []
    package var rejections: [RejectionReport] = []
    /// Records that went to the dead-letter topic.
    package var deadLetters: Int64 = 0
    package var failures: [FailureReport] = []
    /// Keys that may lie in two partitions.
    package var keys: [KeyReport] = []
    /// One a query and reason, wherever it was.
    package var failureTotals: [FailureReport] {
        failures.reduce(into: []) { totals, failure in
            let place = totals.firstIndex { ($0.query, $0.reason) == (failure.query, failure.reason) }
            if let place {
                totals[place].count += failure.count
            } else {
                totals.append(FailureReport(query: failure.query, reason: failure.reason, count: failure.count))
            }
        }
    }
    /// Why queries have no rows though they have read records.
    package var notes: [ReportNote] = []
    package var commits = CommitStatus()
    package var rebalances = 0
    /// Bytes of keys and values read.
    package var bytesRead = 0
    /// One every `HistoryPoint.seconds`, the oldest first.
    package var history: [HistoryPoint] = []

    package init(takenMilliseconds: Int64, takenNanoseconds: UInt64, state: RunState, stateSinceMilliseconds: Int64) {
        self.takenMilliseconds = takenMilliseconds
        self.takenNanoseconds = takenNanoseconds
        self.state = state
        self.stateSinceMilliseconds = stateSinceMilliseconds
    }

    /// Records behind, in all partitions.
    package var lag: Int64 { partitions.reduce(0) { $0 +| $1.lag } }

    /// The stages that read now.
    package var running: [StageStatus] { stages.filter(\.isRunning) }
}

/// One assigned partition of an input topic.
package struct PartitionStatus: Hashable, Sendable {
    package var partition: TopicPartition
    /// The next one to process.
    package var offset: Int64
    /// The log's end, as the broker said last.
    package var end: Int64
    /// Records behind: `end − offset`, or 0 where only transaction markers lie between.
    package var lag: Int64
    /// How old the last record processed is, by its Kafka timestamp, in ms; 0 where nothing is left to read.
    package var lagMilliseconds: Int64
    /// The lowest of the partition's watermarks; nil: no record with a time yet.
    package var watermark: EventTime?
    /// The offset of the record that has set it; −1: unknown.
    package var watermarkOffset: Int64
    /// Since when no record has come, in ms, where the partition is at its end for longer than that is worth a word.
    package var idleMilliseconds: Int64?
    /// Records read by this process, late and bad ones too.
    package var records: Int64
    /// The end of the latest batch stage here: the stream stage begins exactly at this offset.
    package var handOver: Int64

    package init(
        partition: MillraceCore.TopicPartition, offset: Int64, end: Int64, lag: Int64, lagMilliseconds: Int64,
        watermark: EventTime? = nil, watermarkOffset: Int64, idleMilliseconds: Int64? = nil,
        records: Int64, handOver: Int64
    ) {
        self.partition = partition
        self.offset = offset
        self.end = end
        self.lag = lag
        self.lagMilliseconds = lagMilliseconds
        self.watermark = watermark
        self.watermarkOffset = watermarkOffset
        self.idleMilliseconds = idleMilliseconds
        self.records = records
        self.handOver = handOver
    }
}

/// One query over one slice.
package struct StageStatus: Hashable, Sendable {
    package var report: StageReport
    package var isRunning: Bool
    /// S over the last seconds, in records per second; 0 for a stage that is over.
    package var recentSpeed: Double = 0
    /// Result rows per second over the last seconds.
    package var recentRows: Double = 0

    package init(report: MillraceReport.StageReport, isRunning: Bool, recentSpeed: Double = 0, recentRows: Double = 0) {
        self.report = report
        self.isRunning = isRunning
        self.recentSpeed = recentSpeed
        self.recentRows = recentRows
    }

    /// What the global result grows by now: stages that are over do not count, nor do queries whose output another one
    /// of the run reads.
    package static func rate(_ stages: [StageStatus]) -> Double {
        let upstream = Set(stages.compactMap(\.report.upstream))
        return stages.filter { $0.isRunning && !upstream.contains($0.report.query) }.reduce(0) { $0 + $1.recentRows }
    }
}

/// One query of the program.
package struct QueryStatus: Hashable, Sendable {
    /// The clause of those whose results come when they are final.
    package static let emitFinal = "EMIT FINAL"

    package var name: String
    /// Topic or stream that it reads.
    package var input: String
    /// The query of this program that writes its input; nil: it reads a topic.
    package var upstream: String?
    /// The topic that it writes.
    package var output: String
    /// What it does, by its clauses: `WHERE`, `GROUP BY USER`, `TUMBLING 10 s`.
    package var clauses: [String]
    /// Result rows so far, in the whole run.
    package var rows: Int64
    /// Groups in memory.
    package var entries: Int
    /// Bytes of memory that they take, about.
    package var bytes: Int64 = 0
    /// Nil for a query without windows.
    package var windows: OpenWindows?
    /// The partition that holds its final results back, and for how long its time stands, in ms; nil: none does.
    package var heldBy: Held?
    /// Some of the latest, the newest last.
    package var recentResults: [RecentResult]

    package init(
        name: String, input: String, upstream: String? = nil, output: String, clauses: [String], rows: Int64,
        entries: Int, bytes: Int64 = 0, windows: MillraceReport.OpenWindows? = nil,
        heldBy: MillraceReport.QueryStatus.Held? = nil, recentResults: [MillraceReport.RecentResult]
    ) {
        self.name = name
        self.input = input
        self.upstream = upstream
        self.output = output
        self.clauses = clauses
        self.rows = rows
        self.entries = entries
        self.bytes = bytes
        self.windows = windows
        self.heldBy = heldBy
        self.recentResults = recentResults
    }

    package struct Held: Hashable, Sendable {
        package var partition: TopicPartition
        /// How far its watermark is behind the highest, in ms; nil: it has no record yet.
        package var behindMilliseconds: Int64?

        package init(partition: TopicPartition, behindMilliseconds: Int64? = nil) {
            self.partition = partition
            self.behindMilliseconds = behindMilliseconds
        }
    }
}

/// One result row, as texts.
package struct RecentResult: Hashable, Sendable {
    package var key: String
    /// In ms; nil without a window.
    package var windowStart: Int64?
    package var windowEnd: Int64?
    package var isDeleted: Bool
    package var columns: [Column]
    /// When it was put out, in ms since 1970.
    package var milliseconds: Int64

    package init(
        key: String, windowStart: Int64? = nil, windowEnd: Int64? = nil, isDeleted: Bool,
        columns: [MillraceReport.RecentResult.Column], milliseconds: Int64
    ) {
        self.key = key
        self.windowStart = windowStart
        self.windowEnd = windowEnd
        self.isDeleted = isDeleted
        self.columns = columns
        self.milliseconds = milliseconds
    }

    package struct Column: Hashable, Sendable {
        package var name: String
        /// JSON, cut where it is long.
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}

/// Where the threads' time goes.
package struct LoadStatus: Hashable, Sendable {
    /// Of the busiest thread's time over the last seconds: computing, 0 … 1.
    package var busy: Double = 0
    /// Of the poll thread's time: waiting for Kafka to take results or commits.
    package var blocked: Double = 0
    package var threads = 1
    /// Since the start, by what the run was about.
    package var totals: [Total] = []

    package init() {
    }

    package struct Total: Hashable, Sendable {
        /// `restore`, `batch` or `stream`.
        package var mode: String
        /// CPU time of all threads.
        package var busySeconds: Double
        package var blockedSeconds: Double
        /// Time of the poll thread in which it waited for records.
        package var idleSeconds: Double

        package init(mode: String, busySeconds: Double, blockedSeconds: Double, idleSeconds: Double) {
            self.mode = mode
            self.busySeconds = busySeconds
            self.blockedSeconds = blockedSeconds
            self.idleSeconds = idleSeconds
        }
    }
}

/// The way from the first record to the hand-over.
package struct BackfillStatus: Hashable, Sendable {
    /// Offsets done and in all: what compaction and markers have taken out counts as done.
    package var done: Int64
    package var total: Int64
    /// At the present speed, in seconds; nil: unknown, or done.
    package var secondsLeft: Double?
    /// When the stream stage began; nil: not yet.
    package var handOverMilliseconds: Int64?

    package init(done: Int64, total: Int64, secondsLeft: Double? = nil, handOverMilliseconds: Int64? = nil) {
        self.done = done
        self.total = total
        self.secondsLeft = secondsLeft
        self.handOverMilliseconds = handOverMilliseconds
    }

    /// 0 … 1.
    package var progress: Double { total > 0 ? min(max(Double(done) / Double(total), 0), 1) : 1 }
}

package struct CommitStatus: Hashable, Sendable {
    package var committed = 0
    package var aborted = 0
    package var lastMilliseconds: Int64?
    package var durations = DurationHistogram()

    package init() {
    }
}

/// The work of some seconds.
package struct HistoryPoint: Hashable, Sendable {
    /// How long each point's time is.
    package static let seconds = 5

    package var recordsPerSecond: Double
    package var rowsPerSecond: Double

    package init(recordsPerSecond: Double, rowsPerSecond: Double) {
        self.recordsPerSecond = recordsPerSecond
        self.rowsPerSecond = rowsPerSecond
    }
}
