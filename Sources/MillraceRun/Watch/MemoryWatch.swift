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
    /// What a byte that is read adds to the state, where nothing else is known: between two looks so many bytes may
    /// come that they add an eighth of what is left.
    private static let leastGrowth = 4.0

    /// In bytes; nil: there is none.
    let limit: Int64?
    private var nextLook: UInt64 = 0
    private var bytesAtLook = 0
    /// So many bytes may be read until the next look.
    private var bytesUntilLook = 0
    private var heldAtLook: Int64 = 0
    private var growth = MemoryWatch.leastGrowth
    private(set) var isUnderPressure = false

    init(limit: Int64?) { self.limit = limit }

    /// - Parameter bytes: how many were run so far.
    func isDue(now: UInt64, bytes: Int) -> Bool {
        guard limit != nil else { return false }
        return now >= nextLook || bytes -| bytesAtLook > bytesUntilLook || bytes < bytesAtLook
    }

    /// - Returns: whether the pressure has begun or ended.
    mutating func look(_ pipeline: Pipeline, bytes: Int, clock: any Clock) throws -> Bool {
        guard let limit else { return false }
        let began = clock.monotonicNanoseconds()
        let queries = pipeline.graph.program.queries
        let held = queries.indices.map { Int64(pipeline.stateBytes($0)) }
        let now = clock.monotonicNanoseconds()
        nextLook = now +| max(MemoryWatch.interval, (now -| began) *| MemoryWatch.thrift)
        let total = held.reduce(0, +)
        learn(total, limit, bytes)
        guard total <= limit else { throw MemoryWatch.failure(pipeline, held, limit) }
        let wasUnderPressure = isUnderPressure
        isUnderPressure = total > limit / 100 * (wasUnderPressure ? 70 : 80)
        return isUnderPressure != wasUnderPressure
    }

    /// Notes how much the bytes since the last look have added, and says how many may come until the next one.
    private mutating func learn(_ total: Int64, _ limit: Int64, _ bytes: Int) {
        let read = bytes -| bytesAtLook
        if read > 0 {
            let measured = 1.5 * Double(total - heldAtLook) / Double(read)
            // It comes down slowly: what a program holds may grow by fits.
            growth = max(measured, growth * 0.9, MemoryWatch.leastGrowth)
        }
        bytesAtLook = bytes
        heldAtLook = total
        bytesUntilLook = Int(Double(max(limit - total, limit / 64)) / 8 / growth)
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
