// SPDX-License-Identifier: Apache-2.0
package import MillraceLog
import MillraceReport

extension LogLine {
    /// A line of librdkafka's own log. What it calls an error, a lost connection for example, mends itself mostly: it
    /// is a warning here. Errors of the run are said by the run.
    package init(_ line: KafkaLogLine) {
        let level: LogLevel =
            switch line.level {
            case ...2: .error
            case 3, 4: .warn
            case 5, 6: .info
            default: .debug
            }
        self.init(
            level, "librdkafka: \(line.facility) \(line.text)", kind: "librdkafka \(line.facility)",
            fields: [Field("facility", .text(line.facility))])
    }
}
