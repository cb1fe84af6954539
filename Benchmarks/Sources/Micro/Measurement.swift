// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The time and size of the measured part of one benchmark.
struct Measurement {
    /// The fastest of the repetitions.
    var nanoseconds: Double
    var rows: Int
    var bytesPerRow: Double

    var nanosecondsPerRow: Double { nanoseconds / Double(rows) }

    /// Runs all batches once (so that memory is there and tables have their size), then measures.
    /// - Parameter repetitions: 1 where instructions are counted, which are the same each time.
    static func run(_ workload: Workload, rows: Int, repetitions: Int) -> Measurement {
        let batches = max(1, rows / Workload.batchRows)
        var next = 0
        func run(_ count: Int) {
            measuredPart(workload.run, from: next, count: count)
            next += count
        }
        for _ in 0..<workload.batches {
            consume(workload.run(next))
            next += 1
        }
        var fastest = Double.infinity
        for _ in 0..<repetitions {
            let start = monotonicNanoseconds()
            run(batches)
            fastest = min(fastest, Double(monotonicNanoseconds() - start))
        }
        return Measurement(
            nanoseconds: fastest, rows: batches * Workload.batchRows, bytesPerRow: workload.bytesPerRow)
    }

    private static func monotonicNanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

/// All that is measured: `scripts/budget` counts the instructions between the entry and the exit of this function, by
/// its name.
@inline(never)
func measuredPart(_ run: (Int) -> Int, from first: Int, count: Int) {
    for number in first..<(first + count) { consume(run(number)) }
}

/// Uses a value, so that what has made it cannot be left out.
@inline(never)
@_optimize(none)
func consume(_ value: Int) {}
