// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceTestKit
import Testing

/// Avro topics with a schema registry (the stand-in), on a real broker.
@Suite(.enabled(if: Environment.isReady)) struct RegistryTests {
    private static let order =
        #"{"type":"record","name":"Order","namespace":"x","fields":[{"name":"item","type":"string"},"#
        + #"{"name":"price","type":"long"}]}"#

    /// A workspace with a topic of Avro orders whose schema is registered.
    private struct Shop {
        let workspace: Workspace
        let registry: StandInRegistry
        let input: String
        let id: Int32

        init(_ name: String) throws {
            workspace = try Workspace(name)
            registry = try StandInRegistry()
            input = try workspace.createTopic("orders", partitions: 2)
            id = try Shop.register(RegistryTests.order, in: "\(input)-value", registry)
        }

        static func register(_ schema: String, in subject: String, _ registry: StandInRegistry) throws -> Int32 {
            let text = schema.replacingOccurrences(of: "\"", with: "\\\"")
            let answer = try registry.curl("POST", "subjects/\(subject)/versions", #"{"schema":"\#(text)"}"#)
            guard let id = Int32(answer.filter(\.isNumber)), answer.contains("\"id\"") else {
                throw Unexpected("the registry says \(answer)")
            }
            return id
        }

        /// A record as Avro has it: item, price.
        private static func bytes(_ id: Int32, _ item: String, _ price: Int64) -> [UInt8] {
            func number(_ value: Int64) -> [UInt8] {
                var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
                var bytes: [UInt8] = []
                while rest > 0x7F {
                    bytes.append(UInt8(rest & 0x7F) | 0x80)
                    rest >>= 7
                }
                return bytes + [UInt8(rest)]
            }
            let prefix = [0] + withUnsafeBytes(of: id.bigEndian) { Array($0) }
            return prefix + number(Int64(item.utf8.count)) + Array(item.utf8) + number(price)
        }

        /// - Parameter tail: bytes behind the fields.
        func produce(
            _ orders: [(key: String, item: String, price: Int64)], id: Int32? = nil, tail: [UInt8] = []
        ) throws {
            let raw = RawRecords()
            for (index, order) in orders.enumerated() {
                raw.append(
                    key: Array(order.key.utf8), value: Shop.bytes(id ?? self.id, order.item, order.price) + tail,
                    timestamp: 1_700_000_000_000 + Int64(index) * 1000,
                    partition: Int32(order.key.utf8.reduce(0) { $0 ^ $1 } & 1))
            }
            let producer = try Producer(ProducerOptions(properties: workspace.properties))
            try producer.send(raw, to: producer.topic(input))
            try producer.flush(timeoutMilliseconds: 20_000)
        }

        var declaration: String {
            "CREATE STREAM orders (id STRING KEY) WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='AVRO');\n"
        }

        func totals(_ output: String) throws -> String {
            try workspace.write(
                declaration + """
                    SET 'keys.partitioning' = 'any';
                    CREATE TABLE totals WITH (KAFKA_TOPIC='\(output)', VALUE_FORMAT='AVRO') AS
                      SELECT item, COUNT(*) AS n, SUM(price) AS total FROM orders GROUP BY item;
                    """, to: "totals.sql")
        }

        /// The application is this test's own.
        var options: [String] { ["--schema-registry", registry.url, "--application", workspace.tag] }

        /// What lies in an Avro topic with a text for a key, as Millrace reads it.
        func rows(of topic: String) throws -> [String] {
            let program = try workspace.write(
                "CREATE STREAM s (id STRING KEY) WITH (KAFKA_TOPIC='\(topic)', VALUE_FORMAT='AVRO');\n"
                    + "CREATE STREAM o WITH (VALUE_FORMAT='JSON') AS SELECT * FROM s;", to: "rows.sql")
            let replay = try workspace.run(
                "replay", program, ["--from", "earliest", "--to", "now", "--format", "json"] + options)
            return replay.output.split(separator: "\n").map { line in
                let text = String(line)
                let key = text.range(of: #""key":"[^"]*""#, options: .regularExpression).map { String(text[$0]) } ?? ""
                let value = text.range(of: #""value":\{.*\}"#, options: .regularExpression).map { String(text[$0]) }
                return "\(key) \(value?.dropLast() ?? "")"
            }.sorted()
        }
    }

    @Test func anAvroTopicWithoutColumnsToAnAvroAggregate() throws {
        let shop = try Shop("avro")
        try shop.produce([("a", "tea", 3), ("b", "cup", 7), ("a", "tea", 4), ("b", "tee", -1)])
        let output = shop.workspace.topic("totals")
        let replay = try shop.workspace.run(
            "replay", try shop.totals(output), ["--from", "earliest", "--to", "now", "--publish"] + shop.options)
        #expect(replay.error.contains("the values of \(output) have schema 2 (\(output)-value)"))
        let schema = try shop.registry.curl("GET", "subjects/\(output)-value/versions/latest")
        #expect(schema.contains("KsqlDataSourceSchema"))
        #expect(
            try shop.rows(of: output) == [
                #""key":"cup" "value":{"N":1,"TOTAL":7}"#, #""key":"tea" "value":{"N":2,"TOTAL":7}"#,
                #""key":"tee" "value":{"N":1,"TOTAL":-1}"#,
            ])
    }

    @Test func aSchemaThatDoesNotFitIsRefusedBeforeAnythingIsWritten() throws {
        let shop = try Shop("unfit")
        try shop.produce([("a", "tea", 3)])
        let output = shop.workspace.topic("totals")
        _ = try Shop.register(Self.order, in: "\(output)-value", shop.registry)
        let program = try shop.totals(output)
        for words in [["replay", "--from", "earliest", "--to", "now", "--publish"], ["run"]] {
            let process = try shop.workspace.run(
                words[0], program, Array(words.dropFirst()) + shop.options, expecting: 78)
            #expect(process.error.contains("E3508"), "\(process.error)")
            #expect(process.error.contains("The name of the schema has changed"), "\(process.error)")
        }
        let found = try Admin(shop.workspace.properties).partitionCounts(
            ofTopics: [output], timeoutMilliseconds: 5000)
        #expect(found[output] == nil)
    }

    /// Fault 60. A run waits for its schemas, says so, and loses nothing.
    @Test func aRegistryThatIsAwayIsWaitedFor() throws {
        let shop = try Shop("away")
        try shop.produce([("a", "tea", 3)])
        let output = shop.workspace.topic("totals")
        let run = try shop.workspace.start(
            "run", try shop.totals(output), ["--commit-interval", "100ms"] + shop.options,
            environment: ["MILLRACE_SCHEMA_REGISTRY_RETRIES": "0"])
        try shop.workspace.waitUntilCaughtUp(run, shop.workspace.tag, shop.input, partitions: 2)
        let newer = try Shop.register(
            Self.order.replacingOccurrences(
                of: "]}", with: #",{"name":"note","type":["null","string"],"default":null}]}"#),
            in: "\(shop.input)-value", shop.registry)
        try shop.registry.setFault(#"{"status":503,"body":"starting"}"#)
        // The new schema's records end in a null; the old one's go on meanwhile in the other partition.
        try shop.produce([("b", "cup", 1)])
        try shop.workspace.waitUntilCaughtUp(run, shop.workspace.tag, shop.input, partitions: 2)
        try shop.produce([("a", "tea", 5)], id: newer, tail: [0])
        try run.waitToSay("waiting for schema registry \(shop.registry.url)")
        try shop.registry.setFault("{}")
        try run.waitToSay("answers again")
        try shop.workspace.waitUntilCaughtUp(run, shop.workspace.tag, shop.input, partitions: 2)
        #expect(try run.stop() == 0)
        let rows = try shop.rows(of: output)
        #expect(rows.last == #""key":"tea" "value":{"N":2,"TOTAL":8}"#, "\(rows)")
    }

    @Test func aNumberThatTheRegistryDoesNotKnowMakesRecordsBad() throws {
        let shop = try Shop("unknown")
        try shop.produce([("a", "tea", 3)])
        try shop.produce([("a", "tea", 4), ("b", "cup", 5)], id: 4711)
        let output = shop.workspace.topic("totals")
        let replay = try shop.workspace.run(
            "replay", try shop.totals(output), ["--from", "earliest", "--to", "now", "--format", "json"] + shop.options)
        #expect(replay.error.contains("4711"), "\(replay.error)")
        #expect(replay.output.contains(#""N":1,"TOTAL":3"#), "\(replay.output)")
        #expect(replay.output.split(separator: "\n").count == 1)
    }

    @Test func whatIsMissingIsSaid() throws {
        let shop = try Shop("missing")
        let program = try shop.totals(shop.workspace.topic("totals"))
        let none = try shop.workspace.run("validate", program, expecting: 78)
        #expect(none.error.contains("E3511"), "\(none.error)")
        try shop.registry.curl("DELETE", "subjects/\(shop.input)-value")
        let missing = try shop.workspace.run("validate", program, shop.options, expecting: 78)
        #expect(missing.error.contains("totals.sql:1:15: error E3506"), "\(missing.error)")
        let directory = shop.workspace.directory.appendingPathComponent("schemas")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        _ = try shop.workspace.write(Self.order, to: "schemas/\(shop.input)-value.avsc")
        _ = try shop.workspace.run("validate", program, ["--schemas", directory.path])
        shop.registry.stop()
        let away = try shop.workspace.run("validate", program, shop.options, expecting: 78)
        #expect(away.error.contains("E3501"), "\(away.error)")
    }

    /// Records as people see them, a program that gives rows, and a statement without columns.
    @Test func peekAndInitDecodeWithTheRegistry() throws {
        let shop = try Shop("peek")
        try shop.produce([("a", "tea", 3), ("b", "cup", 4), ("a", "tea", 5), ("b", "tea", 6)])
        let connection = ["-b", shop.workspace.bootstrap, "--schema-registry", shop.registry.url]
        let peek = try shop.workspace.command(["topics", "peek", shop.input] + connection)
        #expect(try peek.exitCode() == 0, "\(peek.error)")
        #expect(peek.output.contains(#"  b  {"ITEM":"cup","PRICE":4}"#), "\(peek.output)")
        #expect(peek.output.contains(") WITH (KAFKA_TOPIC='\(shop.input)', VALUE_FORMAT='AVRO');"), "\(peek.output)")
        let start = try shop.workspace.command(["init", shop.input] + connection)
        #expect(try start.exitCode() == 0, "\(start.error)")
        let replay = try shop.workspace.command(["replay", "--from", "earliest", "--to", "now"])
        #expect(try replay.exitCode() == 0, "\(replay.error)")
        #expect(replay.output.contains("\(shop.input)-per-minute"), "\(replay.output) \(replay.error)")
    }

    /// VALUE_SCHEMA_ID of a result: the schema's own text under the result's subject, its number in the records, and
    /// rows that it does not take in the dead letters.
    @Test func aResultIsWrittenByTheSchemaOfANumber() throws {
        let shop = try Shop("number")
        try shop.produce([("a", "tea", 3), ("b", "cup", -1)])
        let text =
            #"{"type":"record","name":"Mine","doc":"mine","fields":[{"name":"ITEM","type":"string"},"#
            + #"{"name":"PRICE","type":"long"},{"name":"shop","type":"string","default":"here"}]}"#
        let number = try Shop.register(text, in: "elsewhere", shop.registry)
        let output = shop.workspace.topic("mine")
        let program = try shop.workspace.write(
            shop.declaration + """
                CREATE STREAM mine WITH (KAFKA_TOPIC='\(output)', VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID=\(number)) AS
                  SELECT id, item, CASE WHEN price > 0 THEN price END AS price FROM orders;
                """, to: "mine.sql")
        let explain = try shop.workspace.run("explain", program, shop.options)
        #expect(explain.output.contains("  \(output)-value\n    \(text)"), "\(explain.output)")
        let words = ["--from", "earliest", "--to", "now", "--publish"] + shop.options
        let refused = try shop.workspace.run("replay", program, words, expecting: 65)
        #expect(refused.error.contains("E3512: \(shop.input)/"), "\(refused.error)")
        let skipping = try shop.workspace.start(
            "replay", program, words, environment: ["MILLRACE_ERRORS_REFUSED": "skip"])
        #expect(try skipping.exitCode() == 0, "\(skipping.error)")
        let replay = skipping
        #expect(replay.error.contains("have schema \(number) (\(output)-value)"), "\(replay.error)")
        #expect(try shop.rows(of: output) == [#""key":"a" "value":{"ITEM":"tea","PRICE":3,"SHOP":"here"}"#])
    }

    /// What `explain` and `doctor` say of a program with schemas.
    @Test func explainAndDoctorKnowTheSchemas() throws {
        let shop = try Shop("doctor")
        try shop.produce([("a", "tea", 3)])
        let output = shop.workspace.topic("totals")
        let program = try shop.totals(output)
        let explain = try shop.workspace.run("explain", program, shop.options)
        #expect(explain.output.contains("schemas to be registered\n  \(output)-value\n"), "\(explain.output)")
        let doctor = try shop.workspace.run("doctor", program, shop.options)
        #expect(doctor.output.contains("[ok]  the schema registry answers"), "\(doctor.output)")
        #expect(doctor.output.contains("[ok]  the input's schemas are registered"))
        _ = try Shop.register(Self.order, in: "\(output)-value", shop.registry)
        let unfit = try shop.workspace.run("doctor", program, shop.options, expecting: 1)
        #expect(unfit.output.contains("[!!]  E3508 \(output)-value: "), "\(unfit.output)")
        #expect(unfit.output.contains("[ok]  the first and the newest records begin with numbers of known schemas"))
        try shop.produce([("a", "tea", 4)], id: 4711)
        let strange = try shop.workspace.run("doctor", program, shop.options, expecting: 1)
        #expect(
            strange.output.contains("E3507 \(shop.input)/1@1: the value has schema 4711, which"), "\(strange.output)")
    }
}
