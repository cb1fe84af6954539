// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import Testing

/// `errors.…`: what becomes of a run, and of a record, where a record does not reach the results.
@Suite(.enabled(if: Environment.isReady)) struct ErrorPolicyTests {
    private static let options = ["--commit-interval", "100ms"]

    /// Orders 1 to 10 with one that is not like the others at offset 5.
    private func orders(_ change: (inout InputRecord) -> Void) -> [InputRecord] {
        var records = Order.Source.plain(10).map(\.record)
        change(&records[5])
        return records
    }

    struct Case: CustomTestStringConvertible {
        var cause: String
        var says: String
        var change: @Sendable (inout InputRecord) -> Void
        var testDescription: String { cause }
    }

    static let cases = [
        Case(cause: "decode", says: "not valid in its format: the value ends too early") { $0.value = "{\"id\":" },
        Case(cause: "null.key", says: "a record without a group") { $0.key = nil },
        Case(cause: "future", says: "event time too far ahead") { record in
            record.value = record.value?.replacingOccurrences(of: "\"ts\":", with: "\"ts\":9")
        },
        Case(cause: "late", says: "late") { record in
            record.value = record.value?.replacingOccurrences(of: "\"ts\":1", with: "\"ts\":")
        },
    ]

    private func program(_ workspace: Workspace, _ input: String) throws -> String {
        try workspace.write(
            Programs.aggregate(
                input, into: workspace.topic("totals"), by: "user", window: .init(size: 1000, grace: 0),
                emit: "FINAL"), to: "totals.sql")
    }

    /// The run ends at the record, names it, and has not committed it; so does a replay, and another run.
    @Test(arguments: cases)
    func failEndsTheRun(_ test: Case) throws {
        let workspace = try Workspace("fail")
        let input = try workspace.createTopic("orders", partitions: 1)
        try workspace.produce(orders(test.change), to: input)
        let program = try program(workspace, input)
        let configuration = try workspace.write(
            "future.limit: 1h\nerrors.\(test.cause): fail\n", to: "millrace.yaml")
        let application = workspace.topic("app")
        let options = ["-c", configuration, "--application", application]
        for _ in 0..<2 {
            let process = try workspace.run("run", program, options + Self.options, expecting: 65, seconds: 30)
            #expect(process.error.contains("\(input)/0@5: \(test.says)"), "\(process.error)")
            #expect(process.error.contains("(errors.\(test.cause) is fail)"))
            #expect((try workspace.committed(application, input, partitions: 1)[0] ?? 0) <= 5)
        }
        let replay = try workspace.run("replay", program, options, expecting: 65, seconds: 30)
        #expect(replay.error.contains("\(input)/0@5: \(test.says)"))
    }

    @Test(arguments: cases, [1, 3])
    func deadLettersGoWhereTheyAreWanted(_ test: Case, threads: Int) throws {
        let workspace = try Workspace("letters")
        let input = try workspace.createTopic("orders", partitions: 1)
        let sent = orders(test.change)
        try workspace.produce(sent, to: input)
        let program = try program(workspace, input)
        let rejected = workspace.topic("rejected")
        let others = Self.cases.filter { $0.cause != test.cause }.map { "errors.\($0.cause): skip\n" }.joined()
        let configuration = try workspace.write(
            "future.limit: 1h\ndead.letter.topic: \(rejected)\nmode: batch\n"
                + "errors.\(test.cause): dead-letter\n\(others)",
            to: "millrace.yaml")
        _ = try workspace.run(
            "run", program,
            ["-c", configuration, "--application", workspace.topic("app"), "--threads", "\(threads)"] + Self.options)
        let letters = try workspace.records(of: rejected)
        try #require(letters.count == 1)
        #expect(letters[0].value == sent[5].value && letters[0].key == sent[5].key.map { Array($0.utf8) })
        #expect(letters[0].headers["millrace.reason"]?.contains(test.says) == true, "\(letters[0].headers)")
        #expect(letters[0].headers["millrace.offset"] == "5")
    }

    // MARK: how many

    @Test(arguments: [("2", true), ("3", false), ("0.1%", true), ("1%", false)])
    func aRunBearsSoManyBadRecords(limit: String, ends: Bool) throws {
        let workspace = try Workspace("limit")
        let input = try workspace.createTopic("orders", partitions: 1)
        var records = Order.Source.plain(100).map(\.record)
        for bad in [40, 50, 60] { records[bad].value = "x" }
        try workspace.produce(records, to: input)
        let program = try workspace.write(
            "SET 'errors.max' = '\(limit)';\n" + Programs.filter(input, into: workspace.topic("wanted"), above: 0),
            to: "wanted.sql")
        let process = try workspace.run(
            "replay", program, ["--publish", "--application", workspace.topic("app")], expecting: ends ? 65 : 0)
        #expect(try workspace.records(of: workspace.topic("wanted")).count == (ends ? 0 : 97))
        guard ends else { return }
        #expect(process.error.contains("3 bad of 100 records"), "\(process.error)")
        #expect(process.error.contains("the first is \(input)/0@40"))
    }

    // MARK: too large

    private func notes(_ workspace: Workspace, _ input: String, _ output: String) throws -> String {
        try workspace.write(
            """
            CREATE STREAM notes (id VARCHAR KEY, note VARCHAR) WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON');
            CREATE STREAM kept WITH (KAFKA_TOPIC='\(output)') AS SELECT id, note FROM notes;

            """, to: "kept.sql")
    }

    private func note(_ id: Int, _ length: Int) -> InputRecord {
        let text = String(repeating: "x", count: length)
        return InputRecord(key: "n\(id)", value: #"{"note":"\#(text)"}"#, timestamp: Order.firstDay, partition: 0)
    }

    /// Fault 49.
    @Test(arguments: ["fail", "skip", "dead-letter"], ["exactly_once_v2", "at_least_once"])
    func aResultThatItsTopicDoesNotTake(policy: String, guarantee: String) throws {
        let workspace = try Workspace("large")
        let input = try workspace.createTopic("notes", partitions: 1)
        let output = try workspace.createTopic("kept", partitions: 1, configuration: ["max.message.bytes": "1000"])
        // Many that fit, which together would make batches that do not.
        try workspace.produce((0..<200).map { note($0, $0 == 77 ? 5000 : 300) }, to: input)
        let rejected = workspace.topic("rejected")
        let configuration = try workspace.write(
            """
            mode: batch
            processing.guarantee: \(guarantee)
            dead.letter.topic: \(rejected)
            errors.too.large: \(policy)
            """, to: "millrace.yaml")
        let application = workspace.topic("app")
        let process = try workspace.run(
            "run", try notes(workspace, input, output), ["-c", configuration, "--application", application],
            expecting: policy == "fail" ? 65 : 0)
        if policy == "fail" {
            #expect(process.error.contains("\(input)/0@77: a result of 5"), "\(process.error)")
            #expect(process.error.contains("\(output) takes 1000"))
            #expect(try (workspace.committed(application, input, partitions: 1)[0] ?? 0) <= 77)
            return
        }
        let found = try workspace.records(of: output)
        #expect(found.count == 199 && !found.contains { $0.keyText == "n77" })
        #expect(process.error.contains("1 bad: result too large: "), "\(process.error)")
        #expect(process.error.contains(" takes 1000 (\(input)/0@77)"), "\(process.error)")
        let letters = try workspace.records(of: rejected)
        #expect(letters.map(\.keyText) == (policy == "skip" ? [] : ["n77"]))
        for letter in letters {
            #expect(letter.value?.contains("xxxxx") == true)
            #expect(letter.headers["millrace.topic"] == input && letter.headers["millrace.offset"] == "77")
        }
    }

    // MARK: refused for their time, or for want of a key

    /// Since Kafka 4.0 a topic takes nothing that lies more than an hour ahead.
    @Test(arguments: ["fail", "skip", "dead-letter"], ["exactly_once_v2", "at_least_once"])
    func aResultOfATimeThatItsTopicDoesNotTake(policy: String, guarantee: String) throws {
        let workspace = try Workspace("ahead")
        let limits = ["message.timestamp.after.max.ms": "3600000"]
        let input = try workspace.createTopic(
            "notes", partitions: 1, configuration: ["message.timestamp.after.max.ms": "9223372036854775807"])
        let output = try workspace.createTopic("kept", partitions: 1, configuration: limits)
        let rejected = try workspace.createTopic("rejected", partitions: 1, configuration: limits)
        let ahead = Int64(Date().timeIntervalSince1970 * 1000) + 7_200_000
        try workspace.produce(
            (0..<10).map { id in
                var note = note(id, 10)
                if id == 7 { note.timestamp = ahead }
                return note
            }, to: input)
        let configuration = try workspace.write(
            """
            mode: batch
            processing.guarantee: \(guarantee)
            dead.letter.topic: \(rejected)
            errors.refused: \(policy)
            """, to: "millrace.yaml")
        let process = try workspace.run(
            "run", try notes(workspace, input, output),
            ["-c", configuration, "--application", workspace.topic("app")], expecting: policy == "fail" ? 65 : 0)
        if policy == "fail" {
            #expect(process.error.contains("millrace: E2110: \(input)/0@7: a result of "), "\(process.error)")
            #expect(process.error.contains("\(output) takes none that is more than 1h 00m ahead"), "\(process.error)")
            return
        }
        #expect(try workspace.records(of: output).count == 9)
        #expect(process.error.contains("1 bad: result of a time that its topic does not take: "), "\(process.error)")
        #expect(process.error.contains("(\(input)/0@7)"), "\(process.error)")
        let letters = try workspace.records(of: rejected)
        #expect(letters.map(\.keyText) == (policy == "skip" ? [] : ["n7"]))
        for letter in letters {
            #expect(letter.headers["millrace.timestamp"] == "\(ahead)" && letter.timestamp < ahead - 3_600_000)
        }
    }

    /// The time of a TIMESTAMP column counts, not that of the record; the topic is made with the broker's default.
    @Test func resultsThatTheirTopicSoonDeletes() throws {
        let workspace = try Workspace("old")
        let input = try workspace.createTopic("notes", partitions: 1)
        let output = workspace.topic("kept")
        let day = Int64(86_400_000)
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        try workspace.produce(
            [1, 30].map {
                InputRecord(key: "k", value: #"{"ts":\#(now - Int64($0) * day)}"#, timestamp: now, partition: 0)
            }, to: input)
        func program(_ settings: String) throws -> String {
            try workspace.write(
                """
                CREATE STREAM notes (id VARCHAR KEY, ts BIGINT)
                  WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON', TIMESTAMP='ts');
                CREATE STREAM kept WITH (KAFKA_TOPIC='\(output)'\(settings)) AS SELECT id, ts FROM notes;

                """, to: "old.sql")
        }
        let words = "go to \(output), which keeps records for 7d"
        let lost = try workspace.run(
            "replay", try program(""), ["--publish", "--application", workspace.topic("app")])
        #expect(lost.error.contains(words), "\(lost.error)")
        #expect(lost.error.contains("RETENTION_MS"))
        _ = try Admin(workspace.properties).deleteTopics([output], timeoutMilliseconds: 20_000)
        let kept = try workspace.run(
            "replay", try program(", RETENTION_MS=7776000000"), ["--publish", "--application", workspace.topic("app")])
        #expect(!kept.error.contains("which keeps records for"), "\(kept.error)")
    }

    /// The first one is refused before anything is read, the second at the record.
    @Test func resultsWithoutAKeyForACompactedTopic() throws {
        let workspace = try Workspace("keyless")
        let input = try workspace.createTopic("notes", partitions: 1)
        let output = try workspace.createTopic("kept", partitions: 1, configuration: ["cleanup.policy": "compact"])
        var keyless = note(1, 10)
        keyless.key = nil
        try workspace.produce([note(0, 10), keyless], to: input)
        let program = try workspace.write(
            """
            CREATE STREAM notes (note VARCHAR) WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON');
            CREATE STREAM kept WITH (KAFKA_TOPIC='\(output)') AS SELECT note FROM notes;

            """, to: "keyless.sql")
        let options = ["--publish", "--application", workspace.topic("app")]
        let refused = try workspace.run("replay", program, options, expecting: 78)
        #expect(refused.error.contains("E2008: the topic \(output) is compacted and"), "\(refused.error)")
        let failed = try workspace.run("replay", try notes(workspace, input, output), options, expecting: 65)
        #expect(
            failed.error.contains("E2008: \(input)/0@1: a result without a key, and \(output) is compacted"),
            "\(failed.error)")
        #expect(try workspace.records(of: output).isEmpty)
    }

    /// An aggregate that grows beyond what its topic takes.
    @Test func aResultOfManyRecordsThatIsTooLarge() throws {
        let workspace = try Workspace("list")
        let input = try workspace.createTopic("notes", partitions: 1)
        let output = try workspace.createTopic("lists", partitions: 1, configuration: ["max.message.bytes": "1000"])
        try workspace.produce((0..<20).map { _ in note(1, 100) } + [note(2, 100)], to: input)
        let program = try workspace.write(
            """
            SET 'errors.too.large' = 'skip';
            CREATE STREAM notes (id VARCHAR KEY, note VARCHAR) WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON');
            CREATE TABLE lists WITH (KAFKA_TOPIC='\(output)') AS
              SELECT id, COLLECT_LIST(note) AS all_of_them FROM notes GROUP BY id EMIT CHANGES;

            """, to: "lists.sql")
        let process = try workspace.run(
            "replay", program, ["--publish", "--application", workspace.topic("app")])
        #expect(try workspace.records(of: output).map(\.keyText) == ["n2"])
        #expect(process.error.contains("1 bad: result too large: "), "\(process.error)")
        #expect(process.error.contains(" takes 1000 (\(output)/0)"), "\(process.error)")
    }
}
