// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// COUNT_DISTINCT: exact, over the values that are not NULL.
final class DistinctCountAccumulator: Accumulator {
    private var values: [Set<Value>] = []

    override func reserve(_ slots: Int) {
        while values.count < slots { values.append([]) }
    }

    override func clear(_ slots: Range<Int>) { for slot in slots { values[slot] = [] } }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if !column.isNull(row) { values[Int(input.slots[index])].insert(column.value(row)) }
        }
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        values[slot].formUnion(unsafeDowncast(other, to: DistinctCountAccumulator.self).values[otherSlot])
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        column.append(int64: Int64(values[slot].count))
    }
}

/// TOPK: the k greatest values that are not NULL, descending, equal values as often as they came.
final class TopAccumulator: Accumulator {
    private let limit: Int
    private var values: [[Value]] = []

    init(limit: Int) { self.limit = limit }

    override func reserve(_ slots: Int) {
        while values.count < slots { values.append([]) }
    }

    override func clear(_ slots: Range<Int>) { for slot in slots { values[slot] = [] } }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if !column.isNull(row) { offer(column.value(row), to: Int(input.slots[index])) }
        }
    }

    private func offer(_ value: Value, to slot: Int) {
        if values[slot].count >= limit {
            guard let last = values[slot].last, ValueOrder.compare(value, last) > 0 else { return }
            values[slot].removeLast()
        }
        let place = values[slot].firstIndex { ValueOrder.compare($0, value) < 0 } ?? values[slot].count
        values[slot].insert(value, at: place)
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        for value in unsafeDowncast(other, to: TopAccumulator.self).values[otherSlot] { offer(value, to: slot) }
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        column.append(.array(values[slot]))
    }
}
