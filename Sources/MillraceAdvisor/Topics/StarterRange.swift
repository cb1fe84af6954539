// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillraceReport

/// The range of a first replay: one that holds records, and not too many.
package enum StarterRange {
    /// So many records are read in a moment.
    private static let fewRecords: Int64 = 1_000_000
    private static let hour: Int64 = 3_600_000

    /// `--from … --to now`
    /// - Parameters:
    ///   - records: how many the topic has, about.
    ///   - times: the Kafka timestamps of its newest ones.
    ///   - now: in milliseconds since 1970.
    package static func options(records: Int64, times: [EventTime], now: EventTime) -> String {
        "--from \(position(records: records, times: times, now: now)) --to now"
    }

    private static func position(records: Int64, times: [EventTime], now: EventTime) -> String {
        // One broken clock among them must not choose the range.
        let sane = times.filter { $0 <= now +| 24 *| hour }
        guard records > fewRecords, let newest = sane.max() else { return "earliest" }
        // The newest record has to be in the range some minutes later still.
        if newest > now -| hour / 2 { return "-1h" }
        let start = newest - newest % hour
        return TimeDisplay.short(start).split(separator: " ").joined(separator: "T") + "Z"
    }
}
