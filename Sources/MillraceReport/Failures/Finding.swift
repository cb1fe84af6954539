// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// What `doctor` has to say about one thing.
package struct Finding: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable, CaseIterable {
        /// It is as it should be.
        case sound
        /// It could not be looked at.
        case unseen
        /// It works, and may surprise.
        case warning
        /// It will fail, or give another answer than the one meant.
        case error
    }

    package var severity: Severity
    /// Of a warning or an error.
    package var code: ErrorCode?
    /// The topic, partition, group or property that it is about; nil: the cluster.
    package var subject: String?
    package var message: String
    /// The next step, a command where there is one.
    package var step: String?

    package init(
        severity: Finding.Severity, code: ErrorCode? = nil, subject: String? = nil, message: String, step: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.subject = subject
        self.message = message
        self.step = step
    }

    package static func sound(_ message: String) -> Finding { Finding(severity: .sound, message: message) }

    package static func unseen(_ message: String, step: String? = nil) -> Finding {
        Finding(severity: .unseen, message: message, step: step)
    }

    package static func warning(_ code: ErrorCode, _ subject: String?, _ message: String, step: String? = nil)
        -> Finding
    {
        Finding(severity: .warning, code: code, subject: subject, message: message, step: step ?? code.explanation.step)
    }

    package static func error(_ code: ErrorCode, _ subject: String?, _ message: String, step: String? = nil) -> Finding
    {
        Finding(severity: .error, code: code, subject: subject, message: message, step: step ?? code.explanation.step)
    }
}
