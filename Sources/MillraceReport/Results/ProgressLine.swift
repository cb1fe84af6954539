// SPDX-License-Identifier: Apache-2.0

/// How far the work has come, as one line.
package struct ProgressLine: Hashable, Sendable {
    /// What is going on: `batch`, `restore`, `stream`.
    package var activity: String
    /// Records done.
    package var records: Int64
    /// Records in all; nil where there is no end.
    package var total: Int64?
    /// Since the start of this activity.
    package var elapsedNanoseconds: UInt64
    /// Records per second now.
    package var rate: Double

    package init(activity: String, records: Int64, total: Int64?, elapsedNanoseconds: UInt64, rate: Double) {
        self.activity = activity
        self.records = records
        self.total = total
        self.elapsedNanoseconds = elapsedNanoseconds
        self.rate = rate
    }

    /// For a log: `batch 1,200,000 of 4,000,000 records, 30 %, 412,000/s, 6.8 s left`.
    package var plain: String {
        "\(activity) \(facts)"
    }

    /// As the log has it.
    package var logLine: LogLine {
        var fields = [LogLine.Field("stage", .text(activity)), LogLine.Field("records", .number(records))]
        if let total { fields.append(LogLine.Field("total", .number(total))) }
        fields.append(LogLine.Field("recordsPerSecond", .json(JSONPieces.number(rate.rounded()))))
        return LogLine(.info, plain, fields: fields)
    }

    /// For a terminal that is `width` columns wide: the same behind a bar, as far as both fit. No newline.
    package func terminal(width: Int) -> String {
        let text = facts
        let room = min(width - activity.count - text.count - 3, 30)
        guard let fraction, room >= 8 else { return String(plain.prefix(max(width - 1, 0))) }
        let full = Int((Double(room) * fraction).rounded(.down))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: room - full)
        return "\(activity) \(bar) \(text)"
    }

    /// 0 … 1; nil where there is no end.
    private var fraction: Double? {
        guard let total else { return nil }
        return total > 0 ? min(max(Double(records) / Double(total), 0), 1) : 1
    }

    private var facts: String {
        let speed = "\(NumberDisplay.decimal(rate))/s"
        guard let total, let fraction else { return "\(NumberDisplay.count(records)) records, \(speed)" }
        // 100 % only when all is done.
        let percent = Int((fraction * 100).rounded(.down))
        let start = "\(NumberDisplay.count(records)) of \(NumberDisplay.count(total)) records, \(percent) %, \(speed)"
        guard records < total else {
            return "\(start), took \(NumberDisplay.duration(nanoseconds: elapsedNanoseconds))"
        }
        guard rate > 0 else { return start }
        let left = Double(total &- records) / rate
        // Beyond a hundred hours the estimate says nothing.
        guard left < 360_000 else { return start }
        return "\(start), \(NumberDisplay.duration(nanoseconds: UInt64(left * 1e9))) left"
    }
}
