// SPDX-License-Identifier: Apache-2.0

/// Why records are rejected, as they are counted.
package struct RejectionReason: Hashable, Sendable {
    /// For example `wrong type`; of late records `late`.
    package var text: String
    /// The column that it is about, with its type: `AMOUNT DOUBLE`.
    package var subject: String?

    package init(_ text: String, subject: String? = nil) {
        self.text = text
        self.subject = subject
    }
}
