// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import Testing

/// `topics peek` and `init` on a broker: what they say of topics of all kinds, and that the commands that `init` names
/// next give rows.
@Suite(.enabled(if: Environment.isReady)) struct StarterTests {
    private static let then: Int64 = 1_700_000_000_000

    private static func bigEndian(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    struct Topic: Sendable, CustomStringConvertible {
        var name: String
        var records: [(key: [UInt8]?, value: String?)]
        var headers: [RawRecords.Header] = []
        /// What `topics peek` prints of it.
        var says: [String]
        var timestamp: Int64 = StarterTests.then

        var description: String { name }
    }

    private static let topics = [
        Topic(
            name: "windowed",
            records: [
                (Array("anna".utf8) + bigEndian(then - 20_000), #"{"N":1}"#),
                (Array("bert".utf8) + bigEndian(then + 40_000), #"{"N":2}"#),
            ],
            says: [
                "  anna [2023-11-14T22:13:00.000Z …)  {\"N\":1}", "key: KAFKA text, with a window behind it",
                "WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 MINUTE'",
            ]),
        Topic(
            name: "events", records: [(nil, #"{"n":"a","at":1700000000}"#), (nil, ""), (nil, #"{"n":"a"}"#)],
            headers: [RawRecords.Header(name: "ce_type", value: Array("x.y".utf8))],
            says: [
                "  {ce_type=x.y}", "The records have headers (ce_type)", "1 of 3 values has no bytes at all",
                "If at is it (seconds since 1970), do not add TIMESTAMP='at'", "  n VARCHAR,",
            ]),
        Topic(
            name: "tabs", records: [(nil, "web\t7\t{\"a\":1,\"b\":2}"), (nil, "app\t8\t{\"a\":1,\"b\":2}")],
            says: ["value: DELIMITED, 3 columns by 'TAB'", "column_2 BIGINT"]),
        Topic(name: "arrays", records: [(nil, "[1,2]"), (nil, "[3,4]")], says: ["content ARRAY<BIGINT>"]),
        Topic(name: "nan", records: [(nil, #"{"a":NaN,"b":1}"#)], says: ["NaN is not JSON", "content VARCHAR"]),
        Topic(
            name: "registered", records: [(nil, "\0\0\0\0\u{7}\u{2}abc")],
            says: ["value: schema 7 of a schema registry", "content BYTES"]),
        Topic(
            name: "seconds", records: [(nil, #"{"ROWTIME":1,"rowtime":2}"#)],
            says: ["Kafka timestamps: the event time lies at 1970-01-20 16:13:20: as if seconds", "`rowtime` BIGINT"],
            timestamp: then / 1000),
    ]

    @Test(arguments: topics)
    func whatInitNamesNextGivesRows(topic: Topic) throws {
        let workspace = try Workspace("start")
        let name = try workspace.createTopic(topic.name, partitions: 1)
        let raw = RawRecords()
        for (index, record) in topic.records.enumerated() {
            raw.append(
                key: record.key, value: record.value.map { Array($0.utf8) },
                timestamp: topic.timestamp + Int64(index) * 1000, headers: topic.headers)
        }
        let producer = try Producer(ProducerOptions(properties: workspace.properties))
        try producer.send(raw, to: producer.topic(name))
        try producer.flush(timeoutMilliseconds: 20_000)

        let peek = try workspace.command(["topics", "peek", name, "-b", workspace.bootstrap])
        #expect(try peek.exitCode() == 0, "\(peek.error)")
        for part in topic.says { #expect(peek.output.contains(part), "\(peek.output)") }
        let start = try workspace.command(["init", name, "-b", workspace.bootstrap])
        #expect(try start.exitCode() == 0, "\(start.error)")
        let next = try #require(start.error.split(separator: "\n").last { $0.hasPrefix("next: millrace validate") })
        let validate = try workspace.command(["validate"])
        #expect(try validate.exitCode() == 0, "\(validate.error)")
        let words = next.split(separator: " ").drop { $0 != "replay" }.map(String.init)
        #expect(words.count == 5)
        let replay = try workspace.command(words)
        #expect(try replay.exitCode() == 0, "\(replay.error)")
        #expect(replay.output.contains("\(name)-per-minute"), "\(replay.output) \(replay.error)")
    }
}
