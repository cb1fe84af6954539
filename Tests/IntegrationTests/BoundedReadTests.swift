// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import Testing

/// A bounded read ends at the end of its slice, whatever the log holds there.
@Suite(.enabled(if: Environment.isReady)) struct BoundedReadTests {
    private static let records = Order.Source.plain(20)

    /// A topic of one partition, and programs over it.
    private final class Log {
        let workspace: Workspace
        let input: String
        private let count: String
        private let application: String

        init(_ name: String, configuration: [String: String] = [:]) throws {
            workspace = try Workspace(name)
            input = try workspace.createTopic("orders", partitions: 1, configuration: configuration)
            application = workspace.topic("app")
            let program = """
                CREATE STREAM orders (id BIGINT, amount DOUBLE) WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON');
                CREATE STREAM wanted WITH (KAFKA_TOPIC='\(workspace.topic("wanted"))', VALUE_FORMAT='JSON') AS
                  SELECT id FROM orders WHERE amount > 0;

                """
            count = try workspace.write(program, to: "wanted.sql")
        }

        /// Writes within a transaction.
        func transaction(_ orders: [Order], commits: Bool) throws {
            let producer = try Producer(
                ProducerOptions(properties: workspace.properties, transactionalID: workspace.topic("writer")))
            try producer.initTransactions(timeoutMilliseconds: 20_000)
            try producer.beginTransaction()
            try producer.send(InputRecord.raw(orders.map(\.record)), to: producer.topic(input))
            try producer.flush(timeoutMilliseconds: 20_000)
            if commits {
                try producer.commitTransaction(timeoutMilliseconds: 20_000)
            } else {
                try producer.abortTransaction(timeoutMilliseconds: 20_000)
            }
        }

        /// The ids that a replay finds. It must end by itself, soon.
        func replayed(_ options: [String] = []) throws -> [Int] {
            let process = try workspace.run("replay", count, ["--format", "json"] + options, seconds: 10)
            return process.output.split(separator: "\n").compactMap { line in
                line.split(separator: "\"ID\":").last.flatMap { Int($0.prefix { $0 != "}" }) }
            }
        }

        /// The ids that a continuous run publishes until it is live. Its batch stage must end by itself, soon.
        func published() throws -> [Int] {
            let process = try workspace.start("run", count, ["--application", application])
            try process.waitToSay("live", seconds: 10)
            #expect(try process.stop() == 0)
            return try workspace.records(of: workspace.topic("wanted")).compactMap { record in
                Int((record.value ?? "").drop { $0 != ":" }.dropFirst().prefix { $0 != "}" })
            }
        }

        func check(_ ids: [Int], _ comment: Comment? = nil) throws {
            #expect(try replayed() == ids, comment)
            #expect(try published() == ids, comment)
        }
    }

    /// Fault 43.
    @Test func emptyTopic() throws {
        try Log("ends-empty").check([])
    }

    /// Fault 42.
    @Test func commitMarkerAtTheEnd() throws {
        let log = try Log("ends-commit")
        try log.transaction(Self.records, commits: true)
        try log.check(Self.records.map(\.id))
    }

    /// Fault 42.
    @Test func abortMarkerAtTheEnd() throws {
        let log = try Log("ends-abort")
        try log.transaction(Array(Self.records.prefix(5)), commits: true)
        try log.transaction(Array(Self.records.suffix(5)), commits: false)
        try log.check(Self.records.prefix(5).map(\.id))
    }

    /// Fault 43.
    @Test func nothingButAbortedRecords() throws {
        let log = try Log("ends-aborted")
        try log.transaction(Self.records, commits: false)
        try log.check([])
    }

    @Test func deletedHead() throws {
        let log = try Log("ends-head")
        try log.workspace.produce(Self.records.map(\.record), to: log.input)
        _ = try Admin(log.workspace.properties)
            .deleteRecords(before: [TopicPartition(log.input, 0): 12], timeoutMilliseconds: 20_000)
        try log.check(Self.records.dropFirst(12).map(\.id))
        // Asked for by number, what is gone is refused (`SliceCheckTests`).
        #expect(try log.replayed(["--from", "offsets:0=12"]) == Self.records.dropFirst(12).map(\.id))
    }

    @Test func everythingDeleted() throws {
        let log = try Log("ends-deleted")
        try log.workspace.produce(Self.records.map(\.record), to: log.input)
        _ = try Admin(log.workspace.properties)
            .deleteRecords(before: [TopicPartition(log.input, 0): 20], timeoutMilliseconds: 20_000)
        try log.check([])
    }

    @Test func everythingFiltered() throws {
        let log = try Log("ends-filtered")
        let unwanted = Self.records.map { order in
            var order = order
            order.amount = -1
            return order
        }
        try log.workspace.produce(unwanted.map(\.record), to: log.input)
        try log.check([])
    }

    @Test func slicesBetweenOffsets() throws {
        let log = try Log("ends-offsets")
        try log.workspace.produce(Self.records.map(\.record), to: log.input)
        let ids = Self.records.map(\.id)
        #expect(try log.replayed(["--from", "offsets:0=5", "--to", "offsets:0=9"]) == Array(ids[5..<9]))
        #expect(try log.replayed(["--from", "offsets:0=19", "--to", "offsets:0=20"]) == Array(ids[19...]))
        #expect(try log.replayed(["--from", "offsets:0=20"]) == [])
        #expect(try log.replayed(["--from", "offsets:0=9", "--to", "offsets:0=9"]) == [])
        #expect(try log.replayed(["--from", "latest"]) == [])
    }

    /// Fault 44.
    /// Behind an open transaction of somebody else nothing can be read yet; the slice ends before it.
    @Test func openTransactionOfAnotherWriter() throws {
        let log = try Log("ends-open")
        try log.workspace.produce(Self.records.prefix(7).map(\.record), to: log.input)
        let producer = try Producer(
            ProducerOptions(properties: log.workspace.properties, transactionalID: log.workspace.topic("other")))
        try producer.initTransactions(timeoutMilliseconds: 20_000)
        try producer.beginTransaction()
        try producer.send(InputRecord.raw(Self.records.suffix(3).map(\.record)), to: producer.topic(log.input))
        try producer.flush(timeoutMilliseconds: 20_000)
        let ids = Self.records.prefix(7).map(\.id)
        #expect(try log.replayed() == ids)
        try producer.abortTransaction(timeoutMilliseconds: 20_000)
        try log.check(ids)
    }
}
