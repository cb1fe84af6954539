// SPDX-License-Identifier: Apache-2.0
import Foundation
import Millrace
import Testing

@testable import MillracePlan

/// docs/functions.md: what the registry says of each function, and what its example really gives.
@Suite struct FunctionReferenceTests {
    private static let families: [(title: String, functions: [ScalarFunction])] = [
        ("Mathematics", MathFunctions.all), ("Text", TextFunctions.all), ("Masks", MaskFunctions.all),
        ("Dates and times", TimeFunctions.all), ("Regular expressions", RegexFunctions.all),
        ("JSON", JSONFunctions.all + JSONConstruction.all), ("Identities", IdentityFunctions.all),
        ("Arrays and maps", CollectionFunctions.all), ("NULL", NullFunctions.all), ("Bytes", BytesFunctions.all),
        ("URLs", URLFunctions.all),
    ]

    private static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../docs/functions.md").standardized

    @Test func everyFunctionHasAnExample() {
        let names = Set(ScalarFunctions.all.map(\.name))
        let lambdas = LambdaFunctions.all.map(\.name)
        #expect(names.union(lambdas).symmetricDifference(FunctionExamples.calls.keys).sorted() == [])
        #expect(Set(FunctionExamples.tableCalls.keys) == Set(TableFunction.allCases))
        #expect(lambdas == LambdaCall.Operation.allCases.map(\.rawValue))
        #expect(Set(Self.families.flatMap(\.functions).map(\.name)) == names)
        let missing = AggregateFunction.allCases.map { $0.rawValue.prefix { $0 != "(" } }.filter { name in
            !FunctionExamples.aggregates.contains { $0.call.hasPrefix(name) }
        }
        #expect(missing == [])
    }

    /// `MILLRACE_WRITE_DOCS=1 swift test --filter FunctionReferenceTests` writes the file anew.
    @Test func theReferenceIsNotStale() throws {
        let text = try Self.reference()
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] == "1" {
            try text.write(to: Self.path, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.path, encoding: .utf8)
        let difference = zip(text.split(separator: "\n"), written.split(separator: "\n")).first { $0 != $1 }
        #expect(text == written, "stale: \(difference.map { "\($0.1) should be \($0.0)" } ?? "its length")")
    }

    private static func reference() throws -> String {
        var text = """
            # Functions

            Written by `FunctionReferenceTests` from the registry of functions; what the examples give is what \
            Millrace computed. A NULL among the arguments gives NULL unless the text says otherwise; what fails \
            (a bad cast, an overflow) gives NULL too and is counted. Results are shown as in JSON.

            ## Aggregates

            Over a group whose records have these values: \(FunctionExamples.values.joined(separator: ", ")).

            | function | | gives |
            |---|---|---|

            """
        for (call, summary) in FunctionExamples.aggregates {
            text += "| `\(call)` | \(summary) | `\(try aggregate(call))` |\n"
        }
        text += try tableFunctions()
        let lambdas = LambdaFunctions.all.map { (name: $0.name, usage: $0.usage, summary: $0.summary) }
        text += try family("Lambdas", lambdas)
        for (title, functions) in families {
            text += try family(title, functions.map { (name: $0.name, usage: $0.usage, summary: $0.summary) })
        }
        return text
    }

    private static func tableFunctions() throws -> String {
        var text = """

            ## Table functions

            They stand in the SELECT of a query over a stream, and make several rows of one \
            ([how](sql.md#several-rows-of-one)).

            | function | | example | rows |
            |---|---|---|---|

            """
        for function in TableFunction.allCases {
            let call = FunctionExamples.tableCalls[function] ?? "NULL"
            let rows = try rows(of: call).map { "`\($0)`" }.joined(separator: ", ")
            text += "| `\(function.usage)` | \(function.summary) | `\(call)` | \(rows) |\n"
        }
        return text
    }

    private static func family(
        _ title: String, _ functions: [(name: String, usage: String, summary: String)]
    ) throws -> String {
        var text = "\n## \(title)\n\n| function | | example | gives |\n|---|---|---|---|\n"
        for function in functions.sorted(by: { $0.name < $1.name }) {
            let call = FunctionExamples.calls[function.name] ?? "NULL"
            let row = ["`\(function.usage)`", function.summary, "`\(call)`", "`\(try result(of: call))`"]
            text += "| \(row.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |\n"
        }
        return text
    }

    private static func result(of call: String) throws -> Substring {
        try #require(try rows(of: call).last)
    }

    /// What the call gives for each row of the result.
    private static func rows(of call: String) throws -> [Substring] {
        let driver = TestDriver(
            try Program(
                sql: """
                    CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
                    CREATE STREAM r AS SELECT \(call) AS x FROM s EMIT CHANGES;
                    """))
        driver.pipe(topic: "s", key: nil, value: #"{"v":1}"#, timestamp: 0)
        return try driver.finish().map { try value(in: [$0]) }
    }

    private static func aggregate(_ call: String) throws -> Substring {
        let driver = TestDriver(
            try Program(
                sql: """
                    CREATE STREAM s (k INT KEY, v INT) WITH (KAFKA_TOPIC='s', FORMAT='JSON');
                    CREATE TABLE r AS SELECT k, \(call) AS x FROM s GROUP BY k EMIT CHANGES;
                    """))
        for value in FunctionExamples.values {
            driver.pipe(topic: "s", key: "1", value: "{\"v\":\(value)}", timestamp: 0)
        }
        return try Self.value(in: driver.finish())
    }

    /// What stands for X in the one result.
    private static func value(in lines: [String]) throws -> Substring {
        let line = try #require(lines.last)
        let start = try #require(line.firstRange(of: #""X":"#)?.upperBound)
        return line[start...].dropLast(2)
    }
}
