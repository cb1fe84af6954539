// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceReport

/// A record over which the run ends.
struct RejectionFailure {
    var place: RejectionReport.Place
    var query: String
    /// What is wrong with it.
    var detail: String
    var kind: RejectionCause
    /// Nil: that of its kind.
    var code: ErrorCode?
    /// Why that ends the run.
    var cause: String
    var hint: String

    var error: RunFailure {
        RunFailure(.data, code ?? ErrorCode(kind), "\(place.text): \(detail), in \(query) (\(cause))", hint: hint)
    }
}

extension ErrorCode {
    fileprivate init(_ cause: RejectionCause) {
        switch cause {
        case .decode: self = .undecodableRecord
        case .nullKey: self = .keylessRecord
        case .future: self = .recordAheadOfTime
        case .late: self = .lateRecord
        case .tooLarge: self = .recordTooLarge
        case .refused: self = .resultTimeRefused
        }
    }
}
