// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

extension RunFailure {
    /// A stop was asked for while an answer of the group's coordinator was in doubt.
    static func stoppedInDoubt(_ doubt: String) -> RunFailure {
        RunFailure(.tryAgain, .offsetsForgotten, "stopped: \(doubt)", hint: "the next start asks again")
    }
}
