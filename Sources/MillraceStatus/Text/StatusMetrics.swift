// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceReport

/// A run's figures for Prometheus. `docs/metrics.md` lists the families; a test compares the two.
package struct StatusMetrics {
    private let view: StatusView
    private var output: PrometheusText

    private var snapshot: StatusSnapshot { view.snapshot }

    /// The whole answer of `/metrics`.
    package static func text(_ view: StatusView) -> String {
        var metrics = StatusMetrics(view)
        metrics.addIdentity()
        metrics.addPartitions()
        metrics.addQueries()
        metrics.addStages()
        metrics.addWindows()
        metrics.addBackfill()
        metrics.addCommits()
        metrics.addProcess()
        return metrics.output.text
    }

    private init(_ view: StatusView) {
        self.view = view
        output = PrometheusText(prefix: "millrace_", common: [("pipeline", view.identity.application)])
    }

    private mutating func addIdentity() {
        output.family(
            "build_info", .gauge, "Versions of this process; always 1.",
            [
                (
                    [
                        ("version", view.identity.version), ("librdkafka", view.identity.libraryVersion),
                        ("swift", SwiftVersion.text),
                    ], 1
                )
            ])
        output.family(
            "pipeline_state", .gauge,
            "1 for the state that the run is in, 0 for the others: "
                + RunState.allCases.map(\.rawValue).joined(separator: ", ") + ".",
            RunState.allCases.map { ([("state", $0.rawValue)], $0 == snapshot.state ? 1 : 0) })
        output.family(
            "status_age_seconds", .gauge,
            "Time since the pipeline last reported; two reports a second are usual, more than a few seconds mean that "
                + "it waits for something.",
            view.ageSeconds)
        var isWaiting = 0.0
        if case .waitingForBroker = view.activity { isWaiting = 1 }
        output.family("broker_waiting", .gauge, "1 while a broker does not answer.", isWaiting)
        output.family(
            "assigned_partitions", .gauge, "Input partitions that the group has given this process.",
            Double(snapshot.partitions.count))
        output.family(
            "rebalances_total", .counter, "Assignments that came from the group.", Double(snapshot.rebalances))
    }

    private mutating func addPartitions() {
        func family(
            _ name: String, _ kind: PrometheusText.Kind, _ help: String, _ value: (PartitionStatus) -> Double?
        ) {
            output.family(
                name, kind, help,
                snapshot.partitions.compactMap { partition in
                    value(partition).map { (StatusMetrics.labels(partition.partition), $0) }
                })
        }
        family("partition_offset", .gauge, "Offset of the next record to process.") { Double($0.offset) }
        family("partition_end_offset", .gauge, "End of the log, as the broker said last.") { Double($0.end) }
        family("consumer_lag_records", .gauge, "Records behind the end of the log.") { Double($0.lag) }
        family(
            "consumer_lag_seconds", .gauge,
            "Age of the last record processed, by its Kafka timestamp; 0 at the end of the log."
        ) { Double($0.lagMilliseconds) / 1000 }
        family("watermark_timestamp_seconds", .gauge, "Event time up to which the partition was read.") {
            $0.watermark.map { Double($0) / 1000 }
        }
        family("watermark_lag_seconds", .gauge, "How far the watermark is behind the clock; negative: ahead of it.") {
            $0.watermark.map { Double(view.nowMilliseconds -| $0) / 1000 }
        }
        family(
            "partition_idle_seconds", .gauge,
            "Time without a record, of a partition that has been at its end for 15 s; else 0."
        ) { Double($0.idleMilliseconds ?? 0) / 1000 }
        output.family(
            "bytes_consumed_total", .counter, "Bytes of keys and values read, before any of them is looked at.",
            Double(snapshot.bytesRead))
    }

    /// Rejections by query, kind and reason, whatever the column.
    private var byReason: [RejectionReport] {
        snapshot.rejections.reduce(into: []) { reports, next in
            let place = reports.firstIndex {
                ($0.query, $0.kind, $0.reason) == (next.query, next.kind, next.reason)
            }
            guard let place else { return reports.append(next) }
            reports[place].count += next.count
        }
    }

    private mutating func addQueries() {
        func outcomes(_ name: String, _ help: String, _ value: (AccountReport) -> Int64) {
            output.family(
                name, .counter, help,
                snapshot.accounts.map { account in
                    (
                        [
                            ("query", account.query), ("topic", account.topic),
                            // The rows of an aggregation belong to no partition.
                            ("partition", account.partition < 0 ? "" : "\(account.partition)"),
                        ], Double(value(account))
                    )
                })
        }
        outcomes("records_consumed_total", "Records that a query has read: used + filtered + late + bad.") { $0.read }
        outcomes("records_used_total", "Records that have reached a query's results.") { $0.used }
        outcomes("records_filtered_total", "Records that a query's WHERE (or a NULL key) has left out.") { $0.filtered }
        outcomes("records_superseded_total", "Records that came too late for a join (see join.wait).") { $0.superseded }
        output.family(
            "records_dropped_total", .counter, "Late and bad records, by reason; kind is late or bad.",
            byReason.map {
                ([("query", $0.query), ("kind", $0.kind.rawValue), ("reason", $0.reason)], Double($0.count))
            })
        output.family(
            "misplaced_keys", .gauge,
            "Record keys of a query that groups by them that are not in the partition of their murmur2 hash.",
            snapshot.keys.map { ([("query", $0.query), ("topic", $0.topic)], Double($0.misplaced)) })
        output.family(
            "expression_failures_total", .counter, "Values that are NULL because an expression failed, by reason.",
            snapshot.failureTotals.map { ([("query", $0.query), ("reason", $0.reason)], Double($0.count)) })
        if view.identity.deadLetterTopic != nil {
            output.family(
                "dlq_records_total", .counter, "Records that went to the dead-letter topic, where there is one.",
                Double(snapshot.deadLetters))
        }
        output.family(
            "records_emitted_total", .counter, "Result rows of a query.",
            snapshot.queries.map { ([("query", $0.name), ("topic", $0.output)], Double($0.rows)) })
    }

    private mutating func addStages() {
        struct Stage: Hashable {
            var query: String
            var mode: StageReport.Mode
        }
        var order: [Stage] = []
        var records: [Stage: Int64] = [:]
        var rows: [Stage: Int64] = [:]
        for stage in snapshot.stages.map(\.report) {
            let key = Stage(query: stage.query, mode: stage.mode)
            if records[key] == nil { order.append(key) }
            records[key, default: 0] += stage.records
            rows[key, default: 0] += stage.rows
        }
        func family(_ name: String, _ help: String, _ figures: [Stage: Int64]) {
            output.family(
                name, .counter, help,
                order.map { ([("query", $0.query), ("mode", $0.mode.rawValue)], Double(figures[$0] ?? 0)) })
        }
        family("stage_records_total", "Input records of a stage; its rate is S. mode is batch or stream.", records)
        family(
            "stage_results_total", "Result rows of a stage; divided by its records it is P, its rate is P × S.", rows)
        func times(_ name: String, _ help: String, _ value: (LoadStatus.Total) -> Double) {
            output.family(name, .counter, help, snapshot.load.totals.map { ([("mode", $0.mode)], value($0)) })
        }
        times("stage_busy_seconds_total", "CPU time of the threads that read and compute; mode is restore, too.") {
            $0.busySeconds
        }
        times("stage_blocked_seconds_total", "Time waited for Kafka to take results and commits.") { $0.blockedSeconds }
        times("stage_idle_seconds_total", "Time waited for records.") { $0.idleSeconds }
        output.family("busy_ratio", .gauge, "Of the busiest thread's last seconds, computing.", snapshot.load.busy)
        output.family(
            "blocked_ratio", .gauge, "Of the last seconds, waiting for Kafka to take something.", snapshot.load.blocked)
    }

    private mutating func addWindows() {
        output.family(
            "windows_open", .gauge, "Windows that still take records.",
            snapshot.queries.compactMap { query in query.windows.map { ([("query", query.name)], Double($0.count)) } })
        output.family(
            "state_entries", .gauge, "Groups in memory.",
            snapshot.queries.map { ([("query", $0.name)], Double($0.entries)) })
        output.family(
            "state_bytes", .gauge, "Memory that the groups take, about; what state.memory.max limits.",
            snapshot.queries.map { ([("query", $0.name)], Double($0.bytes)) })
        output.family(
            "results_held_seconds", .gauge,
            "How far the slowest partition, for which final results wait, is behind the others in event time; +Inf: it "
                + "has no record; left out where no partition holds results back.",
            snapshot.queries.compactMap { query in
                query.heldBy.map {
                    (
                        [("query", query.name)] + StatusMetrics.labels($0.partition),
                        $0.behindMilliseconds.map { Double($0) / 1000 } ?? .infinity
                    )
                }
            })
    }

    private mutating func addBackfill() {
        guard let backfill = snapshot.backfill else { return }
        output.family("backfill_progress_ratio", .gauge, "How much of the history is done.", backfill.progress)
        output.family(
            "backfill_remaining_records", .gauge, "Offsets of history that are left.",
            Double(backfill.total -| backfill.done))
        output.family(
            "backfill_eta_seconds", .gauge,
            "Time that the rest of the history will take at the present speed, while it is known.",
            backfill.secondsLeft)
        output.family(
            "handover_timestamp_seconds", .gauge, "When the stream stage began.",
            backfill.handOverMilliseconds.map { Double($0) / 1000 })
    }

    private mutating func addCommits() {
        let commits = snapshot.commits
        output.histogram(
            "checkpoint_duration_seconds", "How long commits of results and offsets took.", commits.durations)
        output.family(
            "checkpoint_last_success_timestamp_seconds", .gauge, "When the last commit succeeded.",
            commits.lastMilliseconds.map { Double($0) / 1000 })
        output.family(
            "transactions_total", .counter, "Commits by their outcome: committed or aborted.",
            [
                ([("result", "committed")], Double(commits.committed)),
                ([("result", "aborted")], Double(commits.aborted)),
            ]
        )
    }

    private mutating func addProcess() {
        let figures = ProcessFigures.now()
        output.family("process_cpu_seconds_total", .counter, "CPU time of the process.", figures.cpuSeconds)
        output.family(
            "process_resident_memory_bytes", .gauge, "Memory of the process.", figures.residentBytes.map { Double($0) })
        output.family(
            "process_start_time_seconds", .gauge, "When the run began.",
            Double(view.identity.startedMilliseconds) / 1000)
        output.family("process_open_fds", .gauge, "Open files and sockets.", figures.openFiles.map { Double($0) })
        output.family(
            "process_max_fds", .gauge, "Most files and sockets that may be open.",
            figures.maximumFiles.map { Double($0) })
    }

    private static func labels(_ partition: TopicPartition) -> [PrometheusText.Label] {
        [("topic", partition.topic), ("partition", "\(partition.partition)")]
    }
}
