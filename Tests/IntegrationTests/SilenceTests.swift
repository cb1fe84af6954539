// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceKafka
import Testing

/// What has no rows says why, and what to do.
@Suite(.enabled(if: Environment.isReady)) struct SilenceTests {
    /// 2023-11-14 22:13:20
    private static let then: Int64 = 1_700_000_000_000

    private func orders(_ count: Int) -> [InputRecord] {
        (0..<count).map { index in
            InputRecord(
                key: nil,
                value:
                    "{\"id\":\(index),\"user_id\":\"anna\",\"amount\":1.5,\"sec\":\(Self.then / 1000 + Int64(index))}",
                timestamp: Self.then + Int64(index) * 1000, partition: Int32(index % 2))
        }
    }

    struct Case: CustomTestStringConvertible {
        var name: String
        var columns = "id BIGINT, user_id VARCHAR, amount DOUBLE"
        var with = ""
        var query = "SELECT user_id, COUNT(*) AS n FROM orders GROUP BY user_id EMIT CHANGES"
        var options: [String] = []
        var says: [String]
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "no such field", columns: "id BIGINT, userid VARCHAR",
            query: "SELECT userid, COUNT(*) AS n FROM orders GROUP BY userid EMIT CHANGES",
            says: [
                "CTAS_FOUND_1: no rows: GROUP BY USERID is NULL in all 20 records; ",
                "ORDERS: column USERID is NULL in all 20 records: none of 20 looked at has a field USERID, the nearest "
                    + "is \"user_id\"; declare the column as USER_ID",
            ]),
        Case(
            name: "behind the data", options: ["--from", "2024-01-01T00:00:00Z"],
            says: [
                "no rows: the range from 2024-01-01 00:00:00 begins behind the last record: the 20 records of ",
                "; --from 2023-11-14T22:13:20Z reads them",
            ]),
        Case(
            name: "before the data", options: ["--from", "earliest", "--to", "2020-01-01T00:00:00Z"],
            says: ["no rows: the range to 2020-01-01 00:00:00 ends before the first record: "]),
        Case(
            name: "where",
            query: "SELECT user_id, COUNT(*) AS n FROM orders WHERE amount > 1000 GROUP BY user_id EMIT CHANGES",
            says: ["no rows: WHERE is true for none of 20 records; "]),
        Case(
            name: "having",
            query: "SELECT user_id, COUNT(*) AS n FROM orders GROUP BY user_id HAVING COUNT(*) > 99 EMIT CHANGES",
            says: ["no rows: HAVING is true for no group of 20 records; "]),
        Case(
            name: "seconds", columns: "id BIGINT, user_id VARCHAR, sec BIGINT", with: ", TIMESTAMP='sec'",
            says: ["ORDERS: event times (column SEC) of ", " go up to 1970-01-20 16:13:20, as if seconds "]),
    ]

    private func program(_ workspace: Workspace, _ input: String, _ test: Case) throws -> String {
        try workspace.write(
            """
            CREATE STREAM orders (\(test.columns)) WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON'\(test.with));
            CREATE TABLE found WITH (KAFKA_TOPIC='\(workspace.topic("found"))', VALUE_FORMAT='JSON') AS
              \(test.query);
            """, to: "found.sql")
    }

    @Test(arguments: cases) func zeroRowsHaveAReason(_ test: Case) throws {
        let workspace = try Workspace("silence")
        let input = try workspace.createTopic("orders", partitions: 2)
        try workspace.produce(orders(20), to: input)
        let process = try workspace.run("replay", try program(workspace, input, test), test.options)
        for text in test.says { #expect(process.error.contains(text), "\(process.error)") }
        if test.name != "seconds" { #expect(process.output.isEmpty) }
    }

    @Test func anEmptyTopicSaysSo() throws {
        let workspace = try Workspace("empty")
        let input = try workspace.createTopic("orders", partitions: 2)
        let test = Case(name: "empty", says: [])
        let process = try workspace.run("replay", try program(workspace, input, test))
        #expect(process.error.contains("no rows: \(input) has no record; "), "\(process.error)")
    }

    /// Windows that wait are named at the end of a run, and a second run says that its `--from` is not used.
    @Test func aRunThatWaitsSaysForWhat() throws {
        let workspace = try Workspace("wait")
        let input = try workspace.createTopic("orders", partitions: 2)
        try workspace.produce(orders(20), to: input)
        let test = Case(
            name: "wait",
            query: "SELECT user_id, COUNT(*) AS n FROM orders WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 0 SECONDS) "
                + "GROUP BY user_id EMIT FINAL",
            says: [])
        let program = try program(workspace, input, test)
        let application = workspace.topic("app")
        let options = ["--application", application, "--from", "earliest", "--commit-interval", "100ms"]
        let first = try workspace.start("run", program, options)
        try workspace.waitUntilCaughtUp(first, application, input, partitions: 2)
        #expect(try first.stop() == 0)
        #expect(
            first.error.contains("no rows: 1 window, 1 group, waits for a record later than 2023-11-14 22:14:00; "),
            "\(first.error)")
        let second = try workspace.start("run", program, options)
        try second.waitToSay("from earliest is not used: the group \(application) has committed the input")
        #expect(try second.stop() == 0)
    }

    /// With a broker on its command line `validate` sees, before anything runs, what a replay would find.
    @Test(arguments: cases.filter { ["no such field", "seconds"].contains($0.name) })
    func validateLooksAtTheInput(_ test: Case) throws {
        let workspace = try Workspace("validate")
        let input = try workspace.createTopic("orders", partitions: 2)
        try workspace.produce(orders(20), to: input)
        let program = try program(workspace, input, test)
        let process = try workspace.run("validate", program)
        let says = test.name == "seconds" ? "as if seconds since 1970" : "declare the column as USER_ID"
        #expect(process.error.contains(says), "\(process.error)")
        #expect(process.error.contains("not looked at: records besides 20 of \(input), permissions, "))
        // A broker of the configuration is not asked: this one is none.
        let configuration = try workspace.write("kafka:\n  bootstrap.servers: 127.0.0.1:1\n", to: "millrace.yaml")
        let alone = try workspace.command(["validate", program, "-c", configuration])
        #expect(try alone.exitCode() == 0)
        #expect(
            alone.error.contains("not looked at: whether the topics are there and have such records, permissions, "))
    }

    // MARK: standard output

    /// A replay that prints all of many records.
    private func printing(_ workspace: Workspace, records: Int = 50_000) throws -> String {
        let input = try workspace.createTopic("orders", partitions: 2)
        try workspace.produce(orders(records), to: input)
        return try workspace.write(
            """
            CREATE STREAM orders (id BIGINT, user_id VARCHAR) WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON');
            CREATE STREAM found WITH (KAFKA_TOPIC='\(workspace.topic("found"))') AS SELECT * FROM orders;
            """, to: "all.sql")
    }

    /// `millrace replay … | head -1`
    @Test func aReaderThatHasEnoughEndsTheReplay() throws {
        let workspace = try Workspace("head")
        let program = try printing(workspace)
        let binary = try #require(Environment.binary)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = [
            "-c", "'\(binary)' replay '\(program)' -b \(workspace.bootstrap) | head -1; echo \"${PIPESTATUS[0]}\"",
        ]
        let (output, error) = (Pipe(), Pipe())
        shell.standardOutput = output
        shell.standardError = error
        try shell.run()
        shell.waitUntilExit()
        let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            .split(separator: "\n")
        #expect(lines.count == 2 && lines.last == "0", "\(lines)")
        let said = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(!said.contains("E6201"), "\(said)")
    }

    /// On a terminal no result stands behind a line of progress.
    @Test func resultsAndProgressShareATerminal() throws {
        let workspace = try Workspace("terminal")
        // So many that a quick machine, too, has progress to show.
        let count = 250_000
        let program = try printing(workspace, records: count)
        let binary = try #require(Environment.binary)
        // It gives the command a terminal of its own, and passes on what comes there.
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
        process.arguments = [
            "-qec", "'\(binary)' replay '\(program)' -b \(workspace.bootstrap) --format json", "/dev/null",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
        let showsProgress = text.contains("\r\u{1B}[Kbatch ")
        #expect(showsProgress, "there was no progress to see")
        let results = text.components(separatedBy: "\n").filter { $0.contains("{\"topic\":") }
            .map { $0.components(separatedBy: "\r\u{1B}[K").last ?? "" }
        #expect(results.count == count)
        #expect(results.first { !$0.hasPrefix("{") } == nil)
    }
}
