// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension StarterTopic {
    /// Event times in all forms, and change events that have them inside.
    static let times: [StarterTopic] = [
        StarterTopic(
            name: "epoch seconds", records: texts([#"{"wiki":"dewiki","timestamp":1700000000}"#]),
            says: [
                "do not add TIMESTAMP='timestamp', which takes milliseconds",
                "SELECT *, timestamp * 1000 AS event_time FROM",
            ], saysNot: ["add  TIMESTAMP"], time: 1_700_000_000_000),
        StarterTopic(
            name: "float seconds", records: texts([#"{"s":"a","ts":1700000000.25}"#]),
            says: ["CAST(ts * 1000 AS BIGINT) AS event_time"], saysNot: ["add  TIMESTAMP"], time: 1_700_000_000_250),
        StarterTopic(
            name: "microseconds", records: texts([#"{"s":"a","event_time":1700000000123456}"#]),
            says: ["event_time / 1000 AS record_time"], time: 1_700_000_000_123),
        StarterTopic(
            name: "nanoseconds as text", records: texts([#"{"s":"a","timeUnixNano":"1700000000123456789"}"#]),
            says: ["CAST(timeUnixNano AS BIGINT) / 1000000 AS event_time"], time: 1_700_000_000_123),
        StarterTopic(
            name: "ISO with Z", records: texts([#"{"s":"a","time":"2023-11-14T22:13:20Z"}"#]),
            says: ["add  TIMESTAMP='time', TIMESTAMP_FORMAT='yyyy-MM-dd''T''HH:mm:ssXXX'  to WITH"],
            time: 1_700_000_000_000),
        StarterTopic(
            name: "ISO with fractions of several lengths",
            records: texts([
                #"{"s":"a","time":"2023-11-14T22:13:20.123Z"}"#, #"{"s":"a","time":"2023-11-14T22:13:20+01:00"}"#,
                #"{"s":"a","time":"2023-11-14T22:13:20.123456Z"}"#,
            ]), says: ["TIMESTAMP_FORMAT='yyyy-MM-dd''T''HH:mm:ss[.SSSSSS][.SSS]XXX'"], time: 1_700_000_000_123),
        StarterTopic(
            name: "ISO without a zone", records: texts([#"{"s":"a","created_at":"2023-11-14 22:13:20.5"}"#]),
            says: ["TIMESTAMP_FORMAT='yyyy-MM-dd HH:mm:ss.S'"], time: 1_700_000_000_500),
        StarterTopic(
            name: "@timestamp", records: texts([#"{"@timestamp":"2023-11-14T22:13:20.000Z","host":"h"}"#]),
            says: ["TIMESTAMP='`@timestamp`', TIMESTAMP_FORMAT='yyyy-MM-dd''T''HH:mm:ss.SSSXXX'"], groups: "host",
            time: 1_700_000_000_000),
        StarterTopic(
            name: "access log as JSON",
            records: texts([#"{"time_local":"14/Nov/2023:23:13:20 +0100","status":"200"}"#]),
            says: ["TIMESTAMP_FORMAT='dd/MMM/yyyy:HH:mm:ss Z'"], time: 1_700_000_000_000),
        StarterTopic(
            name: "mail dates", records: texts([#"{"d":"Tue, 14 Nov 2023 22:13:20 GMT","s":"a"}"#]),
            says: ["TIMESTAMP_FORMAT='EEE, dd MMM yyyy HH:mm:ss z'"], time: 1_700_000_000_000),
        StarterTopic(
            name: "days or months", records: texts([#"{"d":"04/05/2023 22:13:20","s":"a"}"#]),
            saysNot: ["TIMESTAMP"]),
        StarterTopic(
            name: "times in lines", records: texts(["a,2023-11-14T22:13:20Z,5", "b,2023-11-14T22:13:21Z,6"]),
            says: ["TIMESTAMP='column_2', TIMESTAMP_FORMAT='yyyy-MM-dd''T''HH:mm:ssXXX'"], time: 1_700_000_000_000),
        StarterTopic(
            name: "numbers that are no times",
            records: texts([#"{"order_id":1700000000,"ean":4006381333931,"phone":1700000000,"time":7}"#]),
            saysNot: ["TIMESTAMP"]),
        StarterTopic(
            name: "Debezium",
            records: keyed([
                (
                    #"{"id":1}"#,
                    #"{"before":null,"after":{"id":1,"name":"a"},"source":{"db":"d","ts_ms":1700000000000},"#
                        + #""op":"c","ts_ms":1700000000500}"#
                ), (#"{"id":1}"#, nil),
            ]), declares: ["before VARCHAR", "after STRUCT<id BIGINT, name VARCHAR>"],
            says: ["add  TIMESTAMP='ts_ms'"], groups: "op", time: 1_700_000_000_500),
        StarterTopic(
            name: "Debezium with its schema",
            records: texts([
                #"{"schema":{"type":"struct"},"payload":{"after":{"id":1},"op":"c","ts_ms":1700000000500}}"#
            ]),
            says: [
                "If payload->ts_ms is it (milliseconds since 1970), TIMESTAMP cannot name it, because it is no column"
            ],
            time: 1_700_000_000_500),
        StarterTopic(
            name: "CloudEvents",
            records: texts([
                #"{"specversion":"1.0","type":"x","source":"/s","id":"1","time":"2023-11-14T22:13:20.5Z","#
                    + #""data":{"at":"2020-01-01T00:00:00Z"}}"#
            ]), says: ["If time is it"], time: 1_700_000_000_500),
        StarterTopic(
            name: "nested ISO", records: texts([#"{"meta":{"dt":"2023-11-14T22:13:20Z"},"n":1}"#]),
            says: ["PARSE_TIMESTAMP(meta->dt, 'yyyy-MM-dd''T''HH:mm:ssXXX') AS event_time"], groups: "n",
            time: 1_700_000_000_000),
        StarterTopic(
            name: "Kafka timestamps in seconds",
            records: [Record(key: nil, value: Array(#"{"a":"x"}"#.utf8), timestamp: 1_700_000_000)],
            says: ["Kafka timestamps: the event time lies at 1970-01-20 16:13:20"]),
        StarterTopic(
            name: "Kafka timestamps in microseconds",
            records: [Record(key: nil, value: Array(#"{"a":"x"}"#.utf8), timestamp: 1_700_000_000_000_000)],
            says: ["as if microseconds since 1970 were taken for milliseconds"]),
        StarterTopic(
            name: "no Kafka timestamp",
            records: [Record(key: nil, value: Array(#"{"a":"x","ts":1700000000000}"#.utf8), timestamp: nil)],
            declares: [], groups: "a"),
    ]

    static let all = json + bareJSON + lines + binary + times
}
