// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// COUNT_DISTINCT: exact, over the values that are not NULL.
final class DistinctCountAccumulator: Accumulator {
    private let type: DataType
    @exclusivity(unchecked) private var values: [Set<Value>] = []

    init(_ type: DataType) { self.type = type }

    override var slotBytes: Int { MemoryLayout<Set<Value>>.stride }
    /// With the values' places in tables.
    override var keepsValues: Bool { true }
    override var valueBytes: Int {
        values.reduce(0) { sum, set in
            // A table is at most three quarters full; it has a header.
            set.reduce(sum + (set.isEmpty ? 0 : 64 + set.capacity * 11)) { $0 + $1.heldBytes }
        }
    }

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

    override func join(_ slot: Int, with absorbed: Int) {
        if values[slot].count < values[absorbed].count { values.swapAt(slot, absorbed) }
        values[slot].formUnion(values[absorbed])
        values[absorbed] = []
    }

    /// In the order of their bytes: a set has none of its own.
    override func write(_ slot: Int, to writer: inout StateWriter) {
        var scratch = StateWriter()
        let texts = values[slot].map { value in
            scratch.removeAll()
            scratch.append(value)
            return Array(UnsafeRawBufferPointer(start: scratch.bytes.base, count: scratch.bytes.count))
        }
        writer.append(count: texts.count)
        for text in texts.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            for byte in text { writer.append(byte: byte) }
        }
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        values[slot] = []
        for _ in 0..<(try reader.countOfWhatFollows()) { values[slot].insert(try reader.value(of: type)) }
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        column.append(int64: Int64(values[slot].count))
    }
}
