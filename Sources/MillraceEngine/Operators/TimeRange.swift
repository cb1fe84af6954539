// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The rows of a slice that was given by time, for queries without windows: from ≤ event time < to.
struct TimeRange {
    private let from: EventTime
    private let to: EventTime

    /// Nil where the slice is not given by time.
    init?(_ options: PipelineOptions) {
        guard options.fromTime != nil || options.toTime != nil else { return nil }
        from = options.fromTime ?? .min
        to = options.toTime ?? .max
    }

    func keep(_ selection: Selection, times: UnsafePointer<Int64>) {
        let before = selection.count
        selection.count = 0
        for position in 0..<before {
            let row = Int(selection.indices[position])
            if times[row] >= from && times[row] < to { selection.append(row) }
        }
    }
}
