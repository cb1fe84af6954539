// SPDX-License-Identifier: Apache-2.0

/// One line of librdkafka's log, without the secrets among the client's properties. It may carry text of the network's
/// other side: escape it before printing.
package struct KafkaLogLine: Hashable, Sendable {
    /// As in syslog: 0 emergency … 3 error, 4 warning, 6 information, 7 debug.
    package let level: Int32
    /// What part of librdkafka speaks, e.g. `FAIL`.
    package let facility: String
    package let text: String

    package init(level: Int32, facility: String, text: String) {
        self.level = level
        self.facility = facility
        self.text = text
    }
}

/// Receives log lines, on any thread. It must not call into the client that speaks.
package typealias KafkaLogHandler = @Sendable (KafkaLogLine) -> Void
