// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import Testing

/// Records with timestamps that no clock shows, as brokers take them, and options with numbers as large as they can be:
/// the process lives, counts each record, and commits.
@Suite(.enabled(if: Environment.isReady)) struct ExtremeTimesTests {
    private static let times: [Int64] = [
        .min, .min + 1, .min / 2, -1_000_000, -2, -1, 0, 1, 2, Order.firstDay, 1 << 61, (1 << 61) + 1, 1 << 62,
        .max - 1,
        .max,
    ]
    /// Those that are event times.
    private static let usable = times.filter { $0 >= 0 && $0 <= 1 << 61 }

    /// All kinds of windows, by the record key and by something else, and a query without state.
    private static func program(_ input: String, _ workspace: Workspace) -> String {
        let windows = [
            "TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 365 DAYS)",
            "HOPPING (SIZE 10 SECONDS, ADVANCE BY 3 SECONDS, GRACE PERIOD 1 DAY)",
            "SESSION (365 DAYS, GRACE PERIOD 365 DAYS)",
        ]
        var program = """
            CREATE STREAM odd (k VARCHAR KEY, page VARCHAR) WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON');
            CREATE STREAM copy WITH (KAFKA_TOPIC='\(workspace.topic("copy"))') AS
              SELECT k, page FROM odd WHERE ROWTIME < 4000000000000;

            """
        for (number, window) in windows.enumerated() {
            for key in ["k", "page"] {
                let name = "t\(number)\(key)"
                program += """
                    CREATE TABLE \(name) WITH (KAFKA_TOPIC='\(workspace.topic(name))') AS
                      SELECT \(key), COUNT(*) AS n FROM odd WINDOW \(window) GROUP BY \(key) EMIT FINAL;

                    """
            }
        }
        return program
    }

    /// - Parameter backlog: so many more with the earliest time of all: enough to be seen behind while they are read.
    private static func fill(_ workspace: Workspace, backlog: Int = 0) throws -> String {
        let input = try workspace.createTopic(
            "odd", partitions: 1, configuration: ["message.timestamp.after.max.ms": "9223372036854775807"])
        let producer = try PlainProducer(bootstrap: workspace.bootstrap)
        defer { producer.end() }
        try producer.send(
            times.enumerated().map { number, time in
                InputRecord(key: "k\(number % 3)", value: #"{"page":"p"}"#, timestamp: time, partition: 0)
            }, to: input)
        try producer.send(
            (0..<backlog).map { _ in
                InputRecord(key: "k", value: #"{"page":"p"}"#, timestamp: .min, partition: 0)
            }, to: input)
        return input
    }

    /// Each query has read every record, and says what became of it.
    private static func check(_ accounts: [[String: Any]], backlog: Int) {
        let count = times.count + backlog
        #expect(accounts.count == 7)
        for account in accounts {
            let counts = ["used", "filtered", "late", "bad"].map { account[$0] as? Int ?? -1 }
            #expect(account["read"] as? Int == count, "\(account)")
            #expect(counts.reduce(0, +) == count, "\(account)")
            #expect(account["bad"] as? Int == count - usable.count, "\(account)")
        }
    }

    /// Fault 57.
    /// With the page on, which measures how late records are; and again from the commit.
    @Test func theRunLives() throws {
        let backlog = 60_000
        let workspace = try Workspace("extreme-run")
        let input = try Self.fill(workspace, backlog: backlog)
        let program = try workspace.write(Self.program(input, workspace), to: "odd.sql")
        let application = workspace.topic("app")
        let options = [
            "--application", application, "--commit-interval", "100ms", "--http", "127.0.0.1:0",
            "--from", "earliest", "--batch-rows", "8",
        ]
        let first = try workspace.start("run", program, options)
        let page = try StatusReader(first)
        try workspace.waitUntilCaughtUp(first, application, input, partitions: 1)
        let status = try page.wait {
            ($0["accounts"] as? [[String: Any]] ?? []).contains { $0["read"] as? Int == Self.times.count + backlog }
        }
        Self.check(try #require(status["accounts"] as? [[String: Any]]), backlog: backlog)
        for path in ["/", "/metrics", "/api/v1/status?format=text"] {
            #expect(try page.get(path).hasPrefix("HTTP/1.1 200"), "\(path)")
        }
        #expect(try first.stop() == 0)
        let second = try workspace.start("run", program, options)
        try second.waitToSay("live")
        #expect(try second.stop() == 0)
    }

    @Test(arguments: [
        [], ["--to", "9223372036854775807"], ["--from", "0", "--to", "9223372036854775806"],
        ["--from", "-106751991167d", "--margin", "106751991167d"], ["--from", "9223372036854775807"],
        ["--to", "-106751991167d"], ["--from", "offsets:0=9223372036854775807"],
        ["--to", "offsets:0=9223372036854775807"],
    ])
    func theReplayLives(options: [String]) throws {
        let workspace = try Workspace("extreme-replay")
        let input = try Self.fill(workspace)
        let program = try workspace.write(Self.program(input, workspace), to: "odd.sql")
        let replay = try workspace.start("replay", program, options)
        let code = try replay.exitCode(seconds: 60)
        // It may say that the range holds nothing, not more.
        #expect([0, 64, 65, 66].contains(code), "\(code): \(replay.error)")
        for command in ["explain", "doctor"] {
            let other = try workspace.start(command, program, options)
            #expect(try other.exitCode(seconds: 60) < 128, "\(command): \(other.error)")
        }
    }

    /// Event times of a column have no broker to refuse them.
    @Test func timesOfAColumn() throws {
        let workspace = try Workspace("extreme-column")
        let input = try workspace.createTopic("odd", partitions: 2)
        try workspace.produce(
            Self.times.enumerated().map { number, time in
                InputRecord(
                    key: "k\(number % 3)", value: #"{"ts":\#(time)}"#, timestamp: Order.firstDay,
                    partition: Int32(number % 2))
            }, to: input)
        let program = try workspace.write(
            """
            CREATE STREAM odd (k VARCHAR KEY, ts BIGINT)
              WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON', TIMESTAMP='ts');
            CREATE TABLE counts WITH (KAFKA_TOPIC='\(workspace.topic("counts"))') AS
              SELECT k, COUNT(*) AS n FROM odd WINDOW TUMBLING (SIZE 1 DAY, GRACE PERIOD 365 DAYS)
              GROUP BY k EMIT FINAL;
            CREATE TABLE sums WITH (KAFKA_TOPIC='\(workspace.topic("sums"))') AS
              SELECT ts, COUNT(*) AS n FROM odd WINDOW SESSION (365 DAYS) GROUP BY ts EMIT FINAL;
            """, to: "odd.sql")
        for options in [
            [], ["--margin", "106751991167d"], ["--from", "-106751991167d", "--margin", "106751991167d"],
            ["--from", "1", "--to", "9223372036854775807"], ["--from", "9223372036854775807"],
            ["--to", "9223372036854775807", "--margin", "106751991167d"],
        ] {
            let replay = try workspace.start("replay", program, options)
            #expect([0, 65, 66].contains(try replay.exitCode(seconds: 60)), "\(options): \(replay.error)")
        }
    }
}
