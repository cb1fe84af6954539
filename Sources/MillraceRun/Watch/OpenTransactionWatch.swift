// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// Notices partitions that cannot be read on because a transaction is open in them: at `read_committed` everything
/// behind its first record waits. One that its writer left open ends with its timeout; one that a broker's death has
/// left hanging never does.
///
///     log      … 409 410 │ 411 open … 424 │ 425
///                        position         end, open transactions counted
struct OpenTransactionWatch {
    /// How long a partition stands still until something is said, and until it is said again, in ns.
    static let (patience, pause): (UInt64, UInt64) = (5_000_000_000, 60_000_000_000)

    /// Where reading stands, and how far it could go.
    struct Place: Hashable {
        var partition: TopicPartition
        var position: Int64
        var end: Int64
    }

    private struct Standing {
        var position: Int64
        var since: UInt64
        var said: UInt64?
    }

    private var standing: [TopicPartition: Standing] = [:]

    /// Partitions about which something is to be said now, if a transaction is what holds them.
    /// - Parameter places: those that were read to the last stable offset, and not to the end.
    mutating func due(_ places: [Place], now: UInt64) -> [Place] {
        let known = Set(places.map(\.partition))
        standing = standing.filter { known.contains($0.key) }
        return places.filter { place in
            guard let found = standing[place.partition], found.position == place.position else {
                standing[place.partition] = Standing(position: place.position, since: now)
                return false
            }
            return now -| found.since >= Self.patience && found.said.map { now -| $0 >= Self.pause } ?? true
        }
    }

    /// It was something else: a broker that is away, or a transaction that has just ended.
    mutating func forget(_ partition: TopicPartition) { standing[partition] = nil }

    mutating func note(_ place: Place, now: UInt64) -> LogLine {
        standing[place.partition]?.said = now
        return LogLine(
            .warn, "\(Self.text(place)); \(Self.hint(place.partition))", code: .openTransaction,
            partition: place.partition, offset: place.position, kind: "\(place.partition): open transaction")
    }

    /// - Returns: the first partition that has stood still for so long, in ns.
    func failure(after limit: UInt64, now: UInt64) -> RunFailure? {
        let first = standing.filter { $0.value.said != nil && now -| $0.value.since >= limit }
            .min { $0.key < $1.key }
        guard let (partition, found) = first else { return nil }
        return RunFailure(
            .tryAgain, .openTransaction,
            "\(partition) cannot be read behind offset \(found.position): a transaction has been open there for "
                + "\(NumberDisplay.milliseconds(Int64(clamping: (now -| found.since) / 1_000_000)))",
            hint: Self.hint(partition), partition: partition, offset: found.position)
    }

    private static func text(_ place: Place) -> String {
        "\(place.partition) cannot be read behind offset \(place.position) (of \(place.end)): a transaction is open "
            + "there, and what follows waits for its end"
    }

    private static func hint(_ partition: TopicPartition) -> String {
        "it ends with its timeout, or when its writer starts again; one that hangs does not: kafka-transactions.sh "
            + "--bootstrap-server HOST:PORT describe-producers --topic \(ShellWord.quoted(partition.topic)) "
            + "--partition \(partition.partition) shows it (find-hanging --broker-id N all of a broker), and "
            + "abort --topic … --partition … --start-offset … ends it"
    }
}

extension OpenTransactionWatch {
    /// Asks where the log is stable of what stands still, and says which partitions a transaction holds.
    mutating func look(_ places: [Place], _ reader: any LogReader, now: UInt64, log: (LogLine) -> Void) {
        for place in due(places, now: now) {
            let range = try? reader.offsetRanges([place.partition], timeoutMilliseconds: 1000)[place.partition]
            if let range, range.high <= place.position {
                log(note(place, now: now))
            } else {
                forget(place.partition)
            }
        }
    }
}
