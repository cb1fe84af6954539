// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSQL
import Testing

/// Whatever the text is, there is a plan or an error: never a crash.
struct RobustnessTests {
    private static let programs = [
        """
        CREATE STREAM a (id INT KEY, v DECIMAL(9,2), t ARRAY<STRUCT<x INT, `y` MAP<STRING, DOUBLE>>>)
          WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', PARTITIONS=3); -- comment
        CREATE TABLE n WITH (KAFKA_TOPIC='n') AS SELECT id, COUNT(*) AS c, SUM(v * 2.5) / COUNT(*) AS m, WINDOWSTART
          FROM a WINDOW HOPPING (SIZE 1 HOUR, ADVANCE BY 5 MINUTES, GRACE PERIOD 1 DAY)
          WHERE v BETWEEN -1 AND 1e3 AND t[1]->`y`['k'] IS NOT NULL GROUP BY id HAVING COUNT(*) > 1 EMIT FINAL;
        """,
        """
        SET 'auto.offset.reset' = 'earliest';
        CREATE STREAM s (k STRING KEY, v STRING, h BYTES HEADER('x')) WITH (kafka_topic='s', format='KAFKA');
        /* copy */ CREATE STREAM o WITH (VALUE_FORMAT='JSON', TIMESTAMP='TS') AS SELECT UCASE(v) AS "u", ROWTIME AS ts,
          CASE v WHEN 'a' THEN ARRAY[1, 2] ELSE CAST(NULL AS ARRAY<INT>) END AS c, k, STRUCT(a := 1)->a, AS_VALUE(k) kk
          FROM s z WHERE z.v NOT LIKE 'x!%' ESCAPE '!' OR z.v IN ('a', 'it''s') OR k IS DISTINCT FROM v;
        CREATE STREAM p AS SELECT * FROM o PARTITION BY NULL;
        """,
    ]

    @Test func thePrograms() throws {
        for program in Self.programs {
            #expect(throws: Never.self) { try SQL.compile(program) }
        }
    }

    /// A plan or an error with a place inside the text.
    private func attempt(_ text: String) {
        do throws(SourceError) {
            _ = try SQL.compile(text)
        } catch {
            #expect(error.location != nil && !error.message.isEmpty)
            if let location = error.location { #expect(location.line >= 1 && location.column >= 1) }
        }
    }

    /// Fault 74.
    @Test(arguments: programs) func everyPrefix(_ program: String) {
        let scalars = Array(program.unicodeScalars)
        for count in 0...scalars.count {
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars[..<count])
            attempt(String(text))
        }
    }

    /// Fault 74.
    @Test(arguments: programs) func singleByteMutations(_ program: String) {
        let bytes = Array(program.utf8)
        let replacements = Array("()[]<>',;.*-+=:`\"0aZ \n%|$".utf8) + [0, 0xC3, 0xFF]
        for position in bytes.indices {
            for step in 0..<6 {
                var changed = bytes
                changed[position] = replacements[(position &* 7 &+ step &* 5) % replacements.count]
                attempt(String(decoding: changed, as: UTF8.self))
            }
            var shorter = bytes
            shorter.remove(at: position)
            attempt(String(decoding: shorter, as: UTF8.self))
            var doubled = bytes
            doubled.insert(bytes[position], at: position)
            attempt(String(decoding: doubled, as: UTF8.self))
        }
    }

    /// A state that becomes wider binds its lambda once more, and lambdas in it each time again.
    @Test func nestedStatesAreBoundABoundedNumberOfTimes() {
        let depth = 60
        let names = (0..<depth).map { "(s\($0), x\($0))" }
        let text =
            names.map { "REDUCE(ARRAY[1], 0, \($0) => " }.joined() + "CAST(1 AS BIGINT)"
            + String(repeating: " + 1)", count: depth)
        let start = ContinuousClock.now
        attempt(
            "CREATE STREAM a (id INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');\n"
                + "CREATE STREAM b AS SELECT \(text) AS x FROM a;")
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    /// Fault 12.
    @Test(arguments: [
        ("(", "1", ")"), ("- ", "id", ""), ("NOT ", "TRUE", ""), ("ABS(", "id", ")"), ("", "id", " + 1"),
        ("ARRAY[", "1", "]"), ("", "'a'", " || 'b'"), ("CASE WHEN TRUE THEN ", "1", " END"), ("CAST(", "1", " AS INT)"),
        ("STRUCT(a := ", "1", ")"), ("1 IN (", "1", ")"), ("", "id", "[1]"), ("", "id", "->x"),
        ("CAST(NULL AS ARRAY<", "INT", ">)"), ("", "id", " IS NULL"), ("1 + (", "1", ")"),
        ("(", "id", ") BETWEEN 1 AND 2"),
        ("CASE ", "1", " WHEN 1 THEN 1 WHEN 2 THEN 2 END"), ("", "'a'", " AND TRUE"), ("", "TRUE", " OR id"),
    ])
    func deepNestingIsAnError(_ nest: (String, String, String)) {
        for depth in [10, 40, 100, 255, 256, 257, 10_000] {
            let text = String(repeating: nest.0, count: depth) + nest.1 + String(repeating: nest.2, count: depth)
            attempt(
                "CREATE STREAM s (id INT) WITH (kafka_topic='s', value_format='json');\n"
                    + "CREATE STREAM o AS SELECT \(text) AS x FROM s WHERE \(text);")
        }
    }

    @Test func parenthesesUpToTheLimit() throws {
        func program(_ depth: Int) -> String {
            "CREATE STREAM s (id INT) WITH (kafka_topic='s', value_format='json'); CREATE STREAM o AS SELECT "
                + String(repeating: "(", count: depth) + "id" + String(repeating: ")", count: depth) + " AS x FROM s;"
        }
        #expect(throws: Never.self) { try SQL.compile(program(255)) }
        let error = #expect(throws: SourceError.self) { try SQL.compile(program(256)) }
        #expect(error?.message.contains("256 levels") == true)
    }

    @Test func typesCannotDoubleForEver() {
        var text = "CREATE STREAM s0 (x INT) WITH (kafka_topic='s', value_format='json');\n"
        for index in 1...60 {
            text += "CREATE STREAM s\(index) AS SELECT STRUCT(a := x, b := x) AS x FROM s\(index - 1);\n"
        }
        let error = #expect(throws: SourceError.self) { try SQL.compile(text) }
        #expect(error?.message.contains("too large") == true)
    }

    /// Fault 74.
    @Test func programsHaveALargestSize() {
        let error = #expect(throws: SourceError.self) {
            try SQL.compile(String(repeating: " ", count: SQL.maximumLength + 1))
        }
        #expect(error?.message.contains("longer than") == true)
    }
}
