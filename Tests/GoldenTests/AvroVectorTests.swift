// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillracePlan
import MillraceSQL
import MillraceTestKit
import Testing

/// What fastavro has written by random schemas comes out as the row that Tests/Oracle/avro_vectors.py says, of the
/// reference and of the engine.
struct AvroVectorTests {
    private struct Vector {
        var schema: String
        var bytes: [UInt8]
        var row: String
    }

    private static func vectors() throws -> [Vector] {
        let file = GoldenFiles.folder.appending(path: "avro_vectors.table")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "\t").map(String.init)
            guard cells.count == 3 else { return nil }
            let digits = Array(cells[1].utf8)
            let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
            }
            return Vector(schema: cells[0], bytes: bytes, row: cells[2])
        }
    }

    /// A type with its fields' names in quotes, because some are words of SQL.
    private static func sql(_ type: DataType) -> String {
        switch type {
        case .array(let element): "ARRAY<\(sql(element))>"
        case .map(let key, let value): "MAP<\(sql(key)), \(sql(value))>"
        case .structure(let fields): "STRUCT<\(fields.map { "`\($0.name)` \(sql($0.type))" }.joined(separator: ", "))>"
        default: type.sqlName
        }
    }

    @Test func whatFastavroWritesIsRead() throws {
        let vectors = try Self.vectors()
        #expect(vectors.count >= 200)
        for vector in vectors {
            let schema = try AvroSchema(vector.schema)
            let columns = try schema.columns(.value).map { "`\($0.name)` \(Self.sql($0.type))" }
            let plan = try SQL.compile(
                """
                CREATE STREAM s (\(columns.joined(separator: ", "))) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'AVRO');
                CREATE STREAM o WITH (KAFKA_TOPIC = 'o', VALUE_FORMAT = 'JSON') AS SELECT * FROM s;
                """, hasSchemas: true)
            var log = SimulatedLog()
            // Its own text and its canonical one mean the same.
            log.schemas[1] = .avro(schema)
            log.schemas[2] = .avro(try AvroSchema(schema.text))
            for id in [1, 2] as [UInt8] {
                log.append("t", 0, timestamp: 1000, key: nil, value: [0, 0, 0, 0, id] + vector.bytes)
            }
            let line = #"{"topic":"o","timestamp":1000,"key":null,"value":\#(vector.row)}"#
            #expect(try Reference.run(plan, over: log).lines == [line, line])
            let way = DriverWay(mode: .batch, batchSize: 1024)
            #expect(try PipelineDriver.run(plan, over: log, way).lines.map(\.text) == [line, line])
        }
    }
}
