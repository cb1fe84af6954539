// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// COLLECT_LIST (with NULLs) and COLLECT_SET (each partition's first occurrences by offset, then merged), in the order
/// of the offsets.
final class CollectAccumulator: Accumulator {
    private let type: DataType
    private let isSet: Bool
    private var orders: [OffsetOrder] = []
    /// Of sets: where each value is, by slot and in the order of its lists. A list that is short has none: it is looked
    /// through.
    private var places: [[[Value: Int]]] = []
    private static let longestLookedThrough = 8

    override var slotBytes: Int {
        MemoryLayout<OffsetOrder>.stride + (isSet ? MemoryLayout<[[Value: Int]]>.stride : 0)
    }

    override var keepsValues: Bool { true }
    override var valueBytes: Int {
        let placeBytes = places.reduce(0) { sum, places in
            places.reduce(sum) { sum, places in
                // A table is at most three quarters full, and has a header; while it grows the old one is there, too.
                places.isEmpty
                    ? sum + MemoryLayout<[Value: Int]>.stride
                    : sum + 64 + places.capacity * 2 * (MemoryLayout<Value>.stride + MemoryLayout<Int>.stride)
            }
        }
        return orders.reduce(placeBytes) { $0 + $1.heldBytes }
    }

    init(_ type: DataType, isSet: Bool) {
        self.type = type
        self.isSet = isSet
    }

    override func reserve(_ slots: Int) {
        while orders.count < slots {
            orders.append(OffsetOrder())
            if isSet { places.append([]) }
        }
    }

    override func clear(_ slots: Range<Int>) {
        for slot in slots {
            orders[slot] = OffsetOrder()
            if isSet { places[slot] = [] }
        }
    }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            let slot = Int(input.slots[index])
            if isSet {
                let list = list(of: input.source, slot)
                insert(
                    OffsetOrder.Entry(
                        offset: input.offsets[row], time: input.times[row], value: column.value(row),
                        subOffset: input.subOffset(row)), slot, list)
            } else {
                orders[slot].append(
                    OffsetOrder.Entry(
                        offset: input.offsets[row], time: input.times[row], value: column.value(row),
                        subOffset: input.subOffset(row)),
                    source: input.source)
            }
        }
    }

    /// The place of a source's list, made if it is new.
    private func list(of source: SourceOrdinal, _ slot: Int) -> Int {
        let count = orders[slot].lists.count
        let list = orders[slot].index(of: source)
        if isSet, orders[slot].lists.count > count { places[slot].insert([:], at: list) }
        return list
    }

    /// Adds a value, or moves it to its first occurrence.
    private func insert(_ entry: OffsetOrder.Entry, _ slot: Int, _ list: Int) {
        let count = orders[slot].lists[list].entries.count
        if let place = find(entry.value, slot, list, count) {
            if !entry.isBefore(
                orders[slot].lists[list].entries[place].offset, orders[slot].lists[list].entries[place].subOffset)
            {
                return
            }
            orders[slot].lists[list].entries[place] = entry
            orders[slot].lists[list].isSorted = false
            return
        }
        orders[slot].lists[list].append(entry)
        if count >= CollectAccumulator.longestLookedThrough { places[slot][list][entry.value] = count }
    }

    private func find(_ value: Value, _ slot: Int, _ list: Int, _ count: Int) -> Int? {
        if count < CollectAccumulator.longestLookedThrough {
            return orders[slot].lists[list].entries.firstIndex { $0.value == value }
        }
        if places[slot][list].isEmpty { notePlaces(slot, list) }
        return places[slot][list][value]
    }

    private func notePlaces(_ slot: Int, _ list: Int) {
        for (place, entry) in orders[slot].lists[list].entries.enumerated() {
            places[slot][list][entry.value] = place
        }
    }

    /// Two parts of one partition's rows may both have a value: its first occurrence stays.
    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        let other = unsafeDowncast(other, to: CollectAccumulator.self).orders[otherSlot]
        guard isSet else { return orders[slot].merge(other) }
        for added in other.lists {
            let list = list(of: added.source, slot)
            for entry in added.entries { insert(entry, slot, list) }
        }
    }

    override func join(_ slot: Int, with absorbed: Int) {
        if orders[slot].count < orders[absorbed].count {
            orders.swapAt(slot, absorbed)
            if isSet { places.swapAt(slot, absorbed) }
        }
        super.join(slot, with: absorbed)
    }

    /// What is read is in order.
    private func settle(_ slot: Int) {
        // Where values move, their places are found again when they are asked for.
        if isSet {
            for list in orders[slot].lists.indices where !orders[slot].lists[list].isSorted { places[slot][list] = [:] }
        }
        orders[slot].sort()
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        settle(slot)
        orders[slot].write(to: &writer)
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        orders[slot] = try OffsetOrder.read(type, &reader)
        if isSet { places[slot] = orders[slot].lists.map { _ in [:] } }
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        settle(slot)
        var values = orders[slot].inOrder
        if isSet {
            var seen: Set<Value> = []
            values = values.filter { seen.insert($0).inserted }
        }
        column.append(.array(values))
    }
}
