// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

@testable import MillraceEngine

/// Records of a few bytes from which an expression makes megabytes: a value that is too large is none, and a batch of
/// values that are not takes a bounded amount of memory.
struct ValueLimitTests {
    /// Takes what comes out, and says how much it was.
    private final class Sink: PipelineOutput {
        var rows = 0
        var nulls = 0
        func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
            rows += batch.selection.count
            for position in 0..<batch.selection.count {
                if batch.values[0].isNull(Int(batch.selection.indices[position])) { nulls += 1 }
            }
        }
        func reject(_ rejection: Rejection) { Issue.record("\(rejection.detail)") }
    }

    /// - Parameter value: what the value of each record holds.
    private static func run(_ sql: String, rows: Int, value: String) throws -> (sink: Sink, overflows: Int) {
        let graph = try QueryGraph(
            SQL.compile(
                "CREATE STREAM s (k VARCHAR KEY, v VARCHAR, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');\n" + sql
            ))
        let sink = Sink()
        let pipeline = Pipeline(graph, options: PipelineOptions(), outputs: [sink])
        let source = pipeline.addSource(
            TopicPartition("s", 0), from: SourcePartition.Checkpoint(offset: 0, watermarks: [.none]))
        let records = RawRecords()
        for row in 0..<rows {
            records.append(key: Array("k\(row)".utf8), value: Array(value.utf8), timestamp: 1, offset: Int64(row))
        }
        pipeline.process(source: source, records, from: 0, to: rows, isReread: false)
        pipeline.emitChanges()
        pipeline.end()
        let overflows = graph.program.queries.indices.reduce(0) { $0 + pipeline.failures($1)[.overflow] }
        return (sink, overflows)
    }

    /// Many characters at once: a debug build pads slowly.
    private static let filling = "'" + String(repeating: "x", count: 500) + "'"

    /// About n bytes, by what makes more of less.
    private static let growing = [
        "LPAD(v, n, 'x')", "RPAD(v, n, 'x')", "REPLACE(LPAD('', 4000, v), v, LPAD('', n / 4000, 'x'))",
        "CONCAT(LPAD(v, n / 2, 'x'), LPAD(v, n / 2, 'x'))", "LPAD(v, n / 2, 'x') || LPAD(v, n / 2, 'x')",
        "CONCAT_WS(LPAD(v, n / 4, 'x'), LPAD(v, n / 4, 'x'), LPAD(v, n / 4, 'x'), LPAD(v, n / 4, 'x'))",
        "ARRAY[LPAD(v, n / 2, 'x'), LPAD(v, n / 2, 'x')]",
        "MAP('a' := LPAD(v, n / 2, 'x'), 'b' := LPAD(v, n / 2, 'x'))",
        "STRUCT(a := LPAD(v, n / 2, 'x'), b := LPAD(v, n / 2, 'x'))", "GENERATE_SERIES(1, n / 64)",
        "ARRAY_JOIN(GENERATE_SERIES(1, 1000), LPAD(v, n / 1010, ','))",
        "MASK(LPAD(v, 1000, 'X'), LPAD(v, n / 1000, 'y'))",
        "SPLIT(LPAD(v, n / 128, ','), ',')", "TO_BYTES(LPAD(v, n, 'x'), 'utf8')",
    ]

    private static func filled(_ expression: String) -> String { expression.replacing("'x'", with: filling) }

    /// The most that this process has had in memory.
    private static var peakKibibytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.dropFirst(6).filter(\.isNumber)) } ?? .max
    }

    /// Each record makes 4 MB, all of them 600.
    @Test(arguments: growing) func aBatchOfLargeValuesStaysSmall(expression: String) async throws {
        await #expect(processExitsWith: .success) { [expression] in
            let found = try Self.run(
                "CREATE STREAM o AS SELECT k, \(Self.filled(expression)) AS x FROM s;", rows: 150,
                value: #"{"v":"z","n":4000000}"#)
            let peak = Self.peakKibibytes
            guard found.sink.rows == 150, found.sink.nulls == 0, found.overflows == 0, peak < 350 << 10 else {
                print("\(expression): \(found.sink.rows) rows, \(found.sink.nulls) nulls, \(peak) KiB")
                exit(1)
            }
        }
    }

    /// One byte more than a value may have is an overflow, counted, with NULL in its place.
    @Test(arguments: growing) func aValueThatIsTooLargeIsNone(expression: String) throws {
        let large = expression == "GENERATE_SERIES(1, n / 64)" ? 80_000_000 : 18_000_000
        if expression.contains("SPLIT") { return }
        let found = try Self.run(
            "CREATE STREAM o AS SELECT k, \(Self.filled(expression)) AS x FROM s;", rows: 2,
            value: #"{"v":"z","n":\#(large)}"#)
        #expect(found.sink.rows == 2 && found.sink.nulls == 2, "\(found.sink.rows) rows, \(found.sink.nulls) nulls")
        #expect(found.overflows >= 2)
    }

    /// Each query doubles what the one before has made.
    @Test func aChainOfQueriesEndsAtTheLimit() throws {
        var sql = "CREATE STREAM a0 AS SELECT k, LPAD(v, 1000, 'x') AS x FROM s;\n"
        for step in 1...20 {
            sql += "CREATE STREAM a\(step) AS SELECT k, CONCAT(x, x, x) AS x FROM a\(step - 1);\n"
        }
        let found = try Self.run(sql, rows: 100, value: #"{"v":"z","n":1}"#)
        // 3 to the 9th is too much, once a record; what is NULL is concatenated to an empty text.
        #expect(found.overflows == 100)
    }

    /// Constants are computed when the program is bound.
    @Test func constantsHaveTheSameLimit() throws {
        let long = Array(repeating: "LPAD('x', 9000000, 'y')", count: 50).joined(separator: " || ")
        do {
            let sql = "CREATE STREAM o AS SELECT k, LEN(\(long)) AS x FROM s;"
            let found = try Self.run(sql, rows: 1, value: #"{"v":"z"}"#)
            #expect(found.sink.nulls == 1)
        } catch let error as SourceError {
            #expect(error.message.contains("overflow"), "\(error)")
        }
    }

    /// Usual programs compute whole batches at once; those whose data decide how large a value gets do not.
    @Test(arguments: [
        ("v, n + 1", true), ("UCASE(TRIM(REPLACE(v, 'a', 'bc')))", true), ("LPAD(v, 20, '0')", true),
        ("CONCAT(v, '-', v, CAST(n AS VARCHAR))", true), ("SPLIT(UCASE(v), ',')", true), ("MASK(v)", true),
        ("LPAD(v, n, '0')", false), ("REPLACE(v, v, k)", false), ("GENERATE_SERIES(1, n)", false),
        ("ARRAY_JOIN(SPLIT(v, ','), k)", false), ("LEN(RPAD(v, n, ' '))", false), ("LPAD(v, 16000000, '0')", false),
    ])
    func onlyWhatGrowsWithTheDataIsComputedInSmallPieces(columns: String, isWhole: Bool) throws {
        let graph = try QueryGraph(
            SQL.compile(
                """
                CREATE STREAM s (k VARCHAR KEY, v VARCHAR, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
                CREATE STREAM o AS SELECT k, \(columns) AS x FROM s;
                """))
        #expect(isWhole ? graph.rowsAtOnce > 4096 : graph.rowsAtOnce == 8, "\(graph.rowsAtOnce)")
    }
}
