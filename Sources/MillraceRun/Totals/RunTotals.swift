// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// What a run's pipelines have counted, kept when one of them is closed.
struct RunTotals {
    private struct Place: Hashable {
        var query: String
        var partition: TopicPartition
    }

    private var accounts: [Place: Account] = [:]
    private var rejected: [RejectionCollector.Reason: Int] = [:]
    private var samples: [RejectionCollector.Reason: [RejectionReport.Place]] = [:]
    private var examples: [RejectionCollector.Reason: RejectionCollector.Example] = [:]
    /// Records that went to the dead-letter topic.
    private(set) var deadLetters = 0
    private var failures: [String: FailureCounts] = [:]
    private var queryOrder: [String] = []
    private var filtered: [String: FilteredRows] = [:]
    /// By root.
    private(set) var coverage: [Int: ColumnCoverage] = [:]
    /// By root: the highest event times of its partitions.
    private(set) var highestTimes: [Int: [TopicPartition: EventTime]] = [:]
    /// The most that one pipeline has found: the next one sees the same keys again.
    private var keys: [String: [KeyReport]] = [:]

    /// Adds what a pipeline has counted, and the places that its collectors have kept.
    mutating func add(_ pipeline: Pipeline, _ collectors: [OutputCollector]) {
        queryOrder = pipeline.graph.program.queries.map(\.name)
        for (index, query) in pipeline.graph.program.queries.enumerated() {
            addAccounts(pipeline, index, query)
            filtered[query.name, default: FilteredRows()] += pipeline.filteredRows(index)
            let found = KeyReport.all(pipeline, index)
            let misplaced = found.reduce(0) { $0 + $1.misplaced }
            if misplaced > keys[query.name, default: []].reduce(0, { $0 + $1.misplaced }) { keys[query.name] = found }
            for (reason, count) in pipeline.reasons(index) {
                let kind: RejectionReport.Kind = reason.text == "late" ? .late : .bad
                rejected[.init(query: query.name, kind: kind, reason: reason), default: 0] += count
            }
            let counts = pipeline.failures(index)
            if counts.total > 0 {
                // A copy of this one's own: totals are values, and may be copied and added to.
                if let earlier = failures[query.name] { counts.merge(earlier) }
                failures[query.name] = counts
            }
        }
        for root in pipeline.graph.roots.indices {
            coverage[root, default: ColumnCoverage()].merge(pipeline.coverage(root))
        }
        for source in pipeline.sources {
            for (root, time) in zip(source.roots, source.watermarks) where time != .none && time != .end {
                highestTimes[root, default: [:]][source.topicPartition] = time
            }
        }
        for collector in collectors {
            for (reason, places) in collector.rejections.samples { samples[reason, default: []] += places }
            examples.merge(collector.rejections.examples) { $1.place < $0.place ? $1 : $0 }
            deadLetters += collector.rejections.deadLetterCount
            for (reason, count) in collector.rejections.refused { rejected[reason, default: 0] += count }
        }
    }

    /// How many records a query has read, and how many of them, and of its results, were bad.
    func bad(_ query: String) -> (read: Int64, bad: Int64) {
        let read = accounts.filter { $0.key.query == query }.reduce(0) { $0 + $1.value.read }
        let bad = rejected.filter { $0.key.query == query && $0.key.kind == .bad }.reduce(0) { $0 + $1.value }
        return (Int64(read), Int64(bad))
    }

    /// By topic: records that came too late for the joins that read them.
    var superseded: [String: Int64] {
        var most: [TopicPartition: Int64] = [:]
        for (place, account) in accounts {
            most[place.partition] = max(most[place.partition] ?? 0, Int64(account.superseded))
        }
        return most.reduce(into: [:]) { $0[$1.key.topic, default: 0] += $1.value }
    }

    /// What became of the records that a query has read.
    func facts(_ query: String) -> EmptyResult {
        var facts = EmptyResult(query: query)
        for (place, account) in accounts where place.query == query {
            facts.read += Int64(account.read)
            facts.used += Int64(account.used)
            facts.late += Int64(account.late)
            facts.bad += Int64(account.bad)
        }
        facts.filtered = filtered[query] ?? FilteredRows()
        return facts
    }

    private mutating func addAccounts(_ pipeline: Pipeline, _ index: Int, _ query: QueryPlan) {
        if pipeline.graph.isBehindAggregation(index) {
            // Rows of an aggregation belong to no input partition.
            let topic = pipeline.graph.source(named: query.input)?.topic ?? query.input
            accounts[Place(query: query.name, partition: TopicPartition(topic, -1)), default: Account()] +=
                pipeline.accountBehindAggregation(index)
            return
        }
        for source in pipeline.sources where !pipeline.graph.feedingRoots[index].isDisjoint(with: source.roots) {
            accounts[Place(query: query.name, partition: source.topicPartition), default: Account()] +=
                source.accounts[index]
        }
    }

    /// In the order of the program and of the partitions.
    var accountReports: [AccountReport] {
        accounts.keys.sorted {
            (position($0.query), $0.partition) < (position($1.query), $1.partition)
        }.map { place in
            let account = accounts[place] ?? Account()
            return AccountReport(
                query: place.query, topic: place.partition.topic, partition: place.partition.partition,
                read: Int64(account.read), used: Int64(account.used), filtered: Int64(account.filtered),
                late: Int64(account.late), bad: Int64(account.bad), superseded: Int64(account.superseded))
        }
    }

    var rejectionReports: [RejectionReport] {
        func order(_ reason: RejectionCollector.Reason) -> (Int, String, String) {
            (position(reason.query), reason.reason.text, reason.reason.subject ?? "")
        }
        return rejected.keys.sorted { order($0) < order($1) }.map { reason in
            let places = (samples[reason] ?? []).sorted()
            return RejectionReport(
                query: reason.query, kind: reason.kind, reason: reason.reason.text, subject: reason.reason.subject,
                example: examples[reason]?.account, count: Int64(rejected[reason] ?? 0),
                samples: Array(places.prefix(3)))
        }
    }

    var failureReports: [FailureReport] {
        failures.sorted { position($0.key) < position($1.key) }.flatMap { query, counts in
            EvaluationFailure.allCases.flatMap { reports(of: $0, query, counts) }
        }
    }

    /// One line a place, in the order of the program; the last one of what has none.
    private func reports(
        of failure: EvaluationFailure, _ query: String, _ counts: FailureCounts
    ) -> [FailureReport] {
        var left = counts[failure]
        let places = counts.knownPlaces.filter { counts[failure, at: $0] > 0 }.sorted { $0.isBefore($1) }
        var reports = places.map { place in
            let count = counts[failure, at: place]
            left -= count
            return FailureReport(
                query: query, reason: failure.rawValue, count: Int64(count), function: place.function,
                subject: place.subject, place: place.location.map { "\($0.line):\($0.column)" } ?? "")
        }
        if left > 0 { reports.append(FailureReport(query: query, reason: failure.rawValue, count: Int64(left))) }
        return reports
    }
    /// In the order of the program.
    var keyReports: [KeyReport] { queryOrder.flatMap { keys[$0] ?? [] } }

    private func position(_ query: String) -> Int { queryOrder.firstIndex(of: query) ?? queryOrder.count }
}

extension FailurePlace {
    fileprivate func isBefore(_ other: FailurePlace) -> Bool {
        func order(_ place: FailurePlace) -> (Int, Int, String, String) {
            (place.location?.line ?? .max, place.location?.column ?? .max, place.function, place.subject)
        }
        return order(self) < order(other)
    }
}

extension RunReport {
    /// Takes over what a run has measured and counted.
    mutating func add(_ stages: [StageReport], _ totals: RunTotals) {
        self.stages += stages
        accounts = totals.accountReports
        rejections = totals.rejectionReports
        failures = totals.failureReports
        keys = totals.keyReports
    }
}
