// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// What became of the records of the last minute or so, by query.
struct RecentAccounts {
    private struct Sample {
        /// On the monotonic clock.
        var nanoseconds: UInt64
        var sums: [AccountReport]
    }

    private static let distance: UInt64 = 10_000_000_000
    private static let window: UInt64 = 60_000_000_000

    private var samples: [Sample] = []

    /// - Parameter accounts: all counts since the beginning.
    mutating func add(_ accounts: [AccountReport], nanoseconds: UInt64) -> [AccountReport] {
        let sums = RecentAccounts.sums(accounts)
        defer {
            if samples.last.map({ nanoseconds -| $0.nanoseconds >= RecentAccounts.distance }) ?? true {
                samples.append(Sample(nanoseconds: nanoseconds, sums: sums))
            }
            while samples.count > 1, nanoseconds -| samples[1].nanoseconds >= RecentAccounts.window {
                samples.removeFirst()
            }
        }
        guard let first = samples.first else { return sums }
        return sums.map { new in
            guard let old = first.sums.first(where: { $0.query == new.query }) else { return new }
            return AccountReport(
                query: new.query, topic: new.topic, partition: -1, read: new.read - old.read, used: new.used - old.used,
                filtered: new.filtered - old.filtered, late: new.late - old.late, bad: new.bad - old.bad,
                superseded: new.superseded - old.superseded)
        }
    }

    /// One a query.
    private static func sums(_ accounts: [AccountReport]) -> [AccountReport] {
        var sums: [AccountReport] = []
        for account in accounts {
            if let place = sums.firstIndex(where: { $0.query == account.query }) {
                sums[place].read += account.read
                sums[place].used += account.used
                sums[place].filtered += account.filtered
                sums[place].late += account.late
                sums[place].bad += account.bad
                sums[place].superseded += account.superseded
            } else {
                var sum = account
                sum.partition = -1
                sums.append(sum)
            }
        }
        return sums
    }
}
