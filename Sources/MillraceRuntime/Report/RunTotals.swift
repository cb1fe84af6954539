// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// What a run's pipelines have counted, kept when one of them is closed.
struct RunTotals {
    private struct Place: Hashable {
        var query: String
        var topic: String
        var partition: Int32
    }

    private var accounts: [Place: Account] = [:]
    private var order: [Place] = []
    /// Rejected records by query and reason.
    private(set) var reasons: [String: [String: Int]] = [:]
    /// Failed expressions by query and reason.
    private(set) var failures: [String: [String: Int]] = [:]
    private(set) var samples: [String] = []

    private static let maximumSamples = 5

    /// Adds what a pipeline has counted.
    mutating func add(_ pipeline: Pipeline, samples newSamples: [String]) {
        for (index, query) in pipeline.graph.program.queries.enumerated() {
            for source in pipeline.sources where !pipeline.graph.feedingRoots[index].isDisjoint(with: source.roots) {
                guard !pipeline.graph.isBehindAggregation(index) else { continue }
                add(
                    source.accounts[index],
                    Place(
                        query: query.name, topic: source.topicPartition.topic,
                        partition: source.topicPartition.partition))
            }
            if pipeline.graph.isBehindAggregation(index), let input = pipeline.graph.program.source(named: query.input) {
                // Rows of an aggregation belong to no input partition.
                add(pipeline.accountBehindAggregation(index), Place(query: query.name, topic: input.topic, partition: -1))
            }
            reasons[query.name, default: [:]].merge(pipeline.reasons(index)) { $0 + $1 }
            let counts = pipeline.failures(index)
            for failure in EvaluationFailure.allCases where counts[failure] > 0 {
                failures[query.name, default: [:]][failure.rawValue, default: 0] += counts[failure]
            }
        }
        samples += newSamples.prefix(max(RunTotals.maximumSamples - samples.count, 0))
    }

    private mutating func add(_ account: Account, _ place: Place) {
        if accounts[place] == nil { order.append(place) }
        accounts[place, default: Account()] += account
    }

    /// One line for each query and source partition.
    var accountReports: [RunReport.AccountLine] {
        order.map { place in
            let account = accounts[place] ?? Account()
            return RunReport.AccountLine(
                query: place.query, topic: place.topic, partition: place.partition, read: account.read,
                used: account.used, filtered: account.filtered, late: account.late, bad: account.bad)
        }
    }
}
