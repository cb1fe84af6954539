// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `millrace sql` over real topics.
@Suite(.enabled(if: Environment.isReady)) struct QuestionTests {
    /// 3,000 clicks of 3 pages in 4 partitions, one record that cannot be read, and the names of two pages.
    private struct Clicks {
        let workspace: Workspace
        let topic: String
        let program: String
        let pages: String

        init() throws {
            workspace = try Workspace("question")
            topic = try workspace.createTopic("clicks")
            pages = try workspace.createTopic("pages", partitions: 1)
            var records = (0..<3000).map { number in
                InputRecord(
                    key: "u\(number % 10)", value: "{\"page\":\"/\(number % 3)\",\"ms\":\(number)}",
                    timestamp: Order.firstDay + Int64(number), partition: Int32(number % 4))
            }
            records.append(InputRecord(key: "u", value: "{", timestamp: Order.firstDay + 3000, partition: 1))
            try workspace.produce(records, to: topic)
            try workspace.produce(
                ["one", "two"].enumerated().map { number, name in
                    InputRecord(
                        key: "/\(number + 1)", value: "{\"name\":\"\(name)\"}", timestamp: Order.firstDay, partition: 0)
                }, to: pages)
            program = try workspace.write(
                """
                CREATE STREAM clicks (user VARCHAR KEY, page VARCHAR, ms INT)
                  WITH (KAFKA_TOPIC='\(topic)', VALUE_FORMAT='JSON');
                CREATE TABLE pages (id VARCHAR PRIMARY KEY, name VARCHAR)
                  WITH (KAFKA_TOPIC='\(pages)', VALUE_FORMAT='JSON');
                CREATE TABLE per_page WITH (KAFKA_TOPIC='\(workspace.topic("per-page"))') AS
                  SELECT page, COUNT(*) AS n FROM clicks GROUP BY page;
                """, to: "clicks.sql")
        }

        func ask(_ question: String, _ options: [String] = []) throws -> MillraceProcess {
            try workspace.run("sql", question, ["-f", program] + options)
        }

        func lines(_ question: String, _ options: [String] = []) throws -> [String] {
            try ask(question, options).output.split(separator: "\n").map(String.init)
        }
    }

    @Test func answers() throws {
        let clicks = try Clicks()
        let counts = try clicks.ask("SELECT page, COUNT(*) AS n, MAX(ms) AS m FROM clicks GROUP BY page ORDER BY page")
        #expect(
            counts.output == """
                {"PAGE":"/0","N":1000,"M":2997}
                {"PAGE":"/1","N":1000,"M":2998}
                {"PAGE":"/2","N":1000,"M":2999}

                """)
        #expect(counts.error.contains("3 rows, 3,001 records read"))
        #expect(counts.error.contains("1 bad"), "what is not in the rows is said: \(counts.error)")
        #expect(
            try clicks.lines(
                "SELECT c.ms, p.name FROM clicks c JOIN pages p ON c.page = p.id WHERE c.ms > 2995 ORDER BY c.ms")
                == [#"{"MS":2996,"NAME":"two"}"#, #"{"MS":2998,"NAME":"one"}"#, #"{"MS":2999,"NAME":"two"}"#])
        #expect(try clicks.lines("SELECT n FROM per_page ORDER BY page LIMIT 1") == [#"{"N":1000}"#])
        #expect(
            try clicks.lines("SELECT ms, page FROM clicks ORDER BY ms DESC LIMIT 2", ["--format", "csv"])
                == ["MS,PAGE", "2999,/2", "2998,/1"])
        // Nothing was made on the cluster, and nothing committed.
        let reader = try clicks.workspace.committed("clicks", clicks.topic, partitions: 4)
        #expect(reader == [nil, nil, nil, nil])
        let result = clicks.workspace.topic("per-page")
        #expect(throws: (any Error).self) { try clicks.workspace.ends(result, partitions: 1) }
    }

    @Test func limitReadsNoMoreThanItNeeds() throws {
        let clicks = try Clicks()
        var source = Order.Source(partitions: 4, seed: 9)
        source.isDirty = false
        let orders = try clicks.workspace.createTopic("orders")
        for _ in 0..<5 { try clicks.workspace.produce(source.next(40_000).map(\.record), to: orders) }
        let program = try clicks.workspace.write(Programs.source(orders, hasTimeColumn: false), to: "orders.sql")
        let process = try clicks.workspace.run("sql", "SELECT * FROM orders LIMIT 10", ["-f", program])
        #expect(process.output.split(separator: "\n").count == 10)
        let read = try #require(process.error.firstMatch(of: /10 rows, ([\d,]+) records read/))
        #expect(Int(read.1.filter { $0 != "," }) ?? .max < 50_000, "of 200,000")
    }

    /// Whoever reads has enough: the process ends by itself, without an error.
    @Test func aPipeThatCloses() throws {
        let clicks = try Clicks()
        for question in ["SELECT * FROM clicks", "SELECT * FROM clicks EMIT CHANGES"] {
            let command =
                "'\(try #require(Environment.binary))' sql '\(question)' -q -f '\(clicks.program)' "
                + "-b \(clicks.workspace.bootstrap) | head -n 2; echo ${PIPESTATUS[0]}"
            let output = clicks.workspace.directory.appendingPathComponent("pipe.out")
            let error = clicks.workspace.directory.appendingPathComponent("pipe.err")
            let shell = try ChildProcess(
                "/usr/bin/env", ["bash", "-c", command], directory: clicks.workspace.directory, output: output,
                error: error)
            if question.hasSuffix("CHANGES") {
                // It notices when it writes the next time.
                Thread.sleep(forTimeInterval: 1)
                try clicks.workspace.produce(
                    [InputRecord(key: "u", value: "{}", timestamp: Order.firstDay + 9999, partition: 0)],
                    to: clicks.topic)
            }
            #expect(try shell.exitCode(seconds: 30) == 0)
            let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 3 && lines.last == "0", "\(lines)")
            #expect(try String(contentsOf: error, encoding: .utf8) == "")
        }
    }

    @Test func goesOnUntilItIsStopped() throws {
        let clicks = try Clicks()
        let process = try clicks.workspace.start(
            "sql", "SELECT page, COUNT(*) AS n FROM clicks GROUP BY page EMIT CHANGES", ["-f", clicks.program])
        func wait(for line: String) throws {
            try Deadline(seconds: 30).wait(for: "\(line): \(process.output) \(process.error)") {
                process.output.contains(line)
            }
        }
        try wait(for: #"{"PAGE":"/1","N":1000}"#)
        try clicks.workspace.produce(
            [InputRecord(key: "u", value: #"{"page":"/1"}"#, timestamp: Order.firstDay + 9999, partition: 3)],
            to: clicks.topic)
        try wait(for: #"{"PAGE":"/1","N":1001}"#)
        process.send(SIGINT)
        #expect(try process.exitCode(seconds: 10) == 0, "\(process.error)")

        let latest = try clicks.workspace.start(
            "sql", "SELECT page FROM clicks EMIT CHANGES LIMIT 1", ["-f", clicks.program, "--from", "latest"])
        try latest.waitToSay("at most 0 records")
        try clicks.workspace.produce(
            [InputRecord(key: "u", value: #"{"page":"/new"}"#, timestamp: Order.firstDay + 9999, partition: 2)],
            to: clicks.topic)
        #expect(try latest.exitCode(seconds: 30) == 0)
        #expect(latest.output == "{\"PAGE\":\"/new\"}\n")
    }

    /// A topic that nothing declares has the columns that its records seem to have, and the guess is said.
    @Test func aTopicAlone() throws {
        let clicks = try Clicks()
        let process = try clicks.workspace.run(
            "sql", "SELECT page, COUNT(*) AS n FROM `\(clicks.topic)` GROUP BY page ORDER BY page LIMIT 1")
        #expect(process.output == "{\"PAGE\":\"/0\",\"N\":1000}\n")
        #expect(process.error.contains("CREATE STREAM `\(clicks.topic)` ("))
        let unknown = try clicks.workspace.run(
            "sql", "SELECT page\nFROM `\(clicks.topic)x`", expecting: 78)
        #expect(unknown.error.contains("did you mean \(clicks.topic)?"), "\(unknown.error)")
        #expect(unknown.error.contains("sql:2:6: error E4002"), "\(unknown.error)")
    }
}
