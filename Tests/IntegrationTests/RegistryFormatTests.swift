// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceTestKit
import Testing

/// The formats with a schema registry (the stand-in) on a real broker: what is published is read without a column list.
@Suite(.enabled(if: Environment.isReady)) struct RegistryFormatTests {
    private static func produce(_ topic: String, _ workspace: Workspace) throws {
        let raw = RawRecords()
        let values = [
            #"{"item":"tea","price":3.50,"tags":["a","b"],"sizes":{"l":2},"maker":{"city":"Köln"},"at":1700000000123}"#,
            #"{"item":"cup","price":-0.25,"tags":[],"sizes":{},"maker":null,"at":0}"#,
        ]
        for (index, value) in values.enumerated() {
            raw.append(
                key: Array("k\(index)".utf8), value: Array(value.utf8),
                timestamp: 1_700_000_000_000 + Int64(index) * 1000, partition: 0)
        }
        let producer = try Producer(ProducerOptions(properties: workspace.properties))
        try producer.send(raw, to: producer.topic(topic))
        try producer.flush(timeoutMilliseconds: 20_000)
    }

    @Test(arguments: ["AVRO", "JSON_SR", "PROTOBUF"])
    func whatIsPublishedIsReadWithoutColumns(format: String) throws {
        let workspace = try Workspace("formats-\(format.lowercased().replacingOccurrences(of: "_", with: "-"))")
        let registry = try StandInRegistry()
        let input = try workspace.createTopic("orders", partitions: 1)
        try Self.produce(input, workspace)
        let output = workspace.topic("published")
        let options = [
            "--from", "earliest", "--to", "now", "--schema-registry", registry.url, "--application", workspace.tag,
        ]
        let writer = try workspace.write(
            """
            CREATE STREAM orders (id STRING KEY, item STRING, price DECIMAL(9, 2), tags ARRAY<STRING>,
              sizes MAP<STRING, INT>, maker STRUCT<city STRING>, at TIMESTAMP)
              WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON');
            CREATE STREAM published WITH (KAFKA_TOPIC='\(output)', FORMAT='\(format)') AS SELECT * FROM orders;
            """, to: "writer.sql")
        let published = try workspace.run("replay", writer, options + ["--publish"])
        #expect(published.error.contains("(\(output)-key)") && published.error.contains("(\(output)-value)"))
        // The key's column is ROWKEY, but for Protobuf, whose keys are messages.
        let reader = try workspace.write(
            """
            CREATE STREAM s WITH (KAFKA_TOPIC='\(output)', FORMAT='\(format)');
            CREATE STREAM o WITH (FORMAT='JSON') AS SELECT * FROM s;
            """, to: "reader.sql")
        let read = try workspace.run("replay", reader, options + ["--format", "json"])
        let rows = read.output.split(separator: "\n").map(String.init)
        #expect(rows.count == 2)
        #expect(
            rows.first?.contains(
                #""key":"k0","value":{"ITEM":"tea","PRICE":3.50,"TAGS":["a","b"],"SIZES":{"l":2},"#
                    + #""MAKER":{"CITY":"Köln"},"AT":1700000000123}}"#) == true, "\(rows)")
        #expect(
            rows.last?.contains(
                #""key":"k1","value":{"ITEM":"cup","PRICE":-0.25,"TAGS":[],"SIZES":{},"MAKER":null,"AT":0}}"#) == true,
            "\(rows)")
    }
}
