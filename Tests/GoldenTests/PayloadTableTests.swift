// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceSQL
import MillraceTestKit
import Testing

/// Odd payloads, one record each: the reference and the engine give what the table says, and every record is accounted
/// for.
@Suite struct PayloadTableTests {
    private static let file = GoldenFiles.folder.appending(path: "odd_payloads.table")
    private static let isCompleting = ProcessInfo.processInfo.environment["GOLDEN_COMPLETE"] == "1"

    static func cases() -> [PayloadCase] {
        (try? PayloadTable.parse(String(contentsOf: file, encoding: .utf8))) ?? []
    }

    @Test func thereAreManyCases() throws {
        let cases = try PayloadTable.parse(String(contentsOf: Self.file, encoding: .utf8))
        #expect(cases.count >= 100)
        #expect(Set(cases.map(\.name)).count == cases.count)
        if Self.isCompleting { try Self.complete(cases) }
    }

    /// Fault 54.
    @Test(arguments: cases())
    func eachRecordEndsAsTheTableSays(payload: PayloadCase) throws {
        if payload.isOpen && Self.isCompleting { return }
        let plan = try SQL.compile(payload.program(input: "in", output: "out"))
        let log = Self.log(payload)
        #expect(try Reference.run(plan, over: log).lines == payload.lines(output: "out"))
        for way in [
            DriverWay(mode: .batch, batchSize: 1024), DriverWay(mode: .stream, batchSize: 1),
            DriverWay(mode: .stream, restarts: true, batchSize: 7, shards: 3),
        ] {
            let outcome = try PipelineDriver.run(plan, over: log, way)
            #expect(outcome.lines.map { way.published($0.text) } == payload.lines(output: "out"), "\(way)")
            let account = try #require(outcome.accounts.values.first)
            let isBad = payload.result == nil
            #expect(outcome.accounts.count == 1, "\(way)")
            #expect(account == RecordAccount(used: isBad ? 0 : 1, filtered: 0, late: 0, bad: isBad ? 1 : 0), "\(way)")
        }
    }

    private static func log(_ payload: PayloadCase) -> SimulatedLog {
        var log = SimulatedLog()
        log.append("in", 0, timestamp: payload.timestamp, key: payload.key, value: payload.value)
        return log
    }

    /// Writes what the reference says where the table says nothing yet, for a person to check.
    private static func complete(_ cases: [PayloadCase]) throws {
        var lines = try String(contentsOf: file, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for payload in cases where payload.isOpen {
            let plan = try SQL.compile(payload.program(input: "in", output: "out"))
            let results = try Reference.run(plan, over: log(payload)).lines
            let result = results.first.map { String($0.dropFirst(#"{"topic":"out","#.count).dropLast()) } ?? "bad"
            lines[payload.line - 1] = String(lines[payload.line - 1].dropLast()) + result
        }
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    }
}
