// SPDX-License-Identifier: Apache-2.0
import MillraceKafka
import MillraceLog
import MillraceReport
import Testing

@testable import MillraceRun

@Suite struct LogLineTests {
    @Test(arguments: zip([0, 2, 3, 4, 6, 7] as [Int32], [.error, .error, .warn, .warn, .info, .debug] as [LogLevel]))
    func librdkafkasLevels(level: Int32, wanted: LogLevel) {
        #expect(LogLine(KafkaLogLine(level: level, facility: "FAIL", text: "x")).level == wanted)
    }
}
