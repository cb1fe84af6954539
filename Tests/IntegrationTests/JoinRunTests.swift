// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Joins of a stream with a table in `millrace run`: history, live, over restarts and crashes.
@Suite(.enabled(if: Environment.isReady)) struct JoinRunTests {
    /// Orders and users, written one after the other, each later in event time than all before it: so a row of an order
    /// has the name that its user had last.
    private struct Joined {
        let workspace: Workspace
        let users: String
        let orders: String
        let output: String
        let application: String
        private let program: String
        private var time: Int64 = 1_700_000_000_000
        private var names: [Int: String] = [:]
        /// What has to come of the orders: their numbers, and the names of their users.
        private(set) var expected: [(order: Int, name: String?)] = []

        init(_ name: String, _ query: (_ output: String) -> String) throws {
            workspace = try Workspace(name)
            users = try workspace.createTopic("users", partitions: 2, configuration: ["retention.ms": "-1"])
            orders = try workspace.createTopic("orders", partitions: 3, configuration: ["retention.ms": "-1"])
            output = workspace.topic("joined")
            application = workspace.topic("join")
            program = try workspace.write(
                """
                CREATE TABLE users (id VARCHAR PRIMARY KEY, name VARCHAR)
                  WITH (KAFKA_TOPIC='\(users)', VALUE_FORMAT='JSON');
                CREATE STREAM orders (id VARCHAR KEY, user_id VARCHAR, amount INT)
                  WITH (KAFKA_TOPIC='\(orders)', VALUE_FORMAT='JSON');
                \(query(output))
                """, to: "join.sql")
        }

        mutating func put(user: Int, _ name: String?, earlier: Int64 = 0) throws {
            time += 1
            if earlier == 0 { names[user] = name }
            try workspace.produce(
                [
                    InputRecord(
                        key: "u\(user)", value: name.map { #"{"NAME":"\#($0)"}"# }, timestamp: time - earlier,
                        partition: Int32(user % 2))
                ], to: users)
        }

        mutating func order(_ ids: Range<Int>) throws {
            let records = ids.map { id in
                time += 1
                expected.append((id, names[id % 7]))
                return InputRecord(
                    key: "o\(id)", value: #"{"USER_ID":"u\#(id % 7)","AMOUNT":\#(id)}"#, timestamp: time,
                    partition: Int32(id % 3))
            }
            try workspace.produce(records, to: orders)
        }

        /// Some users and orders by turns.
        mutating func produce(_ round: Int) throws {
            for step in 0..<10 {
                let first = (round * 10 + step) * 20
                try put(user: step % 7, step == 5 ? nil : "name \(round).\(step)")
                try order(first..<first + 20)
            }
        }

        func start(_ options: [String] = [], fault: String? = nil) throws -> MillraceProcess {
            try workspace.start(
                "run", program, ["--application", application, "--commit-interval", "50ms"] + options,
                environment: fault.map { ["MILLRACE_FAULT": $0] } ?? [:])
        }

        func waitUntilCaughtUp(_ process: MillraceProcess) throws {
            try workspace.waitUntilCaughtUp(process, application, orders, partitions: 3)
        }

        /// The rows of the topic are those of the orders.
        func check() throws {
            let found = try workspace.records(of: output).compactMap(\.value).sorted()
            let rows = expected.map { order, name in
                #"{"ORDER_ID":"o\#(order)","NAME":\#(name.map { "\"\($0)\"" } ?? "null"),"AMOUNT":\#(order)}"#
            }.sorted()
            #expect(found.count == rows.count)
            for (row, other) in zip(found, rows) where row != other {
                Issue.record("\(row), not \(other)")
                return
            }
        }
    }

    private static func enriched(_ output: String) -> String {
        "CREATE STREAM joined WITH (KAFKA_TOPIC='\(output)', VALUE_FORMAT='JSON', RETENTION_MS=-1) AS SELECT "
            + "o.user_id, o.id AS order_id, u.name, o.amount FROM orders o LEFT JOIN users u ON o.user_id = u.id;"
    }

    /// History, live, a stop, crashes in the midst of commits and of the re-read of the table.
    @Test func everyRowOnceWithWhatHeldAtItsTime() throws {
        var joined = try Joined("join-live", Self.enriched)
        try joined.produce(0)
        var process = try joined.start()
        try process.waitToSay("live")
        try joined.produce(1)
        try joined.waitUntilCaughtUp(process)
        #expect(try process.stop() == 0)
        #expect(!process.error.contains("too late"), "\(process.error)")
        try joined.produce(2)
        for (round, fault) in ["restoring:1:kill", "computed:2:kill", "offsets-sent:1:kill", "committed:1:kill"]
            .enumerated()
        {
            process = try joined.start(fault: fault)
            try joined.produce(3 + round)
            #expect(try process.exitCode(seconds: 60) != 0, "\(process.error)")
            #expect(!process.error.contains("too late"), "\(process.error)")
        }
        process = try joined.start()
        try joined.waitUntilCaughtUp(process)
        // Live a row waits for the table; a drain waits for nothing.
        try joined.produce(7)
        try joined.waitUntilCaughtUp(process)
        #expect(try process.stop() == 0)
        #expect(process.error.contains("read again for the state"))
        try joined.check()
    }

    /// What an aggregation behind a join has flushed goes with the table that is read again.
    @Test func anAggregationBehindAJoinGoesOn() throws {
        var joined = try Joined("join-count") { output in
            "CREATE TABLE totals WITH (KAFKA_TOPIC='\(output)', VALUE_FORMAT='JSON', RETENTION_MS=-1) AS SELECT "
                + "u.name AS name, COUNT(*) AS n, SUM(o.amount) AS total "
                + "FROM orders o JOIN users u ON o.user_id = u.id GROUP BY u.name;"
        }
        try joined.produce(0)
        for round in 1...3 {
            let process = try joined.start(
                ["--state-flush-interval", round == 2 ? "10m" : "100ms"],
                fault: round == 3 ? nil : "committed:1:kill")
            try joined.produce(round)
            if round < 3 {
                #expect(try process.exitCode(seconds: 60) != 0, "\(process.error)")
            } else {
                try joined.waitUntilCaughtUp(process)
                #expect(try process.stop() == 0)
            }
            #expect(!process.error.contains("too late"), "\(process.error)")
        }
        var wanted: [String: (count: Int, total: Int)] = [:]
        for (order, name) in joined.expected {
            guard let name else { continue }
            wanted[name, default: (0, 0)].count += 1
            wanted[name, default: (0, 0)].total += order
        }
        var found: [String: String] = [:]
        for record in try joined.workspace.records(of: joined.output) { found[record.keyText] = record.value }
        #expect(found == wanted.mapValues { #"{"N":\#($0.count),"TOTAL":\#($0.total)}"# })
    }

    /// A version of a user that comes behind rows of its time is counted, and counts from then on.
    @Test func whatComesTooLateIsSaid() throws {
        var joined = try Joined("join-late", Self.enriched)
        try joined.put(user: 0, "first")
        let process = try joined.start()
        try process.waitToSay("live")
        try joined.order(0..<1)
        try joined.waitUntilCaughtUp(process)
        try joined.put(user: 0, "second", earlier: 2)
        try process.waitToSay("too late for a join")
        try joined.order(7..<8)
        try joined.waitUntilCaughtUp(process)
        #expect(try process.stop() == 0)
        #expect(process.error.contains("records that came too late for a join: 1 (\(joined.users) 1)"))
        #expect(process.error.contains("raise join.wait"))
        let names = try joined.workspace.records(of: joined.output).compactMap(\.value).sorted()
        #expect(names.count == 2 && names[0].contains("first") && names[1].contains("second"), "\(names)")
    }

    @Test func oneProcessAtATime() throws {
        let joined = try Joined("join-two", Self.enriched)
        let first = try joined.start(["--instance", "one"])
        try first.waitToSay("live")
        let second = try joined.start(["--instance", "two"])
        #expect(try second.exitCode(seconds: 30) == 75)
        #expect(second.error.contains("E3405"))
        #expect(second.error.contains("this program has joins, which run in one process"))
        #expect(first.isRunning)
        #expect(try first.stop() == 0)
    }
}
