// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Values of one group with their places in the log, for aggregates that go by offset: one list a source partition, in
/// offset order, so that lists of different threads and stages can be merged.
///
///     partition (0,2)   (offset 7, t 30, a)  (offset 9, t 10, b)
///     partition (1,0)   (offset 3, t 20, c)
///     in order          c a b        by heads: the list whose head has the lower (time, topic, partition) goes first
struct OffsetOrder {
    struct Entry {
        var offset: Int64
        var time: Int64
        var value: Value
    }

    /// Sorted by source, each list by offset.
    var lists: [(source: SourceOrdinal, entries: [Entry])] = []

    /// Bytes of memory that the entries take, about.
    var heldBytes: Int {
        guard !lists.isEmpty else { return 0 }
        // Arrays have a header of 32 bytes, and room for more than they hold.
        return lists.reduce(32 + lists.capacity * 16) { sum, list in
            list.entries.reduce(sum + 32 + list.entries.capacity * MemoryLayout<Entry>.stride) {
                $0 + $1.value.heldBytes
            }
        }
    }

    mutating func append(_ entry: Entry, source: SourceOrdinal) {
        let place = index(of: source)
        // Rows of one partition come in offset order.
        lists[place].entries.append(entry)
    }

    /// The place of a source's list, made if it is new.
    mutating func index(of source: SourceOrdinal) -> Int {
        for place in lists.indices where lists[place].source >= source {
            if lists[place].source == source { return place }
            lists.insert((source, []), at: place)
            return place
        }
        lists.append((source, []))
        return lists.count - 1
    }

    /// Merges the lists; within a source by offset.
    mutating func merge(_ other: OffsetOrder) {
        for (source, entries) in other.lists {
            let place = index(of: source)
            let mine = lists[place].entries
            if let last = mine.last, let first = entries.first, last.offset > first.offset {
                lists[place].entries = (mine + entries).sorted { $0.offset < $1.offset }
            } else {
                lists[place].entries = mine + entries
            }
        }
    }

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
        for (source, entries) in lists {
            writer.append(Int64(source.topic))
            writer.append(Int64(source.partition))
            writer.append(count: entries.count)
            for entry in entries {
                writer.append(entry.offset)
                writer.append(entry.time)
                writer.append(entry.value)
            }
        }
    }

    static func read(_ reader: inout StateReader) throws(StateError) -> OffsetOrder {
        var order = OffsetOrder()
        for _ in 0..<(try reader.countOfWhatFollows()) {
            let source = SourceOrdinal(topic: try reader.int32(), partition: try reader.int32())
            var entries: [Entry] = []
            for _ in 0..<(try reader.countOfWhatFollows()) {
                entries.append(Entry(offset: try reader.int64(), time: try reader.int64(), value: try reader.value()))
            }
            order.lists.append((source, entries))
        }
        return order
    }
}

/// EARLIEST_BY_OFFSET and LATEST_BY_OFFSET, of one value or of n.
///
/// Between partitions the first values are taken from the lists' heads, the earliest (event time, topic, partition)
/// first; the last ones from their tails, the latest first.
final class OffsetOrderAccumulator: Accumulator {
    private let takesLast: Bool
    private let limit: Int?
    private let ignoresNulls: Bool
    private var orders: [OffsetOrder] = []

    override var slotBytes: Int { MemoryLayout<OffsetOrder>.stride }
    override var keepsValues: Bool { true }
    override var valueBytes: Int { orders.reduce(0) { $0 + $1.heldBytes } }

    init(takesLast: Bool, limit: Int?, ignoresNulls: Bool) {
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
        let kept = limit ?? 1
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if ignoresNulls && column.isNull(row) { continue }
            let slot = Int(input.slots[index])
            let place = orders[slot].index(of: input.source)
            if !takesLast && orders[slot].lists[place].entries.count >= kept { continue }
            orders[slot].lists[place].entries.append(
                OffsetOrder.Entry(offset: input.offsets[row], time: input.times[row], value: column.value(row)))
            trim(slot, place, kept)
        }
    }

    /// A partition's candidates are its first or last `kept`: more can never be chosen.
    private func trim(_ slot: Int, _ place: Int, _ kept: Int) {
        let excess = orders[slot].lists[place].entries.count - kept
        guard excess > 0 else { return }
        if takesLast {
            orders[slot].lists[place].entries.removeFirst(excess)
        } else {
            orders[slot].lists[place].entries.removeLast(excess)
        }
    }

    private func chosen(_ slot: Int, _ limit: Int) -> [Value] {
        takesLast ? orders[slot].last(limit) : Array(orders[slot].inOrder.prefix(limit))
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        orders[slot].merge(unsafeDowncast(other, to: OffsetOrderAccumulator.self).orders[otherSlot])
        for place in orders[slot].lists.indices { trim(slot, place, limit ?? 1) }
    }

    override func write(_ slot: Int, to writer: inout StateWriter) { orders[slot].write(to: &writer) }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        orders[slot] = try OffsetOrder.read(&reader)
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        if let limit {
            column.append(.array(chosen(slot, limit)))
            return
        }
        column.append(chosen(slot, 1).first ?? .null)
    }
}

/// COLLECT_LIST (with NULLs) and COLLECT_SET (each partition's first occurrences by offset, then merged), in the order
/// of the offsets.
final class CollectAccumulator: Accumulator {
    private let isSet: Bool
    private var orders: [OffsetOrder] = []

    override var slotBytes: Int { MemoryLayout<OffsetOrder>.stride }
    override var keepsValues: Bool { true }
    override var valueBytes: Int { orders.reduce(0) { $0 + $1.heldBytes } }

    init(isSet: Bool) { self.isSet = isSet }

    override func reserve(_ slots: Int) {
        while orders.count < slots { orders.append(OffsetOrder()) }
    }

    override func clear(_ slots: Range<Int>) { for slot in slots { orders[slot] = OffsetOrder() } }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            let slot = Int(input.slots[index])
            let value = column.value(row)
            if isSet, let list = orders[slot].lists.first(where: { $0.source == input.source }),
                list.entries.contains(where: { $0.value == value })
            {
                continue
            }
            orders[slot].append(
                OffsetOrder.Entry(offset: input.offsets[row], time: input.times[row], value: value),
                source: input.source)
        }
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        orders[slot].merge(unsafeDowncast(other, to: CollectAccumulator.self).orders[otherSlot])
        guard isSet else { return }
        // Two parts of one partition's rows may both have a value: its first occurrence stays.
        for place in orders[slot].lists.indices {
            var seen: Set<Value> = []
            orders[slot].lists[place].entries.removeAll { !seen.insert($0.value).inserted }
        }
    }

    override func write(_ slot: Int, to writer: inout StateWriter) { orders[slot].write(to: &writer) }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        orders[slot] = try OffsetOrder.read(&reader)
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        var values = orders[slot].inOrder
        if isSet {
            var seen: Set<Value> = []
            values = values.filter { seen.insert($0).inserted }
        }
        column.append(.array(values))
    }
}
