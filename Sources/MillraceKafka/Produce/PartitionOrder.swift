// SPDX-License-Identifier: Apache-2.0

/// Puts rows into the order of their partitions, so that librdkafka's queue and locks of one partition stay in the
/// cache over a run of records. It keeps its memory.
final class PartitionOrder {
    private var rows: UnsafeMutablePointer<Int32> = .allocate(capacity: 1)
    private var capacity = 1
    private var ends: [Int] = []
    /// With more partitions than this a run is a few records, and clearing the counts costs more than it gains.
    private static let maximumPartitions: Int32 = 1024

    deinit { rows.deallocate() }

    /// The row numbers, stable within a partition; nil: the rows' own order will do. Valid until the next call.
    func sort(_ partitions: UnsafePointer<Int32>, count: Int) -> UnsafePointer<Int32>? {
        guard count > 1 else { return nil }
        var highest: Int32 = 0
        var isSorted = true
        for row in 1..<count where partitions[row] < partitions[row - 1] { isSorted = false }
        if isSorted { return nil }
        for row in 0..<count {
            guard partitions[row] >= 0 else { return nil }
            highest = max(highest, partitions[row])
        }
        guard highest < PartitionOrder.maximumPartitions else { return nil }
        if count > capacity {
            rows.deallocate()
            capacity = count
            rows = .allocate(capacity: capacity)
        }
        place(partitions, count: count, highest: Int(highest))
        return UnsafePointer(rows)
    }

    private func place(_ partitions: UnsafePointer<Int32>, count: Int, highest: Int) {
        let rows = rows
        ends.removeAll(keepingCapacity: true)
        ends.append(contentsOf: repeatElement(0, count: highest + 2))
        ends.withUnsafeMutableBufferPointer { ends in
            guard let ends = ends.baseAddress else { return }
            for row in 0..<count { ends[Int(partitions[row]) + 1] += 1 }
            for partition in 0...highest { ends[partition + 1] += ends[partition] }
            for row in 0..<count {
                let partition = Int(partitions[row])
                rows[ends[partition]] = Int32(truncatingIfNeeded: row)
                ends[partition] += 1
            }
        }
    }
}
