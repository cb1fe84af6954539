// SPDX-License-Identifier: Apache-2.0

import Glibc
import MillraceCore
import MillraceKafka
import MillraceLog
import Synchronization

/// Log lines from any thread.
final class Lines: Sendable {
    private let lines = Mutex<[KafkaLogLine]>([])

    func append(_ line: KafkaLogLine) { lines.withLock { $0.append(line) } }

    var all: [KafkaLogLine] { lines.withLock { $0 } }
}

/// The broker of `MILLRACE_TEST_BOOTSTRAP`, and names that no other test uses.
struct Broker {
    static var isGiven: Bool { getenv("MILLRACE_TEST_BOOTSTRAP") != nil }

    let properties: KafkaProperties
    let name: String

    init(_ name: String) throws {
        let bootstrap = getenv("MILLRACE_TEST_BOOTSTRAP").map { String(cString: $0) } ?? ""
        properties = try KafkaProperties(bootstrap: bootstrap)
        self.name = "\(name)-\(UInt32.random(in: 0...UInt32.max))"
    }

    func createTopic(partitions: Int32 = 2) throws {
        let outcome = try Admin(properties).createTopics(
            [NewTopic(name: name, partitions: partitions, replicas: 1)], timeoutMilliseconds: 10_000)
        guard outcome == [name: .done] else { throw Unexpected(what: "\(outcome)") }
    }

    func consumer(_ group: GroupMembership? = nil, isolation: Isolation = .readCommitted) throws -> Consumer {
        var options = ConsumerOptions(properties: properties, profile: .backfill, group: group)
        options.isolation = isolation
        return try Consumer(options)
    }

    func producer(transactional: Bool = true) throws -> Producer {
        let producer = try Producer(
            ProducerOptions(properties: properties, transactionalID: transactional ? name : nil))
        if transactional { try producer.initTransactions(timeoutMilliseconds: 10_000) }
        return producer
    }
}

struct Unexpected: Error {
    let what: String
}

/// Rows with values `from..<to`, dealt to the partitions in turn.
func records(_ range: Range<Int>, partitions: Int32 = 2) -> RawRecords {
    let records = RawRecords()
    for number in range {
        records.append(
            key: Array("k\(number)".utf8), value: Array("v\(number)".utf8), timestamp: 1000 + Int64(number),
            partition: Int32(number) % partitions)
    }
    return records
}

extension Consumer {
    /// Reads until every partition has come to its end; the values by partition.
    func readToEnd(seconds: Int = 20, maximumRecords: Int = 1000) throws -> [TopicPartition: [String]] {
        var values: [TopicPartition: [String]] = [:]
        for _ in 0..<(seconds * 20) {
            for event in poll() {
                if case .partitionError(_, let error) = event { throw error }
                if case .error(let error) = event { throw error }
            }
            _ = try drain(timeoutMilliseconds: 50, maximumRecords: maximumRecords)
            forEachNonEmptyBatch { _, partition, records in
                for row in 0..<records.count {
                    values[partition, default: []].append(
                        records.value(row).map { String(decoding: $0, as: UTF8.self) } ?? "null")
                }
                records.removeAll()
            }
            let isDone = assignment.allSatisfy { slot(of: $0).flatMap(endOfPartitionReached) != nil }
            if isDone, !assignment.isEmpty { return values }
        }
        throw Unexpected(what: "no end of \(assignment) after \(seconds) s")
    }

    /// Polls until an event comes that `pick` likes.
    func wait<Result>(seconds: Int = 20, _ pick: (ConsumerEvent) -> Result?) throws -> Result {
        for _ in 0..<(seconds * 20) {
            for event in poll(timeoutMilliseconds: 50) {
                if let result = pick(event) { return result }
            }
        }
        throw Unexpected(what: "no such event in \(seconds) s")
    }
}
