// SPDX-License-Identifier: Apache-2.0

/// A record over which the run ends.
struct RejectionFailure {
    var place: RejectionReport.Place
    var query: String
    /// What is wrong with it.
    var detail: String
    /// Why that ends the run.
    var cause: String
    var hint: String

    var error: RunFailure {
        RunFailure(.data, "\(place.text): \(detail), in \(query) (\(cause))", hint: hint)
    }
}
