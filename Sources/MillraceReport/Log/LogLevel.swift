// SPDX-License-Identifier: Apache-2.0

/// How much a line matters. In order: what matters most comes first.
package enum LogLevel: String, Hashable, Sendable, CaseIterable, Comparable {
    /// The process ends because of it, or a client of librdkafka is beyond repair.
    case error
    /// The run goes on, but something is not as it should be, or input or results are left out.
    case warn
    /// What the run does, in a few lines an hour.
    case info
    /// What librdkafka does, for those who look for a fault.
    case debug

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .error: 0
        case .warn: 1
        case .info: 2
        case .debug: 3
        }
    }
}

/// How lines are written.
package enum LogFormat: String, Hashable, Sendable, CaseIterable {
    /// For people: the message alone.
    case text
    /// For machines: one JSON object a line.
    case json
}

/// Which lines are written, and how.
package struct LogSettings: Hashable, Sendable {
    /// What matters less is not written.
    package var level: LogLevel
    package var format: LogFormat

    package init(level: LogLevel = .info, format: LogFormat = .text) {
        self.level = level
        self.format = format
    }
}
