// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// One call of an aggregate function in a query.
package struct AggregateCall: Hashable, Sendable {
    package var function: AggregateFunction
    /// Over the scan's columns; empty for COUNT(*).
    package var arguments: [Expression]
    /// The constant arguments: k of TOPK, n of EARLIEST_BY_OFFSET; nil where not given.
    package var limit: Int?
    /// EARLIEST_BY_OFFSET and LATEST_BY_OFFSET: whether NULLs are skipped (the default).
    package var ignoresNulls: Bool
    package var result: DataType
    package var site: ExpressionSite

    package init(
        _ function: AggregateFunction, arguments: [Expression], limit: Int? = nil, ignoresNulls: Bool = true,
        result: DataType, at site: ExpressionSite = .unknown
    ) {
        self.function = function
        self.arguments = arguments
        self.limit = limit
        self.ignoresNulls = ignoresNulls
        self.result = result
        self.site = site
    }
}

/// The aggregate functions, by their SQL names. Results are exact and do not depend on the order of the input, except
/// the ones whose name says an order; those go by offset within a partition and between partitions by
/// (event time, topic, partition, offset).
package enum AggregateFunction: String, Hashable, Sendable, CaseIterable {
    /// Rows: COUNT(*).
    case countAll = "COUNT(*)"
    /// Rows whose argument is not NULL.
    case count = "COUNT"
    case sum = "SUM"
    case min = "MIN"
    case max = "MAX"
    /// The exact sum rounded once to DOUBLE, divided by the count of non-NULL values.
    case average = "AVG"
    case earliestByOffset = "EARLIEST_BY_OFFSET"
    case latestByOffset = "LATEST_BY_OFFSET"
    case collectList = "COLLECT_LIST"
    case collectSet = "COLLECT_SET"
    case countDistinct = "COUNT_DISTINCT"
    /// The k greatest values, descending; of structs by their first field, with the others as they come.
    case topK = "TOPK"
    /// The k greatest different values, descending.
    case topKDistinct = "TOPKDISTINCT"
    case standardDeviationOfSample = "STDDEV_SAMP"
    /// How often each text comes.
    case histogram = "HISTOGRAM"
    /// Pearson's coefficient of two DOUBLEs.
    case correlation = "CORRELATION"

    /// Whether the result depends on the order in which rows with equal values stand in the logs.
    package var isOrdered: Bool {
        switch self {
        case .earliestByOffset, .latestByOffset, .collectList, .collectSet, .topK: true
        case .countAll, .count, .sum, .min, .max, .average, .countDistinct, .topKDistinct, .standardDeviationOfSample,
            .histogram, .correlation:
            false
        }
    }

    /// The type of the result for an argument of this type, or nil where the function does not take it.
    /// `argument` is nil for COUNT(*); `limit` is the constant n or k, nil where it is not given.
    package func resultType(argument: DataType?, limit: Int?) -> DataType? {
        switch self {
        case .countAll: return argument == nil ? .bigint : nil
        case .count, .countDistinct: return argument == nil ? nil : .bigint
        case .sum:
            switch argument {
            case .integer: return .integer
            case .bigint: return .bigint
            case .double: return .double
            case .decimal(let precision, let scale):
                return .decimal(precision: Swift.min(precision + 10, 38), scale: scale)
            default: return nil
            }
        case .min, .max:
            guard let argument, argument.isScalar, argument != .boolean else { return nil }
            return argument
        case .histogram: return argument == .varchar ? .map(key: .varchar, value: .bigint) : nil
        case .correlation: return argument == .double ? .double : nil
        case .average, .standardDeviationOfSample:
            guard let argument, argument.isNumeric else { return nil }
            return .double
        case .earliestByOffset, .latestByOffset:
            guard let argument else { return nil }
            return limit == nil ? argument : .array(argument)
        case .collectList, .collectSet:
            return argument.map { .array($0) }
        case .topK:
            if case .structure(let fields)? = argument, let first = fields.first?.type, limit != nil {
                return first.isScalar && first != .boolean ? argument.map { .array($0) } : nil
            }
            fallthrough
        case .topKDistinct:
            guard let argument, argument.isScalar, argument != .boolean, limit != nil else { return nil }
            return .array(argument)
        }
    }
}
