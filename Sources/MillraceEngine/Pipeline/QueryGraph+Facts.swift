// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What is asked of a program before it runs.
extension QueryGraph {
    /// The root topics whose rows reach a query.
    package func topics(feeding query: Int) -> Set<String> {
        Set(feedingRoots[query].map { roots[$0].source.topic })
    }

    /// Whether event time is a column somewhere.
    package var hasTimestampColumn: Bool { roots.contains { $0.source.timestamp != nil } }

    /// The longest grace of the program's windows, with a session's gap (ms).
    package var longestGrace: Int64 {
        program.queries.reduce(0) { longest, query in
            guard case .aggregate(let aggregation) = query.operation, let window = aggregation.window else {
                return longest
            }
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
