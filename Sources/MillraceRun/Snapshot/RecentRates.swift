// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Records and result rows per second, of each query, over the last seconds, and of all together over some minutes.
struct RecentRates {
    struct Sample {
        /// On the monotonic clock.
        var nanoseconds: UInt64
        /// By query, since the stage began.
        var records: [Int64]
        var rows: [Int64]
    }

    private static let windowNanoseconds: UInt64 = 10_000_000_000
    /// What was read in less than that makes no rate: the first batch of a stage comes at once.
    private static let leastNanoseconds: UInt64 = 1_000_000_000
    /// Five minutes.
    private static let maximumPoints = 300 / HistoryPoint.seconds

    private var samples: [Sample] = []
    private var pointStart: Sample?
    private(set) var history: [HistoryPoint] = []

    /// A new stage begins: its counters begin at 0.
    mutating func beginStage(_ sample: Sample) {
        samples = [sample]
        pointStart = nil
    }

    /// - Parameters:
    ///   - records: of all queries that read topics, so far: in the stage of the sample.
    mutating func add(_ sample: Sample) {
        samples.append(sample)
        while samples.count > 2, sample.nanoseconds -| samples[1].nanoseconds >= RecentRates.windowNanoseconds {
            samples.removeFirst()
        }
        guard let start = pointStart else { return pointStart = sample }
        let passed = sample.nanoseconds -| start.nanoseconds
        guard passed >= UInt64(HistoryPoint.seconds) * 1_000_000_000 else { return }
        history.append(
            HistoryPoint(
                recordsPerSecond: RecentRates.perSecond(
                    sample.records.max() ?? 0, start.records.max() ?? 0, passed),
                rowsPerSecond: RecentRates.perSecond(sample.rows.reduce(0, +), start.rows.reduce(0, +), passed)))
        if history.count > RecentRates.maximumPoints { history.removeFirst() }
        pointStart = sample
    }

    /// Input records per second of a query.
    func speed(_ query: Int) -> Double { rate(query) { $0.records } }

    /// Result rows per second of a query.
    func rows(_ query: Int) -> Double { rate(query) { $0.rows } }

    private func rate(_ query: Int, _ figures: (Sample) -> [Int64]) -> Double {
        guard let first = samples.first, let last = samples.last,
            last.nanoseconds -| first.nanoseconds >= RecentRates.leastNanoseconds,
            figures(first).indices.contains(query), figures(last).indices.contains(query)
        else { return 0 }
        return RecentRates.perSecond(
            figures(last)[query], figures(first)[query], last.nanoseconds -| first.nanoseconds)
    }

    private static func perSecond(_ new: Int64, _ old: Int64, _ nanoseconds: UInt64) -> Double {
        nanoseconds > 0 ? Double(max(new &- old, 0)) * 1e9 / Double(nanoseconds) : 0
    }
}
