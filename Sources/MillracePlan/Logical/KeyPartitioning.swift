// SPDX-License-Identifier: Apache-2.0

/// What is known of the partitions in which a topic's keys lie (`keys.partitioning`).
package enum KeyPartitioning: String, Hashable, Sendable, CaseIterable {
    /// Each key lies in one partition. It is looked at, and what is wrong is not published.
    case murmur2
    /// Anywhere: queries that group by the record key regroup.
    case any
    /// As `murmur2`, and whoever says so answers for it: a key in two partitions is named and counted.
    case trusted

    /// What SET and the configuration call it.
    package static let setting = "keys.partitioning"
}

extension ProgramPlan {
    /// Groups by the record key as by anything else: rows of one key may come from several partitions.
    package mutating func regroupKeys() {
        for index in queries.indices {
            guard case .aggregate(var aggregation) = queries[index].operation else { continue }
            aggregation.isPartitionAffine = false
            queries[index].operation = .aggregate(aggregation)
        }
    }
}
