// SPDX-License-Identifier: Apache-2.0
package import MillracePlan

/// How many expressions had no value for a row, by reason. Not thread-safe: one owner at a time.
package final class FailureCounts {
    private var divisionByZero = 0
    private var overflow = 0
    private var badCast = 0
    private var badArgument = 0

    package init() {}

    /// The count of one reason.
    package subscript(_ failure: EvaluationFailure) -> Int {
        switch failure {
        case .divisionByZero: divisionByZero
        case .overflow: overflow
        case .badCast: badCast
        case .badArgument: badArgument
        }
    }

    /// The count of all reasons.
    package var total: Int { divisionByZero + overflow + badCast + badArgument }

    package func add(_ failure: EvaluationFailure, count: Int = 1) {
        switch failure {
        case .divisionByZero: divisionByZero += count
        case .overflow: overflow += count
        case .badCast: badCast += count
        case .badArgument: badArgument += count
        }
    }

    /// Adds the counts of another.
    package func merge(_ other: FailureCounts) {
        divisionByZero += other.divisionByZero
        overflow += other.overflow
        badCast += other.badCast
        badArgument += other.badArgument
    }

    package func removeAll() {
        divisionByZero = 0
        overflow = 0
        badCast = 0
        badArgument = 0
    }
}
