// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// When to say again how far a run is.
struct ProgressPace {
    private var lastMilliseconds: Int64 = 0
    private var lastStage = ""
    private var lastRecords = 0

    /// Records per second since the last word; nil: it is not time yet, or there is nothing new.
    /// - Parameters:
    ///   - hasEnd: whether the stage has one; what has none is told of less often.
    ///   - isDrawn: whether each word takes the place of the last one.
    mutating func rate(
        stage: String, records: Int, hasEnd: Bool, elapsedMilliseconds: Int64, isDrawn: Bool
    ) -> Double? {
        // A run that goes back to its last commit begins its stage again. What was read before belongs to another
        // stage: there is no rate before the second look.
        if stage != lastStage || elapsedMilliseconds < lastMilliseconds || records < lastRecords {
            (lastStage, lastMilliseconds, lastRecords) = (stage, elapsedMilliseconds, records)
        }
        let interval: Int64 = isDrawn ? 200 : hasEnd ? 5000 : 60_000
        let passed = elapsedMilliseconds -| lastMilliseconds
        guard passed >= interval else { return nil }
        let read = records - lastRecords
        (lastMilliseconds, lastRecords) = (elapsedMilliseconds, records)
        // A stream that stands still has nothing to say in a log.
        guard isDrawn || hasEnd || read > 0 else { return nil }
        return Double(read) * 1000 / Double(max(passed, 1))
    }
}
