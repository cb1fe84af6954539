// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

@testable import MillraceRuntime

/// What a sample of records makes of a topic; each proposal compiles.
struct TopicGuessTests {
    private func guess(_ topic: String = "orders", _ records: [(key: [UInt8]?, value: [UInt8]?)]) -> TopicGuess {
        let sample = records.enumerated().map { index, record in
            SampledRecord(
                partition: TopicPartition(topic, 0), offset: Int64(index), timestamp: 1_800_000_000_000,
                key: record.key, value: record.value)
        }
        return TopicGuess(topic: topic, sample)
    }

    private func guess(_ topic: String = "orders", key: String?, _ values: String...) -> TopicGuess {
        guess(topic, values.map { (key.map { Array($0.utf8) }, Array($0.utf8)) })
    }

    /// A statement that declares is a program with a query behind it.
    private func compile(_ guess: TopicGuess) throws {
        let statement = try #require(guess.statement)
        _ = try SQL.compile("\(statement)\nCREATE STREAM copy AS SELECT * FROM \(guess.streamName);")
    }

    @Test func jsonObjectsBecomeColumns() throws {
        let guess = guess(
            key: "anna", #"{"id":1,"price":2,"tags":["a"],"who":{"name":"x","end":true},"note":null}"#,
            #"{"ID":2,"price":2.5,"tags":[],"who":{"age":3},"key":"k","big":99999999999999999999}"#)
        #expect(
            guess.statement == """
                CREATE STREAM orders (
                  record_key VARCHAR KEY,
                  id BIGINT,
                  price DOUBLE,
                  tags ARRAY<VARCHAR>,
                  who STRUCT<name VARCHAR, `end` BOOLEAN, age BIGINT>,
                  note VARCHAR,
                  key VARCHAR,
                  big DOUBLE
                ) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');
                """)
        try compile(guess)
        #expect(guess.summary == "key: KAFKA text, value: JSON (from 2 records)")
    }

    /// Key, values, a part of the statement.
    @Test(arguments: [
        (nil, ["a,1", "b,2"], "column_2 VARCHAR\n) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='DELIMITED')"),
        (nil, ["a|1", "b|2"], "VALUE_DELIMITER='|'"), (nil, ["a\t1", "b\t2"], "VALUE_DELIMITER='TAB'"),
        (nil, ["1", "2"], "content BIGINT\n) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=false)"),
        ("k", ["hello", "world, all"], "content VARCHAR\n) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='KAFKA')"),
        ("{\"a\":1}", ["{\"x\":1}"], "key STRUCT<a BIGINT> KEY"),
        (
            "k", ["{\"from\":1,\"rowtime\":2,\"a b\":3,\"x`y\":4}"],
            "`from` BIGINT,\n  `rowtime` BIGINT,\n  `a b` BIGINT"
        ),
    ])
    func formatsAreGuessed(key: String?, values: [String], text: String) throws {
        let guess = guess("t", values.map { (key.map { Array($0.utf8) }, Array($0.utf8)) })
        #expect(guess.statement?.contains(text) == true, "\(guess.statement ?? "")")
        try compile(guess)
    }

    @Test func binaryKeysAndValues() throws {
        let long: [UInt8] = [0, 0, 0, 0, 0, 0, 1, 2]
        let guess = guess("t", [(long, [0, 0, 0, 7]), (long, [0, 0, 1, 7])])
        #expect(guess.statement?.contains("key BIGINT KEY,\n  content INT") == true, "\(guess.statement ?? "")")
        try compile(guess)
    }

    @Test func obstaclesAreSaid() {
        #expect(guess("t", []).obstacle == "the topic has no records to guess from")
        #expect(guess("t", [(nil, nil)]).obstacle == "every value is null")
        let registered = guess("t", [(nil, [0, 0, 0, 1, 2, 9, 9])])
        #expect(registered.obstacle?.contains("schema 258 of a schema registry") == true)
        #expect(registered.statement == nil)
    }

    @Test(arguments: ["orders", "orders.v2", "2026-orders", "_x", "select"])
    func aFirstProgramIsValid(topic: String) throws {
        let program = try StarterProgram(
            guess(topic, key: "k", #"{"item":"a","ts":1800000000000}"#), brokers: "k:9092")
        let plan = try SQL.compile(program.sql)
        #expect(plan.queries.map(\.sink.topic) == ["\(topic)-per-minute"])
        #expect(program.sql.contains("add  TIMESTAMP='ts'"))
        let configuration = try Configuration.parse(program.yaml)
        #expect(configuration.application == topic)
        #expect(configuration.mode == .hybrid)
        #expect(configuration.kafka.map(\.value) == ["k:9092"])
    }

    @Test func recordsAreShownHarmlessly() {
        let record = SampledRecord(
            partition: TopicPartition("t", 1), offset: 7, timestamp: nil, key: Array("\u{1B}[2J".utf8),
            value: [0xFF, 1])
        #expect(record.line(width: 20) == "t/1@7  no time  .[2J  0xff01")
    }
}
