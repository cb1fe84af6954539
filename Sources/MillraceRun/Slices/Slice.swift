// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceEngine
package import MillraceLog
import MillracePlan
import MillraceReport
package import MillraceSettings

/// What a bounded run reads: a range of offsets of each partition, and the times that it was given by, if it was.
package struct Slice {
    package struct Range {
        package var partition: TopicPartition
        /// Inclusive.
        package var from: Int64
        /// Exclusive: the last stable offset at the start, or lower.
        package var to: Int64
    }

    package var ranges: [Range]
    var fromTime: EventTime?
    var toTime: EventTime?
    /// Where logs begin that were to be read from their beginning, and whose first records are gone.
    var cut: [TopicPartition: Int64] = [:]

    /// Says of which logs the beginning is missing; nil: of none.
    var cutNote: LogLine? {
        guard let first = cut.min(by: { $0.key < $1.key }) else { return nil }
        let others = cut.count > 1 ? " (and \(cut.count - 1) other partitions behind their first offset, too)" : ""
        return LogLine(
            .warn,
            "\(first.key) begins at offset \(first.value)\(others): retention has removed what was before, and the "
                + "results are those of what is left", code: .rangeNotHeld, partition: first.key, offset: first.value)
    }

    /// What it is, in one line.
    var summary: LogLine {
        let topics = Set(ranges.map(\.partition.topic)).sorted().joined(separator: ", ")
        let records = ranges.reduce(Int64(0)) { $0 +| ($1.to -| $1.from) }
        let partitions = ranges.count == 1 ? "1 partition" : "\(ranges.count) partitions"
        return LogLine(
            .info,
            "\(topics): \(partitions), at most \(NumberDisplay.count(records)) "
                + (records == 1 ? "record" : "records"))
    }

    /// What it is, for people.
    var notes: [LogLine] {
        ranges.map { range in
            LogLine(
                .info,
                "\(range.partition): offsets \(range.from) to \(range.to), at most \(range.to -| range.from) records",
                partition: range.partition, offset: range.from)
        }
    }
}

/// Finds the offsets of a slice on the broker. Everything is asked once, at the start, and kept.
package struct SliceResolver {
    private let consumer: any GroupReader
    private let graph: QueryGraph
    private let clock: any Clock
    /// How much earlier (and later) to read where event time is a column, in ms; nil: the longest grace.
    private let margin: Int64?
    private static let timeout: Int32 = 30_000

    package init(_ consumer: any GroupReader, _ graph: QueryGraph, clock: any Clock, margin: Int64?) {
        self.consumer = consumer
        self.graph = graph
        self.clock = clock
        self.margin = margin
    }

    /// - Parameter partitions: all partitions of the root topics.
    package func resolve(from: SlicePosition, to: SlicePosition, partitions: [TopicPartition]) throws -> Slice {
        let bounds = try consumer.offsetRanges(partitions, timeoutMilliseconds: SliceResolver.timeout)
        let now = clock.wallMilliseconds()
        let fromTime = from.eventTime(wallMilliseconds: now)
        let toTime = to.eventTime(wallMilliseconds: now)
        if let fromTime, let toTime, fromTime >= toTime {
            throw RunFailure(
                .usage, .contradiction,
                "the range begins at \(TimeDisplay.timestamp(fromTime)), which is not before its end, "
                    + TimeDisplay.timestamp(toTime), hint: "--from is the earlier one, --to the later one")
        }
        let readStart = from.readStart(graph, wallMilliseconds: now, margin: margin)
        let starts = try offsets(from, time: readStart, partitions, bounds)
        let ends = try offsets(to, time: toTime, partitions, bounds)
        let check = SliceCheck(bounds)
        try check.offsets(from, starts, option: "--from")
        try check.offsets(to, ends, option: "--to")
        try check.order(from, starts, to, ends)
        if let fromTime, fromTime > now { try check.future(fromTime, starts) }
        let ranges = partitions.map { partition in
            let range = bounds[partition] ?? OffsetRange(low: 0, high: 0)
            let start = min(max(starts[partition] ?? range.low, range.low), range.high)
            // A slice that ends at a time is read on until the windows that end there are final; for what has no
            // windows the first record at or after that time is the end.
            var end = toTime != nil && readsBehindEnd ? range.high : min(ends[partition] ?? range.high, range.high)
            end = max(end, start)
            return Slice.Range(partition: partition, from: start, to: end)
        }
        var slice = Slice(ranges: ranges, fromTime: fromTime, toTime: toTime)
        if from == .earliest { slice.cut = check.cut }
        return slice
    }

    var effectiveMargin: Int64 { margin ?? longestGrace }

    var longestGrace: Int64 { graph.longestGrace }

    private var readsBehindEnd: Bool {
        graph.hasTimestampColumn
            || graph.program.queries.contains { query in
                if case .aggregate(let aggregation) = query.operation { return aggregation.window != nil }
                return false
            }
    }

    private func offsets(
        _ position: SlicePosition, time: EventTime?, _ partitions: [TopicPartition],
        _ bounds: [TopicPartition: OffsetRange]
    ) throws -> [TopicPartition: Int64] {
        if let time {
            let times = Dictionary(uniqueKeysWithValues: partitions.map { ($0, time) })
            return try consumer.offsetsForTimes(times, timeoutMilliseconds: SliceResolver.timeout)
        }
        switch position {
        case .earliest: return bounds.mapValues(\.low)
        case .offsets(let given):
            var offsets: [TopicPartition: Int64] = [:]
            for entry in given {
                let matching = partitions.filter {
                    $0.partition == entry.partition && (entry.topic == nil || entry.topic == $0.topic)
                }
                guard !matching.isEmpty else {
                    throw RunFailure(
                        .usage, .wrongValue,
                        "offsets: there is no partition \(entry.topic.map { $0 + "/" } ?? "")\(entry.partition)",
                        hint: "partitions: \(partitions.map(\.description).joined(separator: ", "))")
                }
                for partition in matching { offsets[partition] = entry.offset }
            }
            return offsets
        case .latest, .time, .ago: return bounds.mapValues(\.high)
        }
    }
}

extension SlicePosition {
    /// The time that it stands for, not before 1970, where no event time lies; nil: it is given by offsets.
    func eventTime(wallMilliseconds: EventTime) -> EventTime? {
        switch self {
        case .time(let time): time
        case .ago(let milliseconds): max(wallMilliseconds -| milliseconds, 0)
        case .earliest, .latest, .offsets: nil
        }
    }

    /// The time whose offset a slice that begins here is read from: the earliest window edge of the queries, and
    /// earlier by the margin (nil: the longest grace) where event time is a column. Nil: it is given by offsets.
    package func readStart(_ graph: QueryGraph, wallMilliseconds: EventTime, margin: Int64?) -> EventTime? {
        guard let time = eventTime(wallMilliseconds: wallMilliseconds) else { return nil }
        var start = time
        for case .aggregate(let aggregation) in graph.program.queries.map(\.operation) {
            guard let window = aggregation.window else { continue }
            start = min(start, window.edge(atOrBefore: time))
        }
        return max(graph.hasTimestampColumn ? start -| (margin ?? graph.longestGrace) : start, 0)
    }
}
