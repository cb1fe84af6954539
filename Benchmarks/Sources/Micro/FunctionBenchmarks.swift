// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL

/// Functions over columns that are there already: lambdas over 16 elements a row, regular expressions over 90 bytes.
enum FunctionBenchmarks {
    static let all = [
        Benchmark("lambda.transform", "TRANSFORM(numbers, x => x * factor + 1), 16 elements a row") {
            try project("TRANSFORM(numbers, x => x * factor + 1)")
        },
        Benchmark("lambda.filter", "FILTER(numbers, x => x > factor), 16 elements a row, half of them pass") {
            try project("FILTER(numbers, x => x > factor * 100)")
        },
        Benchmark("lambda.reduce", "REDUCE(numbers, 0, (s, x) => s + x * factor), 16 elements a row") {
            try project("REDUCE(numbers, CAST(0 AS BIGINT), (s, x) => s + x * factor)")
        },
        Benchmark("lambda.transform-text", "TRANSFORM(words, x => x || '!'), 16 elements a row") {
            try project("TRANSFORM(words, x => x || '!')")
        },
        Benchmark("lambda.transform-map", "TRANSFORM(counts, keys, values), 8 entries a row") {
            try project("TRANSFORM(counts, (k, v) => k || '!', (k, v) => v + factor)")
        },
        Benchmark("regex.extract", "REGEXP_EXTRACT of a group from 90 bytes") {
            try project("REGEXP_EXTRACT('user=(\\w+) .*status=(\\d+)', line, 2)")
        },
        Benchmark("regex.replace", "REGEXP_REPLACE of two parts in 90 bytes") {
            try project("REGEXP_REPLACE(line, '\\d+', '#')")
        },
    ]

    private static let schema: [(name: String, type: DataType)] = [
        ("NUMBERS", .array(.bigint)), ("WORDS", .array(.varchar)), ("COUNTS", .map(key: .varchar, value: .bigint)),
        ("FACTOR", .bigint), ("LINE", .varchar),
    ]

    private static func value(_ column: Int, _ row: Int) -> Value {
        switch column {
        case 0: .array((0..<16).map { .bigint(Int64((row &* 31 &+ $0 &* 97) % 1000)) })
        case 1: .array((0..<16).map { .text("word \(($0 &* 7 &+ row) % 100)") })
        case 2: .map((0..<8).map { .init(key: .text("key \($0)"), value: .bigint(Int64(row + $0))) })
        case 3: .bigint(Int64(row % 10))
        default:
            .text(
                String(
                    "10:15:27.123 GET /orders/\(100_000 + row) user=anna\(row % 90 + 10) agent=curl/7.88.1 time=27ms status=200 bytes=1234"
                        .prefix(90)))
        }
    }

    private static func project(_ item: String) throws -> Workload {
        let columns = schema.map { "\($0.name) \($0.type.sqlName)" }.joined(separator: ", ")
        let program = try SQL.compile(
            """
            CREATE STREAM s (\(columns)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM o AS SELECT \(item) AS x FROM s;
            """)
        guard case .project(let projection) = program.queries[0].operation, let value = projection.values.first else {
            throw BenchmarkError("no projection")
        }
        let compiled = CompiledExpression(value)
        let batches = (0..<4).map { batch in
            program.queries[0].scan.map { item -> Column in
                guard case .column(let index) = item else { return Column(.bigint) }
                let column = Column(schema[index].type)
                for row in 0..<Workload.batchRows { column.append(self.value(index, row + batch)) }
                return column
            }
        }
        let selection = Selection()
        selection.selectAll(rows: Workload.batchRows)
        let failures = FailureCounts()
        let bytes = batches.reduce(0) { $0 + $1.reduce(0) { $0 + $1.payloadBytes } }
        return Workload(batches: batches.count, bytes: bytes) { number in
            compiled.evaluate(
                batches[number % batches.count], rows: Workload.batchRows, selection: selection, failures: failures
            ).count
        }
    }
}
