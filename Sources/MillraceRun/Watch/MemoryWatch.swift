// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// Keeps the state of a run within its budget: looks at it now and then, with nothing under way.
///
///     0 ─────────────── release ── pressure ───────── limit
///     all sources are read        those that are ahead   the run ends and says which query holds how much
///                                 of the slowest wait
///
/// Holding back what is ahead helps where windows wait for the slowest partition: it reads on, they close, and what
/// they held is free.
struct MemoryWatch {
    private static let interval: UInt64 = 250_000_000
    /// A look takes at most one part in so many of the time.
    private static let thrift: UInt64 = 200
    /// What a record adds to the state, at the most usual: so many may come between two looks that they add a little.
    private static let bytesPerRecord: Int64 = 100

    /// In bytes; nil: there is none.
    let limit: Int64?
    private var nextLook: UInt64 = 0
    private var recordsAtLook = 0
    private(set) var isUnderPressure = false

    init(limit: Int64?) { self.limit = limit }

    /// - Parameter records: how many were read so far.
    func isDue(now: UInt64, records: Int) -> Bool {
        guard let limit else { return false }
        return now >= nextLook || Int64(abs(records -| recordsAtLook)) *| MemoryWatch.bytesPerRecord > limit / 16
    }

    /// - Returns: whether the pressure has begun or ended.
    mutating func look(_ pipeline: Pipeline, records: Int, clock: any Clock) throws -> Bool {
        guard let limit else { return false }
        recordsAtLook = records
        let began = clock.monotonicNanoseconds()
        let queries = pipeline.graph.program.queries
        let held = queries.indices.map { Int64(pipeline.stateBytes($0)) }
        let now = clock.monotonicNanoseconds()
        nextLook = now +| max(MemoryWatch.interval, (now -| began) *| MemoryWatch.thrift)
        let total = held.reduce(0, +)
        guard total <= limit else { throw MemoryWatch.failure(pipeline, held, limit) }
        let wasUnderPressure = isUnderPressure
        isUnderPressure = total > limit / 100 * (wasUnderPressure ? 70 : 80)
        return isUnderPressure != wasUnderPressure
    }

    private static func failure(_ pipeline: Pipeline, _ held: [Int64], _ limit: Int64) -> RunFailure {
        let parts = held.enumerated().filter { $0.element > 0 }.sorted { $0.element > $1.element }.map { query, bytes in
            let groups = NumberDisplay.count(Int64(pipeline.groupCount(query)))
            let windows = pipeline.openWindows(query, limit: 0).map { ", \($0.count) open windows" } ?? ""
            let name = pipeline.graph.program.queries[query].name
            return "\(name) \(NumberDisplay.bytes(bytes)) (\(groups) groups\(windows))"
        }
        return RunFailure(
            .memory, .stateTooLarge,
            "the state takes more than state.memory.max (\(NumberDisplay.bytes(limit))): "
                + parts.joined(separator: ", "),
            hint: "raise state.memory.max, or give the machine or container more memory; or let the query hold less: "
                + "fewer or shorter keys, shorter windows, a shorter GRACE PERIOD")
    }
}
