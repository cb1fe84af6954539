// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import MillraceTestKit
import Testing
@testable import MillraceAdvisor
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

/// What `topics peek` and `init` make of topics whose schemas are known.
struct TopicSchemasTests {
    /// Schemas under their numbers; the subjects name their newest ones.
    struct Shelf: Catalogue {
        var numbers: [Int32: String] = [:]
        var subjects: [String: Int32] = [:]
        var languages: [Int32: RegisteredSchema.Language] = [:]
        /// Nobody answers, or there are files only.
        var failure: CatalogueError?

        func schema(ofSubject subject: String) throws(CatalogueError) -> RegisteredSchema {
            if let number = subjects[subject] {
                var schema = try registered(number)
                schema.subject = subject
                schema.version = 3
                return schema
            }
            throw failure ?? CatalogueError("no subject \(subject)", hint: nil, code: .unknownSubject)
        }

        func schema(id: Int32) throws(CatalogueError) -> RegisteredSchema {
            if let failure { throw failure }
            return try registered(id)
        }

        private func registered(_ number: Int32) throws(CatalogueError) -> RegisteredSchema {
            guard let text = numbers[number] else {
                throw CatalogueError("no schema \(number)", hint: nil, code: .unknownSchema)
            }
            return RegisteredSchema(id: number, language: languages[number] ?? .avro, text: text)
        }
    }

    private static let order =
        #"{"type":"record","name":"Order","fields":[{"name":"item","type":"string"},{"name":"price","type":"long"},"#
        + #"{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}}]}"#

    private static func bytes(_ schema: String, _ json: String, _ number: Int32) throws -> [UInt8] {
        let schema = try AvroSchema(schema)
        let body = try #require(AvroText.bytes(try JSONValue(json), schema.root, schema))
        return [0] + withUnsafeBytes(of: number.bigEndian) { Array($0) } + body
    }

    private static func sample(_ records: [(key: [UInt8]?, value: [UInt8]?)]) -> [SampledRecord] {
        records.enumerated().map { index, record in
            SampledRecord(
                partition: TopicPartition("orders", 0), offset: Int64(index), timestamp: StarterTopic.now,
                key: record.key, value: record.value)
        }
    }

    private static func orders(_ key: [UInt8]? = Array("u1".utf8)) throws -> [SampledRecord] {
        try sample(
            ["tea", "cup", "tea", "tea"].enumerated().map { index, item in
                (
                    key,
                    try bytes(order, #"{"item":"\#(item)","price":\#(index),"at":\#(StarterTopic.now + 5)}"#, 7)
                )
            })
    }

    @Test func columnsComeFromTheSubject() throws {
        let records = try Self.orders()
        let shelf = Shelf(numbers: [7: Self.order], subjects: ["orders-value": 7])
        let guess = TopicGuess(topic: "orders", records, catalogue: shelf)
        #expect(
            guess.statement
                == "CREATE STREAM orders (\n  key VARCHAR KEY\n) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='AVRO');")
        #expect(guess.summary == "key: KAFKA text, value: AVRO (orders-value, version 3) (from 4 records)")
        #expect(
            guess.notes.first
                == "The values have the columns of orders-value, version 3: ITEM VARCHAR, PRICE BIGINT, AT TIMESTAMP.")
        #expect(guess.notes.contains { $0.contains("add  TIMESTAMP='AT'  to WITH") }, "\(guess.notes)")
        let line = guess.line(records[1], width: 80)
        #expect(line.hasSuffix(#"  u1  {"ITEM":"cup","PRICE":1,"AT":1700000000005}"#), "\(line)")
    }

    @Test func aProgramOverThemGivesRows() throws {
        let records = try Self.orders()
        let shelf = Shelf(numbers: [7: Self.order], subjects: ["orders-value": 7])
        let program = try StarterProgram(
            TopicGuess(topic: "orders", records, catalogue: shelf), records, brokers: "k:9092",
            schemas: [("schema.registry.url", "http://a:8081, http://b:8081")])
        #expect(program.sql.contains("GROUP BY key EMIT"), "\(program.sql)")
        #expect(program.yaml.contains("\nschema.registry.url: 'http://a:8081, http://b:8081'\nkafka:\n"))
        #expect(try Configuration.parse(program.yaml).application == "orders")
        #expect(try SQL.compile(program.sql, catalogue: shelf).queries.count == 1)
    }

    /// A key by its schema, and a value that is no record.
    @Test func keysAndBareValues() throws {
        let shelf = Shelf(
            numbers: [1: #""string""#, 2: #""long""#], subjects: ["orders-key": 1, "orders-value": 2])
        // A key of two letters has eight bytes, as a number has.
        let records = Self.sample([
            (try Self.bytes(#""string""#, #""ab""#, 1), try Self.bytes(#""long""#, "300", 2))
        ])
        let guess = TopicGuess(topic: "orders", records, catalogue: shelf)
        #expect(
            guess.statement == "CREATE STREAM orders WITH (KAFKA_TOPIC='orders', KEY_FORMAT='AVRO', "
                + "VALUE_FORMAT='AVRO', WRAP_SINGLE_VALUE=false);")
        #expect(guess.line(records[0], width: 40).hasSuffix(#"  "ab"  {"ROWVAL":300}"#))
        let program = try StarterProgram(guess, records, brokers: "k:9092")
        #expect(program.sql.contains("KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON'"), "\(program.sql)")
        #expect(program.sql.contains("GROUP BY ROWKEY EMIT"), "\(program.sql)")
    }

    /// Without a subject of the topic's name the number says what the columns are, in their own case.
    @Test func numbersWithoutASubject() throws {
        let records = try Self.orders()
        let guess = TopicGuess(topic: "orders", records, catalogue: Shelf(numbers: [7: Self.order]))
        let statement = try #require(guess.statement)
        #expect(statement.contains("VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID=7)"), "\(statement)")
        #expect(guess.notes.first?.contains("`item` VARCHAR") == true, "\(guess.notes)")
        #expect(guess.line(records[0], width: 30).contains(#"{"item":"tea""#))
        #expect(try StarterProgram(guess, records, brokers: "k:1").sql.contains("VALUE_SCHEMA_ID=7"))
    }

    /// Files have no numbers: their schema is taken for the writers'.
    @Test func filesWithoutARegistry() throws {
        let records = try Self.orders()
        let shelf = Shelf(
            numbers: [7: Self.order], subjects: ["orders-value": 7],
            failure: CatalogueError("none", hint: nil, code: .noRegistry))
        let guess = TopicGuess(topic: "orders", records, catalogue: shelf)
        #expect(guess.decoded?.rows.count == 4)
        #expect(guess.notes.contains { $0.hasPrefix("No schema registry is named: ") }, "\(guess.notes)")
    }

    @Test func recordsThatCannotBeReadAreCounted() throws {
        var records = try Self.orders()
        records[2].value = try Self.bytes(Self.order, #"{"item":"x","price":1,"at":1}"#, 4711)
        let shelf = Shelf(numbers: [7: Self.order], subjects: ["orders-value": 7])
        let guess = TopicGuess(topic: "orders", records, catalogue: shelf)
        let note = guess.notes.first { $0.hasPrefix("1 of 4 records cannot be read so (orders/0@2: ") }
        #expect(note?.contains("4711") == true, "\(guess.notes)")
        #expect(guess.line(records[2], width: 20).contains("0x00000012"))
    }

    /// What gives no columns is declared as bytes, and the reason is said.
    @Test(arguments: [
        (Shelf(failure: CatalogueError("nobody answers", hint: nil, code: .registryUnreachable)), "nobody answers"),
        (Shelf(numbers: [7: "message"], languages: [7: .protobuf]), "schema 7"),
        (
            Shelf(numbers: [
                7: #"{"type":"record","name":"N","fields":[{"name":"next","type":["null","N"]}]}"#
            ]), "contains itself"
        ),
    ])
    func whatHasNoColumns(shelf: Shelf, reason: String) throws {
        let guess = TopicGuess(topic: "orders", try Self.orders(), catalogue: shelf)
        #expect(guess.statement?.contains("content BYTES") == true)
        #expect(guess.notes.first?.contains(reason) == true, "\(guess.notes)")
        #expect(guess.notes.first?.hasSuffix("They are declared as bytes.") == true)
    }
}
