// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// One counting record of a group, with what decides its place among the others.
struct Occurrence {
    var place: TopicPartition
    var order: RowOrder
    var time: Int64
    /// The row that the aggregates' arguments see.
    var row: [Value]
}

/// The order of the rows of a partition: by offset, and by what was made first of one record.
struct RowOrder: Comparable {
    var offset: Int64
    var subOffsets: [Int]

    static func < (left: RowOrder, right: RowOrder) -> Bool {
        if left.offset != right.offset { return left.offset < right.offset }
        // What was made of a record as a whole is its first row.
        let levels = max(left.subOffsets.count, right.subOffsets.count)
        func padded(_ numbers: [Int]) -> [Int] { numbers + Array(repeating: 0, count: levels - numbers.count) }
        return padded(left.subOffsets).lexicographicallyPrecedes(padded(right.subOffsets))
    }
}

enum OrderedMerge {
    /// By offset within a partition; between partitions the one whose next record has the least
    /// (event time, topic, partition, offset) goes first.
    static func merged<T>(_ items: [(Occurrence, T)]) -> [T] {
        var queues: [TopicPartition: [(Occurrence, T)]] = [:]
        for item in items { queues[item.0.place, default: []].append(item) }
        for place in queues.keys { queues[place]?.sort { $0.0.order < $1.0.order } }
        var result: [T] = []
        while result.count < items.count {
            let heads = queues.values.compactMap(\.first)
            guard let least = heads.min(by: { isBefore($0.0, $1.0) }) else { break }
            result.append(least.1)
            queues[least.0.place]?.removeFirst()
        }
        return result
    }

    /// The mirror image, for what is latest: by offset within a partition; between partitions the one whose last
    /// record has the greatest (event time, topic, partition, offset) goes last.
    static func mergedFromEnd<T>(_ items: [(Occurrence, T)]) -> [T] {
        var stacks: [TopicPartition: [(Occurrence, T)]] = [:]
        for item in items { stacks[item.0.place, default: []].append(item) }
        for place in stacks.keys { stacks[place]?.sort { $0.0.order < $1.0.order } }
        var reversed: [T] = []
        while reversed.count < items.count {
            let tails = stacks.values.compactMap(\.last)
            guard let greatest = tails.max(by: { isBefore($0.0, $1.0) }) else { break }
            reversed.append(greatest.1)
            stacks[greatest.0.place]?.removeLast()
        }
        return reversed.reversed()
    }

    private static func isBefore(_ left: Occurrence, _ right: Occurrence) -> Bool {
        if left.time != right.time { return left.time < right.time }
        if left.place != right.place { return left.place < right.place }
        return left.order < right.order
    }
}
