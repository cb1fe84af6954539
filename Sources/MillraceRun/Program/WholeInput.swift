// SPDX-License-Identifier: Apache-2.0
import MillraceEngine

/// Why one process must have all partitions of the input.
enum WholeInput: Sendable {
    /// A query groups by something else than the record key, and there is no exchange.
    case grouping
    /// A query joins: rows are looked up in tables whole.
    case joining

    /// Nil: several processes may share the input.
    init?(_ graph: QueryGraph, hasExchange: Bool) {
        if graph.hasJoins {
            self = .joining
        } else if graph.needsAllPartitions, !hasExchange {
            self = .grouping
        } else {
            return nil
        }
    }

    /// Behind "this program".
    var reason: String {
        switch self {
        case .grouping: "groups by something else than the record key"
        case .joining: "has joins, which run in one process"
        }
    }

    /// What lets it run in several, behind other advice; empty: nothing does.
    var remedy: String {
        switch self {
        case .grouping: "; with --exchange from the start it runs in several"
        case .joining: ""
        }
    }
}
