// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What is asked of a program before it runs.
extension QueryGraph {
    /// The aggregation of a query as it is computed; nil: it has none. Rows that joins of streams make come behind the
    /// watermarks by a time that is known (`StreamJoin.finality`): windows wait for them.
    func aggregation(_ query: Int) -> Aggregation? {
        guard case .aggregate(var aggregation) = program.queries[query].operation else { return nil }
        let delay = reaches[query].delay +| (program.queries[query].streamJoin?.finality ?? 0)
        if delay > 0, let grace = aggregation.window?.grace { aggregation.window?.grace = grace +| delay }
        return aggregation
    }

    /// The root topics whose rows reach a query.
    package func topics(feeding query: Int) -> Set<String> {
        Set(feedingRoots[query].map { roots[$0].source.topic })
    }

    /// Whether event time is a column somewhere.
    package var hasTimestampColumn: Bool { roots.contains { $0.source.timestamp != nil } }

    /// The longest grace of the program's windows, with a session's gap, and of its joins of streams, with their reach
    /// (ms).
    package var longestGrace: Int64 {
        program.queries.indices.reduce(0) { longest, query in
            let joined = (program.queries[query].streamJoin?.finality ?? 0) +| reaches[query].delay
            guard let window = aggregation(query)?.window else { return max(longest, joined) }
            if case .session(let gap) = window.kind { return max(longest, window.grace +| 2 *| gap) }
            return max(longest, window.grace)
        }
    }

    /// How far behind the time at which a slice ends a partition's watermark has to come until nothing is missing (ms).
    /// - Parameter margin: where event time is a column; nil: the longest grace.
    package func timeBehindEnd(margin: Int64?) -> Int64 {
        longestGrace +| (hasTimestampColumn ? margin ?? longestGrace : 0)
    }

    /// Whether one process must read all partitions: a query groups by something else than the record key.
    package var needsAllPartitions: Bool {
        program.queries.contains { query in
            if case .aggregate(let aggregation) = query.operation { return !aggregation.isPartitionAffine }
            return false
        }
    }

    /// Whether a query has state.
    package var hasAggregations: Bool {
        program.queries.contains { query in
            if case .aggregate = query.operation { return true }
            return false
        }
    }

    /// Whether a query reads headers.
    package var readsHeaders: Bool {
        roots.contains { root in
            root.columns.contains { index in
                switch root.source.columns[index].role {
                case .headers, .header: true
                case .key, .value: false
                }
            }
        }
    }
}
