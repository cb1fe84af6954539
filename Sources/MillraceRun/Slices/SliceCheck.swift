// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport
import MillraceSettings

/// Refuses ranges that the logs do not hold: another range than the one that was asked for has other results.
///
///     log          [low ─────────── high)
///     refused   ^                          ^      offsets that are not there
///     refused          to ◄─ from                 a range that ends before it begins
struct SliceCheck {
    private let bounds: [TopicPartition: OffsetRange]

    /// - Parameter bounds: what the logs hold.
    init(_ bounds: [TopicPartition: OffsetRange]) { self.bounds = bounds }

    /// Logs whose first records are gone, with the offsets at which they begin.
    var cut: [TopicPartition: Int64] { bounds.mapValues(\.low).filter { $0.value > 0 } }

    /// - Parameters:
    ///   - found: the offset of each partition that was given.
    ///   - option: for people.
    func offsets(_ position: SlicePosition, _ found: [TopicPartition: Int64], option: String) throws {
        guard case .offsets = position else { return }
        for (partition, offset) in found.sorted(by: { $0.key < $1.key }) {
            guard let range = bounds[partition], !(range.low <= offset && offset <= range.high) else { continue }
            throw RunFailure(
                .data, .rangeNotHeld,
                "\(option) is offset \(offset) of \(partition), and the log holds \(range.low) to \(range.high)",
                hint: offset < range.low
                    ? "retention has removed what was before \(range.low): take \(range.low), or leave the partition "
                        + "out"
                    : "take \(range.high), which is its end, or leave the partition out", partition: partition,
                offset: offset)
        }
    }

    /// Where both ends are offsets.
    func order(
        _ from: SlicePosition, _ starts: [TopicPartition: Int64], _ to: SlicePosition, _ ends: [TopicPartition: Int64]
    ) throws {
        guard case .offsets = from, case .offsets = to else { return }
        for (partition, start) in starts.sorted(by: { $0.key < $1.key }) {
            guard let end = ends[partition], end < start else { continue }
            throw RunFailure(
                .usage, .contradiction,
                "the range of \(partition) begins at offset \(start) and ends at \(end), which is before it",
                hint: "--from is the lower one, --to the higher one", partition: partition, offset: start)
        }
    }

    /// - Parameter starts: the first offset at or after the time; a log's end where there is none.
    func future(_ time: EventTime, _ starts: [TopicPartition: Int64]) throws {
        guard starts.allSatisfy({ $0.value >= bounds[$0.key]?.high ?? 0 }) else { return }
        throw RunFailure(
            .data, .rangeNotHeld,
            "the range begins at \(TimeDisplay.timestamp(time)), which is still to come, and no record is that late",
            hint: "choose an earlier --from")
    }
}
