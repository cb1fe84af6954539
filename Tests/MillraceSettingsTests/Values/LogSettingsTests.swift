// SPDX-License-Identifier: Apache-2.0
import MillraceReport
import Testing

@testable import MillraceSettings

@Suite struct LogSettingsTests {
    @Test func whoAsksLibrdkafkaForDebugLinesSeesThem() throws {
        let asking = try Configuration.parse("kafka: {debug: broker}")
        #expect(LogSettings(asking, standardFormat: .json) == LogSettings(level: .debug, format: .json))
        #expect(LogSettings(Configuration(), standardFormat: .text) == LogSettings(level: .info, format: .text))
        let said = try Configuration.parse("kafka: {debug: broker}\nlog.level: warn\nlog.format: text")
        #expect(LogSettings(said, standardFormat: .json) == LogSettings(level: .warn, format: .text))
    }
}
