// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// Opens one accumulator to the micro benchmarks: its update over batches of rows whose slots are known.
package final class AggregateProbe {
    private let accumulator: Accumulator
    private let slotCount: Int
    private let rows = Selection()
    private let slots: UnsafeMutablePointer<UInt32>
    private let records: RawRecords

    /// - Parameters:
    ///   - slots: one a row of a batch, below `slotCount`.
    ///   - records: at least as many; the event times and offsets of every batch.
    package init(_ call: AggregateCall, slotCount: Int, slots: [UInt32], records: RawRecords) {
        accumulator = Accumulator.make(call)
        accumulator.reserve(slotCount)
        self.slotCount = slotCount
        self.slots = .allocate(capacity: slots.count)
        for (row, slot) in slots.enumerated() { self.slots[row] = slot }
        rows.selectAll(rows: slots.count)
        self.records = records
    }

    deinit { slots.deallocate() }

    /// Adds the rows of a batch.
    package func update(_ arguments: [Column]) {
        accumulator.update(
            AccumulatorInput(
                arguments: arguments, rows: rows.indices, slots: slots, count: rows.count,
                source: SourceOrdinal(topic: 0, partition: 0), times: records.timestamps, offsets: records.offsets))
    }

    /// Makes all slots empty.
    package func clear() { accumulator.clear(0..<slotCount) }

    /// Appends all slots' results to a column of the call's result type.
    package func appendResults(to column: Column) {
        let failures = FailureCounts()
        for slot in 0..<slotCount { accumulator.appendResult(slot, to: column, failures: failures) }
    }
}
