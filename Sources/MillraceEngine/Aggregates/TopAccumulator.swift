// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// TOPK: the k greatest values that are not NULL, descending, equal values as often as they came; of structs those
/// whose first field is not NULL. TOPKDISTINCT: each value once.
///
/// While they are gathered they lie in a heap, the least on top: it gives way to a greater one. They are put in order
/// when they are read.
final class TopAccumulator: Accumulator {
    private let type: DataType
    private let limit: Int
    private let isDistinct: Bool
    @exclusivity(unchecked) private var heaps: [[Value]] = []
    /// What is in each heap, where values count once.
    @exclusivity(unchecked) private var members: [Set<Value>] = []

    override var slotBytes: Int { MemoryLayout<[Value]>.stride + (isDistinct ? MemoryLayout<Set<Value>>.stride : 0) }
    override var keepsValues: Bool { true }
    override var valueBytes: Int {
        heaps.reduce(0) { sum, heap in
            heap.reduce(sum + (heap.isEmpty ? 0 : 32 + heap.capacity * MemoryLayout<Value>.stride)) {
                $0 + $1.heldBytes
            }
        } + members.reduce(0) { $0 + ($1.isEmpty ? 0 : 64 + $1.capacity * (11 + MemoryLayout<Value>.stride)) }
    }

    init(_ type: DataType, limit: Int, isDistinct: Bool) {
        self.type = type
        self.isDistinct = isDistinct
        self.limit = limit
    }

    override func reserve(_ slots: Int) {
        while heaps.count < slots { heaps.append([]) }
        while isDistinct, members.count < slots { members.append([]) }
    }

    override func clear(_ slots: Range<Int>) {
        for slot in slots {
            heaps[slot] = []
            if isDistinct { members[slot] = [] }
        }
    }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        var sorted = column
        if case .structure = type { sorted = column.children[0] }
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if !column.isNull(row), !sorted.isNull(row) { offer(column.value(row), to: Int(input.slots[index])) }
        }
    }

    private func offer(_ value: consuming Value, to slot: Int) {
        if isDistinct, members[slot].contains(value) { return }
        if heaps[slot].count < limit {
            if isDistinct { members[slot].insert(copy value) }
            heaps[slot].append(value)
            heaps[slot].withUnsafeMutableBufferPointer { TopAccumulator.siftUp($0) }
        } else if let least = heaps[slot].first, ValueOrder.compare(value, least) > 0 {
            if isDistinct {
                members[slot].remove(least)
                members[slot].insert(copy value)
            }
            heaps[slot][0] = value
            heaps[slot].withUnsafeMutableBufferPointer { TopAccumulator.siftDown($0) }
        }
    }

    private static func siftUp(_ heap: UnsafeMutableBufferPointer<Value>) {
        var place = heap.count - 1
        while place > 0, ValueOrder.compare(heap[place], heap[(place - 1) / 2]) < 0 {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private static func siftDown(_ heap: UnsafeMutableBufferPointer<Value>) {
        var place = 0
        while true {
            var child = 2 * place + 1
            if child >= heap.count { return }
            if child + 1 < heap.count, ValueOrder.compare(heap[child + 1], heap[child]) < 0 { child += 1 }
            if ValueOrder.compare(heap[place], heap[child]) <= 0 { return }
            heap.swapAt(place, child)
            place = child
        }
    }

    private func descending(_ slot: Int) -> [Value] { heaps[slot].sorted { ValueOrder.compare($0, $1) > 0 } }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        for value in unsafeDowncast(other, to: TopAccumulator.self).heaps[otherSlot] { offer(value, to: slot) }
    }

    override func join(_ slot: Int, with absorbed: Int) {
        if heaps[slot].count < heaps[absorbed].count {
            heaps.swapAt(slot, absorbed)
            if isDistinct { members.swapAt(slot, absorbed) }
        }
        super.join(slot, with: absorbed)
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        writer.append(count: heaps[slot].count)
        for value in descending(slot) { writer.append(value) }
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        var values: [Value] = []
        for _ in 0..<(try reader.countOfWhatFollows()) { values.append(try reader.value(of: type)) }
        // What ascends is a heap.
        heaps[slot] = values.sorted { ValueOrder.compare($0, $1) < 0 }
        if isDistinct { members[slot] = Set(values) }
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        column.append(.array(descending(slot)))
    }
}
