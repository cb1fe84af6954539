// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// What a run's pipelines have counted, kept when one of them is closed.
struct RunTotals {
    private struct Place: Hashable {
        var query: String
        var partition: TopicPartition
    }

    private var accounts: [Place: Account] = [:]
    private var rejected: [RejectionCollector.Reason: Int] = [:]
    private var samples: [RejectionCollector.Reason: [RejectionReport.Place]] = [:]
    /// Records that went to the dead-letter topic.
    private(set) var deadLetters = 0
    private var failures: [String: [EvaluationFailure: Int]] = [:]
    private var queryOrder: [String] = []

    /// Adds what a pipeline has counted, and the places that its collectors have kept.
    mutating func add(_ pipeline: Pipeline, _ collectors: [OutputCollector]) {
        queryOrder = pipeline.graph.program.queries.map(\.name)
        for (index, query) in pipeline.graph.program.queries.enumerated() {
            addAccounts(pipeline, index, query)
            for (reason, count) in pipeline.reasons(index) {
                let kind: RejectionReport.Kind = reason == "late" ? .late : .bad
                rejected[.init(query: query.name, kind: kind, reason: reason), default: 0] += count
            }
            let counts = pipeline.failures(index)
            for failure in EvaluationFailure.allCases where counts[failure] > 0 {
                failures[query.name, default: [:]][failure, default: 0] += counts[failure]
            }
        }
        for collector in collectors {
            for (reason, places) in collector.rejections.samples { samples[reason, default: []] += places }
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

    private mutating func addAccounts(_ pipeline: Pipeline, _ index: Int, _ query: QueryPlan) {
        if pipeline.graph.isBehindAggregation(index) {
            // Rows of an aggregation belong to no input partition.
            let topic = pipeline.graph.program.source(named: query.input)?.topic ?? query.input
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
                late: Int64(account.late), bad: Int64(account.bad))
        }
    }

    var rejectionReports: [RejectionReport] {
        rejected.keys.sorted { (position($0.query), $0.reason) < (position($1.query), $1.reason) }.map { reason in
            let places = (samples[reason] ?? []).sorted()
            return RejectionReport(
                query: reason.query, kind: reason.kind, reason: reason.reason, count: Int64(rejected[reason] ?? 0),
                samples: Array(places.prefix(3)))
        }
    }

    var failureReports: [FailureReport] {
        failures.keys.sorted { position($0) < position($1) }.flatMap { query in
            EvaluationFailure.allCases.compactMap { failure in
                failures[query]?[failure].map {
                    FailureReport(query: query, reason: failure.rawValue, count: Int64($0))
                }
            }
        }
    }

    private func position(_ query: String) -> Int { queryOrder.firstIndex(of: query) ?? queryOrder.count }
}

extension RunReport {
    /// Takes over what a run has measured and counted.
    mutating func add(_ stages: [StageReport], _ totals: RunTotals) {
        self.stages += stages
        accounts = totals.accountReports
        rejections = totals.rejectionReports
        failures = totals.failureReports
    }
}
