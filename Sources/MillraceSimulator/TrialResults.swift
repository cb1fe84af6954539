// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport
import MillraceRun
import MillraceSQL
import MillraceSettings
import MillraceTestKit

/// What a program has published, in the form in which it has to be the same however it was run: all rows of streams and
/// of final windows, the last value of each key where changes are emitted.
struct TrialResults: Equatable {
    private(set) var topics: [String: [String]] = [:]

    /// - Parameter statements: the program.
    init(_ statements: String, _ cluster: SimulatedCluster) {
        let snapshot = cluster.snapshot
        for topic in ["kept", "result"] {
            let partitions = snapshot.topics[topic]?.partitions ?? []
            let rows = partitions.map { partition in
                partition.entries.compactMap { entry in
                    entry.isAborted || entry.offset >= partition.lastStable ? nil : entry.record
                }
            }
            let isUpsert = statements.contains("CREATE TABLE \(topic) ") && !statements.contains("EMIT FINAL")
            topics[topic] = isUpsert ? TrialResults.last(rows) : rows.flatMap { $0.map(TrialResults.text) }.sorted()
        }
    }

    private static func last(_ partitions: [[SimulatedLog.Record]]) -> [String] {
        partitions.flatMap { rows in
            var last: [[UInt8]?: SimulatedLog.Record] = [:]
            for row in rows { last[row.key] = row }
            return last.values.filter { $0.value != nil }.map(text)
        }.sorted()
    }

    private static func text(_ record: SimulatedLog.Record) -> String {
        func part(_ bytes: [UInt8]?) -> String {
            guard let bytes else { return "null" }
            // Window bounds in keys are bytes.
            return bytes.map { (32..<127).contains($0) ? String(UnicodeScalar($0)) : "\\\(String($0, radix: 16))" }
                .joined()
        }
        return "\(part(record.key)) → \(part(record.value))"
    }

    /// What one process publishes to which nothing happens.
    static func expected(_ plan: TrialPlan, seed: UInt64) throws -> TrialResults {
        let cluster = SimulatedCluster(seed: seed)
        cluster.load(plan.log)
        let graph = try QueryGraph(SQL.compile(plan.statements))
        var options = RunOptions(application: "app", cluster: cluster, from: .earliest)
        let observer = WorkerObserver(cluster)
        if plan.isJob {
            options.publishes = true
            _ = try Replay(graph, options: options, observer: observer).run()
        } else {
            options.endsAtCut = true
            _ = try ContinuousRun(graph, options: options, observer: observer).run()
        }
        return TrialResults(plan.statements, cluster)
    }

    /// The first rows that differ; nil: none do.
    func difference(from expected: TrialResults) -> String? {
        for (topic, rows) in expected.topics.sorted(by: { $0.key < $1.key }) where rows != topics[topic] {
            let found = topics[topic] ?? []
            let lacking = TrialResults.without(rows, found)
            let surplus = TrialResults.without(found, rows)
            return "\(topic): \(lacking.count) rows missing, \(surplus.count) too many"
                + lacking.prefix(3).map { "\n    missing \($0)" }.joined()
                + surplus.prefix(3).map { "\n    too many \($0)" }.joined()
        }
        return nil
    }

    private static func without(_ rows: [String], _ others: [String]) -> [String] {
        var left: [String: Int] = [:]
        for row in others { left[row, default: 0] += 1 }
        return rows.filter { row in
            guard let count = left[row], count > 0 else { return true }
            left[row] = count - 1
            return false
        }
    }
}
