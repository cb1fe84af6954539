// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How the CPU time of some work grows with its size. Not wall time, and the least of a few runs, so that a busy
/// machine does not decide.
package struct GrowthCheck: CustomStringConvertible {
    /// Times below say nothing.
    private static let floor = 0.02

    package private(set) var points: [(size: Int, seconds: Double)] = []

    /// - Parameters:
    ///   - sizes: ascending.
    ///   - body: does the work for a size, on the calling thread.
    ///   - work: how much that was, where it does not grow as the size does.
    package init(sizes: Int..., body: (Int) throws -> Void, work: (() -> Int)? = nil) rethrows {
        for size in sizes {
            var least = Double.infinity
            // What takes long is measured well enough at once.
            for _ in 0..<3 where least == .infinity || least < 0.3 {
                least = min(least, try GrowthCheck.seconds { try body(size) })
            }
            points.append((work?() ?? size, least))
        }
        // Neighbours that take the caches away do so for a while; what grows too fast does so each time.
        for _ in 0..<2 where !isLinear {
            for (index, size) in sizes.enumerated() {
                points[index].seconds = min(points[index].seconds, try GrowthCheck.seconds { try body(size) })
            }
        }
    }

    /// CPU time of the calling thread.
    package static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = now()
        try body()
        return now() - start
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Whether the time grows as the size does, from the first size to the last. Half-way to what is quadratic, on a
    /// scale of powers, is taken for n log n and noise: from a size to one four times as large, 8 times the time.
    package var isLinear: Bool {
        guard let first = points.first, let last = points.last else { return true }
        let growth = Double(last.size) / Double(first.size)
        return last.seconds <= max(first.seconds, GrowthCheck.floor) * growth * growth.squareRoot()
    }

    /// Whether a unit of the last work takes at most twice as long as one of the first: the memory that it lies in is
    /// farther away.
    package var isProportional: Bool {
        guard let first = points.first, let last = points.last else { return true }
        let growth = Double(last.size) / Double(first.size)
        return last.seconds <= 2 * growth * max(first.seconds, GrowthCheck.floor)
    }

    package var description: String {
        points.map { "\($0.size): \(Double(Int($0.seconds * 10_000)) / 10) ms" }.joined(separator: ", ")
    }
}
