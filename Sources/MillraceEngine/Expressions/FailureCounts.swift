// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// What could not give a value: a function, an operator or an aggregate at its place in the program.
package struct FailurePlace: Hashable, Sendable {
    /// As it is written in SQL.
    package var function: String
    /// The column of the result that it is computed for, or the clause; empty where that is not known.
    package var subject: String
    package var location: SourceLocation?

    package init(function: String, subject: String, location: SourceLocation?) {
        self.function = function
        self.subject = subject
        self.location = location
    }
}

/// How many expressions had no value for a row, by reason and by place. Not thread-safe: one owner at a time.
package final class FailureCounts {
    private var tally = Tally()
    /// The part of the above whose place is known. Changed once a batch that has failures, never once a row.
    private var places: [FailurePlace: Tally] = [:]

    /// One count a reason.
    private struct Tally {
        var divisionByZero = 0
        var overflow = 0
        var badCast = 0
        var badArgument = 0
        var tooComplex = 0

        subscript(_ failure: EvaluationFailure) -> Int {
            switch failure {
            case .divisionByZero: divisionByZero
            case .overflow: overflow
            case .badCast: badCast
            case .badArgument: badArgument
            case .tooComplex: tooComplex
            }
        }

        mutating func add(_ failure: EvaluationFailure, _ count: Int) {
            switch failure {
            case .divisionByZero: divisionByZero += count
            case .overflow: overflow += count
            case .badCast: badCast += count
            case .badArgument: badArgument += count
            case .tooComplex: tooComplex += count
            }
        }

        mutating func add(_ other: Tally) {
            for failure in EvaluationFailure.allCases { add(failure, other[failure]) }
        }
    }

    package init() {}

    /// The count of one reason.
    package subscript(_ failure: EvaluationFailure) -> Int { tally[failure] }

    /// The count of one reason at one place.
    package subscript(_ failure: EvaluationFailure, at place: FailurePlace) -> Int { places[place]?[failure] ?? 0 }

    /// The places that have counts, in no order.
    package var knownPlaces: some Collection<FailurePlace> { places.keys }

    /// The count of all reasons.
    package var total: Int { EvaluationFailure.allCases.reduce(0) { $0 + tally[$1] } }

    package func add(_ failure: EvaluationFailure, count: Int = 1) { tally.add(failure, count) }

    /// Adds the counts of another.
    package func merge(_ other: FailureCounts) {
        tally.add(other.tally)
        for (place, counts) in other.places { places[place, default: Tally()].add(counts) }
    }

    /// Adds the counts of another, all of which are of this place.
    func merge(_ other: FailureCounts, at place: FailurePlace) {
        tally.add(other.tally)
        places[place, default: Tally()].add(other.tally)
    }

    package func removeAll() {
        tally = Tally()
        places.removeAll(keepingCapacity: true)
    }
}

/// What one operation of an expression, or one aggregate, has failed on since it reported last.
final class FailureTally {
    let counts = FailureCounts()
    private let place: FailurePlace

    init(_ function: String, at site: ExpressionSite) {
        place = FailurePlace(function: function, subject: site.subject, location: site.location)
    }

    /// Passes the counts on, with the place, and begins anew.
    func report(to failures: FailureCounts) {
        if counts.total == 0 { return }
        failures.merge(counts, at: place)
        counts.removeAll()
    }
}
