// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

extension ErrorCode {
    /// What `millrace help CODE` says.
    package struct Explanation: Hashable, Sendable {
        /// One line.
        package let title: String
        /// Why it happens and what it means.
        package let cause: String
        /// The next step, a command where there is one.
        package let step: String

        init(_ title: String, _ cause: String, step: String) {
            self.title = title
            self.cause = cause
            self.step = step
        }
    }

    /// What the code means; every code has one.
    package var explanation: Explanation {
        let families: [[ErrorCode: Explanation]] = [
            Explanation.configuration, Explanation.data, Explanation.kafka, Explanation.registry,
            Explanation.sql, Explanation.state,
            Explanation.process,
        ]
        return families.compactMap { $0[self] }.first ?? Explanation(rawValue, "", step: "")
    }
}
