// SPDX-License-Identifier: Apache-2.0

/// What a run has done: its stages, the rate at which the global result grew, and what became of every record.
package struct RunReport: Hashable, Sendable {
    package var stages: [StageReport]
    package var accounts: [AccountReport]
    /// Late and bad records by reason; not in the JSON form.
    package var rejections: [RejectionReport]
    /// Values that became NULL because an expression failed; not in the JSON form.
    package var failures: [FailureReport]
    /// Keys that may lie in two partitions; not in the JSON form.
    package var keys: [KeyReport] = []
    /// What each stage of a hybrid run has contributed, where that is little; not in the JSON form.
    package var partials: [PartialReport] = []
    /// What the run would else be silent about.
    package var notes: [ReportNote] = []

    package init(
        stages: [StageReport], accounts: [AccountReport], rejections: [RejectionReport] = [],
        failures: [FailureReport] = []
    ) {
        self.stages = stages
        self.accounts = accounts
        self.rejections = rejections
        self.failures = failures
    }

    /// Σ P × S, in result rows per second, over the stages whose slices are disjoint. A query whose output another one
    /// of the run reads is left out: along such a chain yields multiply, and the last query's rows and time are already
    /// those of the whole chain.
    package var rate: Double {
        let upstream = Set(stages.compactMap(\.upstream))
        return stages.filter { !upstream.contains($0.query) }.reduce(0) { $0 + $1.yield * $1.speed }
    }

    /// Records of topics, each counted once, however many queries have read it, and whatever was made of it: the first
    /// query that has a partition reads it from the topic.
    package var recordsRead: Int64 {
        var counts: [String: [Int32: Int64]] = [:]
        // What stands behind an aggregation has no partition.
        for account in accounts where account.partition >= 0 {
            if counts[account.topic]?[account.partition] != nil { continue }
            counts[account.topic, default: [:]][account.partition] = account.read
        }
        return counts.values.reduce(0) { $0 + $1.values.reduce(0, +) }
    }
}

/// One query over one slice.
package struct StageReport: Hashable, Sendable {
    package enum Mode: String, Hashable, Sendable {
        case batch, stream
    }

    /// Offsets `from ..< to` of one partition; of a stream stage `to` is where it stopped.
    package struct Slice: Hashable, Sendable {
        package var topic: String
        package var partition: Int32
        package var from: Int64
        package var to: Int64

        package init(topic: String, partition: Int32, from: Int64, to: Int64) {
            self.topic = topic
            self.partition = partition
            self.from = from
            self.to = to
        }
    }

    package var query: String
    /// The query of this run whose output this one reads; nil where it reads a topic that nobody here writes.
    package var upstream: String?
    package var mode: Mode
    package var slices: [Slice]
    /// Input records.
    package var records: Int64
    /// Result rows.
    package var rows: Int64
    package var elapsedNanoseconds: UInt64

    package init(
        query: String, upstream: String? = nil, mode: Mode, slices: [Slice], records: Int64, rows: Int64,
        elapsedNanoseconds: UInt64
    ) {
        self.query = query
        self.upstream = upstream
        self.mode = mode
        self.slices = slices
        self.records = records
        self.rows = rows
        self.elapsedNanoseconds = elapsedNanoseconds
    }

    /// P: result rows per input record; 0 without records.
    package var yield: Double { records > 0 ? Double(rows) / Double(records) : 0 }
    /// S: input records per second; 0 where no time has passed.
    package var speed: Double { elapsedNanoseconds > 0 ? Double(records) * 1e9 / Double(elapsedNanoseconds) : 0 }
    package var elapsedMilliseconds: Double { Double(elapsedNanoseconds) / 1e6 }
}

/// What became of the records of one partition that one query has read. Each ends as one of the four.
package struct AccountReport: Hashable, Sendable {
    package var query: String
    package var topic: String
    package var partition: Int32
    package var read: Int64
    package var used: Int64
    package var filtered: Int64
    package var late: Int64
    package var bad: Int64
    /// Of those that were read: in a join, they came when rows that they belong before had been run.
    package var superseded: Int64

    package init(
        query: String, topic: String, partition: Int32, read: Int64, used: Int64, filtered: Int64, late: Int64,
        bad: Int64, superseded: Int64 = 0
    ) {
        self.superseded = superseded
        self.query = query
        self.topic = topic
        self.partition = partition
        self.read = read
        self.used = used
        self.filtered = filtered
        self.late = late
        self.bad = bad
    }

    /// Whether used + filtered + late + bad = read. Anything else is a mistake of ours.
    package var isBalanced: Bool { used &+ filtered &+ late &+ bad == read }
}
