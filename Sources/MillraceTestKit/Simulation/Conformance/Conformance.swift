// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceLog

/// One thing that any cluster does, real or simulated.
package struct ConformanceCase: Sendable, CustomStringConvertible {
    package let name: String
    private let body: @Sendable (Conformance) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (Conformance) throws -> Void) {
        self.name = name
        self.body = body
    }

    package var description: String { name }

    /// - Parameter prefix: begins the names of everything that is made; nothing of that name is there before.
    package func run(on cluster: any LogCluster, prefix: String) throws {
        let conformance = try Conformance(cluster, prefix: prefix)
        defer { conformance.close() }
        try body(conformance)
    }

    package static let all =
        logCases + positionCases + timeCases + administrationCases + transactionCases + transactionEndCases
        + groupCases + offsetCases + membershipCases
}

/// What a cluster did and should not have done.
package struct ConformanceFailure: Error, CustomStringConvertible {
    package let description: String
}

/// The cluster that a case runs on, and short words for what cases do.
package final class Conformance {
    package let cluster: any LogCluster
    package let prefix: String
    package let admin: any LogAdmin
    private var readers: [any GroupReader] = []

    static let timeout: Int32 = 20_000

    init(_ cluster: any LogCluster, prefix: String) throws {
        self.cluster = cluster
        self.prefix = prefix
        admin = try cluster.admin()
    }

    func close() {
        for reader in readers { reader.close(timeoutMilliseconds: 2000) }
    }

    // MARK: What there is

    @discardableResult
    func makeTopic(
        _ name: String = "t", partitions: Int32 = 1, _ configuration: [String: String] = [:]
    ) throws -> String {
        let topic = "\(prefix)-\(name)"
        let new = NewTopic(name: topic, partitions: partitions, configuration: configuration)
        let outcomes = try admin.createTopics([new], timeoutMilliseconds: Conformance.timeout)
        try equal(outcomes[topic], .done, "the topic")
        return topic
    }

    func reader(_ isolation: Isolation = .readCommitted, headers: Bool = false) throws -> any GroupReader {
        var options = ReaderOptions(profile: .live)
        options.isolation = isolation
        options.keepsHeaders = headers
        return keep(try cluster.reader(options))
    }

    func member(
        _ group: String = "g", instance: String? = nil, session: Int32 = 6000, pollLimit: Int32 = 300_000,
        assignor: String = "cooperative-sticky"
    ) throws -> any GroupReader {
        let membership = GroupMembership(
            groupID: "\(prefix)-\(group)", instanceID: instance, sessionTimeoutMilliseconds: session,
            maximumPollIntervalMilliseconds: pollLimit,
            assignor: assignor)
        return keep(try cluster.reader(ReaderOptions(profile: .live, group: membership)))
    }

    private func keep(_ reader: any GroupReader) -> any GroupReader {
        readers.append(reader)
        return reader
    }

    func writer() throws -> any LogWriter { try cluster.writer(WriterOptions(profile: .latency)) }

    /// Has taken its id over.
    func transactionalWriter(_ id: String = "id", timeout: Int32 = 60_000) throws -> any LogWriter {
        var options = WriterOptions(profile: .latency, transactionalID: "\(prefix)-\(id)")
        options.transactionTimeoutMilliseconds = timeout
        let writer = try cluster.writer(options)
        try writer.initTransactions(timeoutMilliseconds: Conformance.timeout)
        return writer
    }

    // MARK: Records

    /// Sends values and waits until they are delivered.
    func write(
        _ values: [String], to topic: String, partition: Int32 = 0, time: EventTime = -1, by writer: any LogWriter
    ) throws {
        let records = RawRecords()
        for value in values {
            records.append(key: Array("k".utf8), value: Array(value.utf8), timestamp: time, partition: partition)
        }
        try writer.send(records, to: writer.topic(topic))
        try writer.flush(timeoutMilliseconds: Conformance.timeout)
    }

    func write(_ values: [String], to topic: String, partition: Int32 = 0, time: EventTime = -1) throws {
        try write(values, to: topic, partition: partition, time: time, by: writer())
    }

    /// A transaction of its own.
    func transact(_ values: [String], to topic: String, commits: Bool = true, by writer: any LogWriter) throws {
        try writer.beginTransaction()
        try write(values, to: topic, by: writer)
        if commits {
            try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        } else {
            try writer.abortTransaction(timeoutMilliseconds: Conformance.timeout)
        }
    }

    /// Drains until every assigned partition has reached its end, and takes what has come: `value@offset`, by partition
    /// and offset.
    func readToEnd(_ reader: any GroupReader) throws -> [String] {
        var found: [TopicPartition: [String]] = [:]
        try wait("the ends of \(reader.assignment)") {
            _ = try reader.drain(timeoutMilliseconds: 100, maximumRecords: 1000)
            _ = reader.poll(timeoutMilliseconds: 0)
            reader.forEachNonEmptyBatch { _, partition, records in
                found[partition, default: []] += Conformance.texts(records)
                records.removeAll()
            }
            return reader.assignment.allSatisfy { place in
                reader.slot(of: place).flatMap { reader.endOfPartitionReached(slot: $0) } != nil
            }
        }
        return found.sorted { $0.key < $1.key }.flatMap(\.value)
    }

    /// All of a topic, by a reader of its own.
    func readAll(_ topic: String, partitions: Int32 = 1, _ isolation: Isolation = .readCommitted) throws -> [String] {
        let reader = try reader(isolation)
        try reader.assign(positions: Conformance.places(topic, partitions, LogicalOffset.beginning))
        return try readToEnd(reader)
    }

    static func texts(_ records: RawRecords) -> [String] {
        (0..<records.count).map { row in
            let value = records.value(row).map { String(decoding: $0, as: UTF8.self) } ?? "null"
            return "\(value)@\(records.offsets[row])"
        }
    }

    static func places(_ topic: String, _ partitions: Int32, _ offset: Int64) -> [TopicPartition: Int64] {
        Dictionary(uniqueKeysWithValues: (0..<partitions).map { (TopicPartition(topic, $0), offset) })
    }

    // MARK: Expectations

    func equal<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
        try check(found == expected, "\(what): \(found), not \(expected)")
    }

    func check(_ holds: Bool, _ what: @autoclosure () -> String) throws {
        guard holds else { throw ConformanceFailure(description: what()) }
    }

    /// The error of a call that is to fail.
    func error(_ what: String, of body: () throws -> Void) throws -> KafkaError {
        do {
            try body()
        } catch let error as KafkaError {
            return error
        }
        throw ConformanceFailure(description: "\(what) did not fail")
    }

    /// Polls of the body move a simulated time; that of a broker passes by itself.
    func wait(_ what: String, milliseconds: Int64 = 30_000, until body: () throws -> Bool) throws {
        let start = cluster.time.monotonicNanoseconds()
        while try !body() {
            try check(!cluster.time.hasPassed(milliseconds: milliseconds, since: start), "waited in vain for \(what)")
        }
    }
}
