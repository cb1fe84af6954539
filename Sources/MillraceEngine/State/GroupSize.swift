// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// How much memory a group of a query takes, about: what can be told before there are any.
package struct GroupSize: Hashable, Sendable {
    /// Of the index and the accumulators' slots; of sessions, of a key's one session.
    package var bytes: Int
    /// The aggregates that keep values besides, which take what the values take.
    package var growing: [String]

    /// - Parameter isFlushed: whether a changelog is kept.
    init(_ aggregation: Aggregation, isFlushed: Bool) {
        let slot = AccumulatorSet(aggregation.aggregates, marks: isFlushed ? FlushMarks() : nil).slotBytes
        bytes = GroupIndex.groupBytes + slot
        if case .session? = aggregation.window?.kind { bytes += SpanTable.spanBytes }
        growing = aggregation.aggregates.filter(GroupSize.keepsValues).map(\.function.rawValue)
    }

    private static func keepsValues(_ call: AggregateCall) -> Bool {
        switch call.function {
        case .countAll, .count, .sum, .average, .standardDeviationOfSample, .correlation: return false
        case .collectList, .collectSet, .countDistinct, .topK, .topKDistinct, .histogram,
            .earliestByOffset, .latestByOffset:
            return true
        case .min, .max:
            switch call.arguments.first?.type {
            case .integer?, .bigint?, .double?, .date?, .time?, .timestamp?, .decimal?: return false
            default: return true
            }
        }
    }
}

extension QueryGraph {
    /// Nil: the query has no groups.
    package func groupSize(_ query: Int, isFlushed: Bool) -> GroupSize? {
        guard case .aggregate(let aggregation) = program.queries[query].operation else { return nil }
        return GroupSize(aggregation, isFlushed: isFlushed)
    }
}
