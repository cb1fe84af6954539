// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Values of one group with their places in the log, for aggregates that go by offset: one list a source partition, in
/// the order of offsets, and of sub-offsets where a record has several rows, so that lists of different threads and
/// stages can be merged.
///
///     partition (0,2)   (offset 7, t 30, a)  (offset 9, t 10, b)
///     partition (1,0)   (offset 3, t 20, c)
///     in order          c a b        by heads: the list whose head has the lower (time, topic, partition) goes first
struct OffsetOrder {
    struct Entry {
        var offset: Int64
        var time: Int64
        var value: Value
        /// Which of its record's rows it is of.
        var subOffset: Int64

        @inline(__always)
        func isBefore(_ offset: Int64, _ subOffset: Int64) -> Bool {
            self.offset < offset || self.offset == offset && self.subOffset < subOffset
        }
    }

    /// What one source partition has given.
    struct List {
        let source: SourceOrdinal
        var entries: [Entry]
        /// Whether they lie in the order of their offsets; else they are put in order when they are read.
        var isSorted = true
        /// No entry has a higher one.
        private(set) var highestOffset = Int64.min
        /// Nor, of those that have the highest offset, a higher sub-offset.
        private var highestSubOffset = Int64.min

        init(source: SourceOrdinal, entries: [Entry]) {
            self.source = source
            self.entries = entries
            for entry in entries { note(entry.offset, entry.subOffset) }
        }

        /// Whether a row stands at or behind all entries.
        @inline(__always)
        func ends(before offset: Int64, _ subOffset: @autoclosure () -> Int64) -> Bool {
            offset > highestOffset || offset == highestOffset && subOffset() >= highestSubOffset
        }

        /// Whether there are so many entries as are kept of the first ones, and a row stands behind them.
        @inline(__always)
        func isFull(_ kept: Int, before offset: Int64, _ subOffset: @autoclosure () -> Int64) -> Bool {
            entries.count >= kept && ends(before: offset, subOffset())
        }

        @inline(__always)
        private mutating func note(_ offset: Int64, _ subOffset: Int64) {
            guard ends(before: offset, subOffset) else {
                isSorted = false
                return
            }
            highestOffset = offset
            highestSubOffset = subOffset
        }

        @inline(__always)
        mutating func append(_ entry: consuming Entry) {
            note(entry.offset, entry.subOffset)
            if entries.count == entries.capacity, entries.count >= List.fewEntries { grow() }
            entries.append(entry)
        }

        /// From here on a list gets an eighth of its length as room, not as much again: the lists of many groups are
        /// often as long as each other, and would double what a program holds within one batch.
        private static let fewEntries = 32

        @inline(never)
        private mutating func grow() { entries.reserveCapacity(entries.count + entries.count / 8) }

        /// Puts an entry, whose offset is the highest, in the place of the only one.
        @inline(__always)
        mutating func replaceLast(_ entry: consuming Entry) {
            highestOffset = entry.offset
            highestSubOffset = entry.subOffset
            entries[0] = entry
        }

        /// Forgets the entries behind the first ones; they are sorted.
        mutating func keepFirst(_ count: Int) {
            entries.removeLast(entries.count - count)
            guard let last = entries.last else { return }
            highestOffset = last.offset
            highestSubOffset = last.subOffset
        }

        mutating func append(_ other: List) {
            guard let first = other.entries.first else { return }
            isSorted = isSorted && other.isSorted && ends(before: first.offset, first.subOffset)
            if ends(before: other.highestOffset, other.highestSubOffset) {
                highestOffset = other.highestOffset
                highestSubOffset = other.highestSubOffset
            }
            entries.append(contentsOf: other.entries)
        }

        mutating func sort() {
            if isSorted { return }
            entries.sort { $0.isBefore($1.offset, $1.subOffset) }
            isSorted = true
        }
    }

    /// Sorted by source.
    var lists: [List] = []

    /// Bytes of memory that the entries take, about.
    var heldBytes: Int {
        guard !lists.isEmpty else { return 0 }
        // Arrays have a header of 32 bytes, and room for more than they hold.
        return lists.reduce(32 + lists.capacity * MemoryLayout<List>.stride) { sum, list in
            list.entries.reduce(sum + 32 + list.entries.capacity * MemoryLayout<Entry>.stride) {
                $0 + $1.value.heldBytes
            }
        }
    }

    @inline(__always)
    mutating func append(_ entry: consuming Entry, source: SourceOrdinal) {
        let place = index(of: source)
        lists[place].append(entry)
    }

    /// The place of a source's list, made if it is new.
    mutating func index(of source: SourceOrdinal) -> Int {
        for place in lists.indices where lists[place].source >= source {
            if lists[place].source == source { return place }
            lists.insert(List(source: source, entries: []), at: place)
            return place
        }
        lists.append(List(source: source, entries: []))
        return lists.count - 1
    }

    /// Adds the entries of another, source by source.
    mutating func merge(_ other: OffsetOrder) {
        for list in other.lists {
            lists[index(of: list.source)].append(list)
        }
    }

    /// The number of entries.
    var count: Int { lists.reduce(0) { $0 + $1.entries.count } }

    /// Puts each list in the order of its offsets, for all that reads.
    mutating func sort() { for place in lists.indices { lists[place].sort() } }

    /// The last values in order, at most `limit`: taken from the tails, the latest (event time, topic, partition)
    /// first.
    func last(_ limit: Int) -> [Value] {
        var positions = lists.map(\.entries.count)
        var values: [Value] = []
        while values.count < limit {
            var best = -1
            for place in lists.indices where positions[place] > 0 {
                // Lists are in source order, so that an equal time leaves the later source last.
                let time = lists[place].entries[positions[place] - 1].time
                if best < 0 || time >= lists[best].entries[positions[best] - 1].time { best = place }
            }
            if best < 0 { break }
            positions[best] -= 1
            values.append(lists[best].entries[positions[best]].value)
        }
        return values.reversed()
    }

    /// All values: the lists merged by their heads' (event time, topic, partition).
    var inOrder: [Value] {
        if lists.count == 1 { return lists[0].entries.map(\.value) }
        var positions = [Int](repeating: 0, count: lists.count)
        var values: [Value] = []
        while true {
            var best = -1
            for place in lists.indices where positions[place] < lists[place].entries.count {
                // Lists are in source order, so that an equal time leaves the earlier source first.
                if best < 0 || lists[place].entries[positions[place]].time < lists[best].entries[positions[best]].time {
                    best = place
                }
            }
            if best < 0 { return values }
            values.append(lists[best].entries[positions[best]].value)
            positions[best] += 1
        }
    }

    func write(to writer: inout StateWriter) {
        writer.append(count: lists.count)
        for list in lists {
            // The complement of the topic says that sub-offsets are there: without any nothing is written of them.
            let hasSubOffsets = list.entries.contains { $0.subOffset != 0 }
            writer.append(Int64(hasSubOffsets ? ~list.source.topic : list.source.topic))
            writer.append(Int64(list.source.partition))
            writer.append(count: list.entries.count)
            for entry in list.entries {
                writer.append(entry.offset)
                writer.append(entry.time)
                writer.append(entry.value)
                if hasSubOffsets { writer.append(entry.subOffset) }
            }
        }
    }

    static func read(_ type: DataType, _ reader: inout StateReader) throws(StateError) -> OffsetOrder {
        var order = OffsetOrder()
        for _ in 0..<(try reader.countOfWhatFollows()) {
            let topic = try reader.int32()
            let hasSubOffsets = topic < 0
            let source = SourceOrdinal(topic: hasSubOffsets ? ~topic : topic, partition: try reader.int32())
            var entries: [Entry] = []
            for _ in 0..<(try reader.countOfWhatFollows()) {
                entries.append(
                    Entry(
                        offset: try reader.int64(), time: try reader.int64(),
                        value: try reader.valueOrNull(of: type), subOffset: hasSubOffsets ? try reader.int64() : 0))
            }
            order.lists.append(List(source: source, entries: entries))
        }
        return order
    }
}

/// EARLIEST_BY_OFFSET and LATEST_BY_OFFSET, of one value or of n.
///
/// Between partitions the first values are taken from the lists' heads, the earliest (event time, topic, partition)
/// first; the last ones from their tails, the latest first.
final class OffsetOrderAccumulator: Accumulator {
    private let type: DataType
    private let takesLast: Bool
    private let limit: Int?
    private let ignoresNulls: Bool
    private var orders: [OffsetOrder] = []

    override var slotBytes: Int { MemoryLayout<OffsetOrder>.stride }
    override var keepsValues: Bool { true }
    override var valueBytes: Int { orders.reduce(0) { $0 + $1.heldBytes } }

    init(_ type: DataType, takesLast: Bool, limit: Int?, ignoresNulls: Bool) {
        self.type = type
        self.takesLast = takesLast
        self.limit = limit
        self.ignoresNulls = ignoresNulls
    }

    override func reserve(_ slots: Int) {
        while orders.count < slots { orders.append(OffsetOrder()) }
    }

    override func clear(_ slots: Range<Int>) { for slot in slots { orders[slot] = OffsetOrder() } }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        let (kept, slack) = (kept, slack)
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if ignoresNulls && column.isNull(row) { continue }
            let slot = Int(input.slots[index])
            let place = orders[slot].index(of: input.source)
            if !takesLast {
                // Rows of several queries that write one stream do not come in the order of their offsets.
                if orders[slot].lists[place].isFull(kept, before: input.offsets[row], input.subOffset(row)) { continue }
            } else if kept == 1, orders[slot].lists[place].entries.count == 1 {
                // The usual case: the later one of two.
                guard orders[slot].lists[place].ends(before: input.offsets[row], input.subOffset(row)) else { continue }
                orders[slot].lists[place].replaceLast(
                    OffsetOrder.Entry(
                        offset: input.offsets[row], time: input.times[row], value: column.value(row),
                        subOffset: input.subOffset(row)))
                continue
            }
            orders[slot].lists[place].append(
                OffsetOrder.Entry(
                    offset: input.offsets[row], time: input.times[row], value: column.value(row),
                    subOffset: input.subOffset(row)))
            trim(slot, place, slack: slack)
        }
    }

    private var kept: Int { limit ?? 1 }
    /// So many more than `kept` may lie in a list that is added to: then some are removed at once, not each by moving
    /// all others.
    private var slack: Int { kept < 16 ? 0 : kept / 4 }

    /// A partition's candidates are its first or last `kept`: more can never be chosen.
    private func trim(_ slot: Int, _ place: Int, slack: Int = 0) {
        let excess = orders[slot].lists[place].entries.count - kept
        guard excess > slack else { return }
        orders[slot].lists[place].sort()
        if takesLast {
            orders[slot].lists[place].entries.removeFirst(excess)
        } else {
            orders[slot].lists[place].keepFirst(kept)
        }
    }

    /// What is read is in order, and no more than `kept` of a partition.
    private func settle(_ slot: Int) {
        orders[slot].sort()
        for place in orders[slot].lists.indices { trim(slot, place) }
    }

    private func chosen(_ slot: Int, _ limit: Int) -> [Value] {
        settle(slot)
        return takesLast ? orders[slot].last(limit) : Array(orders[slot].inOrder.prefix(limit))
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        orders[slot].merge(unsafeDowncast(other, to: OffsetOrderAccumulator.self).orders[otherSlot])
        for place in orders[slot].lists.indices { trim(slot, place, slack: slack) }
    }

    override func join(_ slot: Int, with absorbed: Int) {
        if orders[slot].count < orders[absorbed].count { orders.swapAt(slot, absorbed) }
        super.join(slot, with: absorbed)
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        settle(slot)
        orders[slot].write(to: &writer)
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        orders[slot] = try OffsetOrder.read(type, &reader)
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        if let limit {
            column.append(.array(chosen(slot, limit)))
            return
        }
        column.append(chosen(slot, 1).first ?? .null)
    }
}
