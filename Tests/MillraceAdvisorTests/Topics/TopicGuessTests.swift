// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing
@testable import MillraceAdvisor
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

/// What a sample of records makes of a topic; each proposal compiles.
struct TopicGuessTests {
    private func guess(_ topic: String = "orders", _ records: [(key: [UInt8]?, value: [UInt8]?)]) -> TopicGuess {
        TopicGuess(topic: topic, sample(topic, records))
    }

    private func sample(_ topic: String, _ records: [(key: [UInt8]?, value: [UInt8]?)]) -> [SampledRecord] {
        records.enumerated().map { index, record in
            SampledRecord(
                partition: TopicPartition(topic, 0), offset: Int64(index), timestamp: 1_800_000_000_000,
                key: record.key, value: record.value)
        }
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
                  big DECIMAL(20, 0)
                ) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');
                """)
        try compile(guess)
        #expect(guess.summary == "key: KAFKA text, value: JSON (from 2 records)")
    }

    /// Key, values, a part of the statement.
    @Test(arguments: [
        (nil, ["a,1", "b,2"], "column_2 BIGINT\n) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='DELIMITED')"),
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
        #expect(guess("t", [(nil, nil)]).statement == nil)
        let error = #expect(throws: RunFailure.self) { try StarterProgram(guess("t", []), [], brokers: "") }
        #expect(error?.message == "no program for the topic t: the topic has no records to guess from")
    }

    @Test(arguments: [
        "orders", "orders.v2", "2026-orders", "_x", "select", "null", "true", "1e3", "-x",
        String(repeating: "a", count: 249),
    ])
    func namesOfTopicsDoNoHarm(topic: String) throws {
        let records = sample(topic, [(Array("k".utf8), Array(#"{"item":"a","ts":1800000000000}"#.utf8))])
        let program = try StarterProgram(TopicGuess(topic: topic, records), records, brokers: "k:9092")
        let plan = try SQL.compile(program.sql)
        let output = try #require(plan.queries.first?.sink.topic)
        #expect(KafkaName.isValid(output) && output.hasSuffix("-per-minute") && output.hasPrefix(topic.prefix(238)))
        let configuration = try Configuration.parse(program.yaml)
        #expect(configuration.application == topic)
        #expect(configuration.mode == .hybrid)
        #expect(configuration.kafka.map(\.value) == ["k:9092"])
    }

    /// Brokers as they are written to a file that YAML reads.
    @Test(arguments: ["k:9092", "[::1]:9092", "a:1,b:2", "host:9092,", "SASL_SSL://k:9093", "#x:1"])
    func brokersAreReadAsTheyAre(brokers: String) throws {
        let records = sample("t", [(nil, Array("a".utf8))])
        let program = try StarterProgram(TopicGuess(topic: "t", records), records, brokers: brokers)
        #expect(try Configuration.parse(program.yaml).kafka.map(\.value) == [brokers])
    }

    // MARK: Records as people see them

    @Test func recordsAreShownHarmlessly() {
        let record = SampledRecord(
            partition: TopicPartition("t", 1), offset: 7, timestamp: nil, key: Array("\u{1B}[2Jx".utf8),
            value: [0xFF, 1],
            headers: [
                RawRecords.Header(name: "a\nb", value: Array("x\ry".utf8)), RawRecords.Header(name: "c", value: nil),
            ])
        let guess = TopicGuess(topic: "t", [record])
        #expect(guess.line(record, width: 20) == "t/1@7  no time  .[2Jx  0xff01  {a.b=x.y, c=null}")
    }

    /// Keys and values of bytes are shown as what they mean.
    @Test func bytesAreShownAsWhatTheyMean() {
        func line(_ key: [UInt8]?, _ value: [UInt8]?) -> String {
            let record = SampledRecord(
                partition: TopicPartition("t", 0), offset: 0, timestamp: 1_700_000_000_000, key: key, value: value)
            return TopicGuess(topic: "t", [record]).line(record, width: 40)
                .split(separator: "  ").dropFirst(2).joined(separator: "  ")
        }
        let anna = Array("anna".utf8)
        let (start, end): (EventTime, EventTime) = (1_699_999_980_000, 1_700_000_000_000)
        #expect(
            line(StarterTopic.windowed(anna, start: start), Array("1".utf8))
                == "anna [2023-11-14T22:13:00.000Z …)  1")
        #expect(
            line(StarterTopic.windowed(StarterTopic.bigEndian(Int64(7)), start: start), nil)
                == "7 [2023-11-14T22:13:00.000Z …)  null")
        #expect(
            line(StarterTopic.windowed(anna, start: start, end: end), [])
                == "anna [2023-11-14T22:13:00.000Z … 2023-11-14T22:13:20.000Z]  ''")
        #expect(line(StarterTopic.bigEndian(Int64(-2)), StarterTopic.bigEndian(Int32(5))) == "-2  5")
        #expect(line(nil, StarterTopic.bigEndian(1.5.bitPattern)) == "null  1.5")
    }

    // MARK: The range

    /// Records, the newest one's age in minutes, the range.
    @Test(
        arguments: [
            (9, 0, "--from earliest --to now"), (9, 1_000_000, "--from earliest --to now"),
            (2_000_000, 10, "--from -1h --to now"), (2_000_000, 50, "--from 2023-11-14T21:00:00Z --to now"),
            (2_000_000, 1_000_000, "--from 2021-12-20T11:00:00Z --to now"),
        ] as [(Int64, Int64, String)])
    func theRangeHoldsRecords(records: Int64, age: Int64, range: String) throws {
        let now: EventTime = 1_700_000_000_000
        let newest = now - age * 60_000
        #expect(StarterRange.options(records: records, times: [newest - 1000, newest], now: now) == range)
        let word = try #require(range.split(separator: " ").dropFirst().first)
        switch try SlicePosition.parse(String(word), as: .from) {
        case .earliest: break
        case .ago(let milliseconds): #expect(newest > now - milliseconds)
        case .time(let time): #expect(newest >= time && newest - time < 3_600_000)
        case .latest, .offsets: Issue.record("\(range)")
        }
    }

    /// A record of the year 2262 does not choose the range; without times there is no other than all.
    @Test func brokenClocksDoNotChooseTheRange() {
        let now: EventTime = 1_700_000_000_000
        #expect(
            StarterRange.options(records: 2_000_000, times: [now, 9_223_372_036_854], now: now)
                == "--from -1h --to now")
        #expect(
            StarterRange.options(records: 2_000_000, times: [9_223_372_036_854], now: now)
                == "--from earliest --to now")
        #expect(StarterRange.options(records: 2_000_000, times: [], now: now) == "--from earliest --to now")
    }
}
