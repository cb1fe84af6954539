// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// HISTOGRAM: how often each text came, in the order of their bytes.
final class HistogramAccumulator: Accumulator {
    private typealias Counts = [Value: Int64]
    @exclusivity(unchecked) private var counts: [Counts] = []

    override var slotBytes: Int { MemoryLayout<Counts>.stride }
    override var keepsValues: Bool { true }
    override var valueBytes: Int {
        counts.reduce(0) { sum, counts in
            // A table is at most three quarters full; it has a header.
            counts.reduce(sum + (counts.isEmpty ? 0 : 64 + counts.capacity * 24)) { $0 + $1.key.heldBytes }
        }
    }

    override func reserve(_ slots: Int) {
        while counts.count < slots { counts.append([:]) }
    }

    override func clear(_ slots: Range<Int>) { for slot in slots { counts[slot] = [:] } }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if !column.isNull(row) { counts[Int(input.slots[index])][column.value(row), default: 0] += 1 }
        }
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        let others = unsafeDowncast(other, to: HistogramAccumulator.self).counts[otherSlot]
        for (text, count) in others { counts[slot][text, default: 0] += count }
    }

    override func join(_ slot: Int, with absorbed: Int) {
        if counts[slot].count < counts[absorbed].count { counts.swapAt(slot, absorbed) }
        super.join(slot, with: absorbed)
    }

    private func ordered(_ slot: Int) -> [(key: Value, value: Int64)] {
        counts[slot].sorted { ValueOrder.compare($0.key, $1.key) < 0 }
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        writer.append(count: counts[slot].count)
        for (text, count) in ordered(slot) {
            writer.append(text)
            writer.append(count)
        }
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        var read: Counts = [:]
        for _ in 0..<(try reader.countOfWhatFollows()) {
            let text = try reader.value(of: .varchar)
            read[text] = try reader.int64()
        }
        counts[slot] = read
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        column.append(.map(ordered(slot).map { Value.MapEntry(key: $0.key, value: .bigint($0.value)) }))
    }
}
