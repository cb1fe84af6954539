// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Divides the threads' time into computing, waiting for Kafka to take something, and waiting for records.
///
///     poll thread   ├─ busy: its CPU time ─┼─ blocked: commits and sends, less their CPU ─┼─ idle: the rest ─┤
///     other threads ├─ busy ─┼─ idle ─────────────────────────────────────────────────────────────────────────┤
struct LoadMeter {
    /// Cumulative figures at one moment, in ns.
    struct Sample {
        var wall: UInt64
        /// CPU time; the poll thread first. A thread that was replaced begins at 0 again.
        var threads: [UInt64]
        var blocked: UInt64
    }

    private struct Total {
        var busy: UInt64 = 0
        var blocked: UInt64 = 0
        var idle: UInt64 = 0
    }

    /// What the shares are of: the last few samples.
    private static let window = 10

    private var samples: [Sample] = []
    private var totals: [String: Total] = [:]

    /// - Parameter mode: what the time since the last sample was spent on.
    mutating func add(_ sample: Sample, mode: String) {
        defer {
            samples.append(sample)
            if samples.count > LoadMeter.window + 1 { samples.removeFirst() }
        }
        guard let last = samples.last, sample.wall > last.wall else { return }
        let total = sample.wall -| last.wall
        let busy = LoadMeter.differences(sample.threads, last.threads)
        let blocked = min(LoadMeter.difference(sample.blocked, last.blocked), total)
        totals[mode, default: Total()].busy += busy.reduce(0, +)
        totals[mode, default: Total()].blocked += blocked
        let used = (busy.first ?? 0) + blocked
        totals[mode, default: Total()].idle += total -| used
    }

    var status: LoadStatus {
        var status = LoadStatus()
        status.threads = samples.last?.threads.count ?? 1
        for (mode, total) in totals.sorted(by: { $0.key < $1.key }) {
            status.totals.append(
                LoadStatus.Total(
                    mode: mode, busySeconds: Double(total.busy) / 1e9, blockedSeconds: Double(total.blocked) / 1e9,
                    idleSeconds: Double(total.idle) / 1e9))
        }
        guard let first = samples.first, let last = samples.last, last.wall > first.wall else { return status }
        let wall = Double(last.wall -| first.wall)
        var busiest: UInt64 = 0
        for thread in last.threads.indices {
            let used = zip(samples, samples.dropFirst()).reduce(UInt64(0)) { sum, pair in
                let new = pair.1.threads.indices.contains(thread) ? pair.1.threads[thread] : 0
                return sum + LoadMeter.difference(new, pair.0.threads, thread)
            }
            busiest = max(busiest, used)
        }
        status.busy = min(Double(busiest) / wall, 1)
        status.blocked = min(Double(LoadMeter.difference(last.blocked, first.blocked)) / wall, 1)
        return status
    }

    private static func differences(_ new: [UInt64], _ old: [UInt64]) -> [UInt64] {
        new.indices.map { difference(new[$0], old, $0) }
    }

    private static func difference(_ new: UInt64, _ old: [UInt64], _ place: Int) -> UInt64 {
        old.indices.contains(place) ? difference(new, old[place]) : new
    }

    /// A counter that went back has begun anew.
    private static func difference(_ new: UInt64, _ old: UInt64) -> UInt64 { new >= old ? new - old : new }
}
