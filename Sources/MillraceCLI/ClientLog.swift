// SPDX-License-Identifier: Apache-2.0
import MillraceKafka
import MillraceRuntime
import Synchronization

/// librdkafka's own log lines on stderr: errors, at most one of a kind in ten seconds, and all that the property
/// `debug` asks for.
final class ClientLog: Sendable {
    private static let interval: UInt64 = 10_000_000_000
    /// Syslog's number for errors; lower ones are worse.
    private static let errorLevel: Int32 = 3
    /// Syslog's number for debug lines.
    private static let debugLevel: Int32 = 7

    private struct Kind {
        var lastShown: UInt64
        var suppressed: Int
    }

    private let kinds = Mutex<[String: Kind]>([:])
    private let clock = SystemClock()

    /// Called on librdkafka's threads.
    func take(_ line: KafkaLogLine) {
        guard line.level != ClientLog.debugLevel else { return show(line, suppressed: 0) }
        guard line.level <= ClientLog.errorLevel else { return }
        let now = clock.monotonicNanoseconds()
        let suppressed: Int? = kinds.withLock { kinds in
            if let kind = kinds[line.facility], now - kind.lastShown < ClientLog.interval {
                kinds[line.facility]?.suppressed += 1
                return nil
            }
            let before = kinds[line.facility]?.suppressed ?? 0
            kinds[line.facility] = Kind(lastShown: now, suppressed: 0)
            return before
        }
        if let suppressed { show(line, suppressed: suppressed) }
    }

    private func show(_ line: KafkaLogLine, suppressed: Int) {
        let more = suppressed > 0 ? " (\(suppressed) more like this before)" : ""
        Console.logLine("librdkafka: \(line.facility) \(line.text)\(more)")
    }
}
