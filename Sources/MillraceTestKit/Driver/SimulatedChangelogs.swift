// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine

/// The changelog topics of a simulated run. What is put counts when it is committed.
final class SimulatedChangelogs: ChangelogSink {
    private struct Partition: Hashable {
        var query: Int
        var partition: Int32
    }

    private struct Record {
        var partition: Partition
        var key: [UInt8]
        var value: [UInt8]?
    }

    private var pending: [Record] = []
    private var logs: [Partition: [Record]] = [:]

    func put(query: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        pending.append(
            Record(
                partition: Partition(query: query, partition: partition), key: Array(key),
                value: value.map { Array($0) }))
    }

    func commit() {
        for record in pending { logs[record.partition, default: []].append(record) }
        pending = []
    }

    func abort() { pending = [] }

    /// What a partition says, read from its beginning.
    func image(_ query: Int, _ partition: Int32) throws -> ChangelogImage {
        let records = RawRecords(capacity: 16, byteCapacity: 1024)
        for (offset, record) in (logs[Partition(query: query, partition: partition)] ?? []).enumerated() {
            records.append(key: record.key, value: record.value, timestamp: 0, offset: Int64(offset))
        }
        let image = ChangelogImage()
        try image.add(records)
        return image
    }
}
