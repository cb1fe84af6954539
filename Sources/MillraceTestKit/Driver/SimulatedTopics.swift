// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine

/// The inputs of a simulated run, and the exchanges that it writes and reads.
final class SimulatedTopics: ChangelogSink {
    private var logs: [TopicPartition: [SimulatedLog.Record]] = [:]
    private var ends: [TopicPartition: Int64] = [:]
    /// By query.
    private let exchanges: [Int: QueryExchange]

    init(_ log: SimulatedLog, _ exchanges: [Int: QueryExchange]) {
        self.exchanges = exchanges
        for place in log.places {
            logs[place] = log.records(of: place)
            ends[place] = log.nextOffset(place)
        }
    }

    /// Behind the last record.
    func end(of place: TopicPartition) -> Int64 { logs[place]?.last.map { $0.offset + 1 } ?? 0 }

    /// At most `limit` records at offsets `from ..< to`.
    func records(of place: TopicPartition, from: Int64, to: Int64, limit: Int) -> RawRecords {
        let records = RawRecords(capacity: limit, byteCapacity: 1024)
        let log = logs[place] ?? []
        var index = firstIndex(log, from)
        while index < log.count, log[index].offset < to, records.count < limit {
            let record = log[index]
            records.append(
                key: record.key, value: record.value, timestamp: record.timestamp, offset: record.offset,
                partition: place.partition, headers: record.headers)
            index += 1
        }
        return records
    }

    private func firstIndex(_ log: [SimulatedLog.Record], _ offset: Int64) -> Int {
        var low = 0
        var high = log.count
        while low < high {
            let middle = (low + high) / 2
            if log[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: exchanges

    func put(query: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        guard let exchange = exchanges[query] else { return }
        let place = TopicPartition(exchange.topic, partition)
        let offset = ends[place] ?? 0
        logs[place, default: []].append(
            SimulatedLog.Record(offset: offset, timestamp: 0, key: Array(key), value: value.map { Array($0) }))
        ends[place] = offset + 1
    }

    /// Its marker takes an offset in each partition of the exchanges.
    func endTransaction() {
        for exchange in exchanges.values {
            for partition in 0..<exchange.partitions {
                ends[TopicPartition(exchange.topic, partition), default: 0] += 1
            }
        }
    }

    func delete(_ place: TopicPartition, before offset: Int64) {
        logs[place]?.removeAll { $0.offset < offset }
    }
}
