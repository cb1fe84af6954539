// SPDX-License-Identifier: Apache-2.0

/// Why a record does not reach a query's result, by the names that a configuration has for them, as `errors.late`.
package enum RejectionCause: String, Hashable, Sendable, CaseIterable {
    /// It cannot be decoded, or has no usable event time.
    case decode
    /// It has no key in a table, or no group in an aggregation. Counted as filtered.
    case nullKey = "null.key"
    /// Its event time lies further ahead of its timestamp than `PipelineOptions.futureLimit`.
    case future
    case late
    /// A result that is larger than its topic takes.
    case tooLarge = "too.large"
    /// A result that its topic does not take for its time, or because it has no key.
    case refused
}
