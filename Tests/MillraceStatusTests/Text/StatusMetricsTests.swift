// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
@testable import MillraceStatus

struct StatusMetricsTests {
    private let text: String

    init() throws { text = StatusMetrics.text(try StatusFixture.fullView()) }

    private func value(_ series: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix(series + " ") }.map { String($0.dropFirst(series.count + 1)) }
    }

    @Test func figuresAreThoseOfTheStatus() {
        #expect(value(#"millrace_pipeline_state{pipeline="orders",state="live"}"#) == "1")
        #expect(value(#"millrace_pipeline_state{pipeline="orders",state="paused"}"#) == "0")
        #expect(value(#"millrace_partition_offset{pipeline="orders",topic="orders",partition="1"}"#) == "100")
        #expect(value(#"millrace_watermark_lag_seconds{pipeline="orders",topic="orders",partition="0"}"#) == "1")
        #expect(value(#"millrace_stage_records_total{pipeline="orders",query="CTAS_TOTALS_1",mode="batch"}"#) == "1000")
        #expect(value(#"millrace_stage_blocked_seconds_total{pipeline="orders",mode="stream"}"#) == "0.5")
        #expect(value(#"millrace_transactions_total{pipeline="orders",result="aborted"}"#) == "1")
        #expect(value(#"millrace_dlq_records_total{pipeline="orders"}"#) == "3")
    }

    @Test func histogramsAreCumulative() {
        let name = "millrace_checkpoint_duration_seconds"
        #expect(value(#"\#(name)_bucket{pipeline="orders",le="0.005"}"#) == "1")
        #expect(value(#"\#(name)_bucket{pipeline="orders",le="0.025"}"#) == "2")
        #expect(value(#"\#(name)_bucket{pipeline="orders",le="30"}"#) == "3")
        #expect(value(#"\#(name)_bucket{pipeline="orders",le="+Inf"}"#) == "4")
        #expect(value(#"\#(name)_count{pipeline="orders"}"#) == "4")
    }

    /// A label's value is one line, whatever the data say.
    @Test func labelsAreEscaped() {
        #expect(text.contains(#"reason="wrong type <script>alert('x')</script>\"&\\"#))
        for line in text.split(separator: "\n") {
            #expect(line.hasPrefix("#") || line.hasPrefix("millrace_"), "\(line)")
        }
    }

    @Test func noSecretIsInIt() { #expect(!text.contains(StatusFixture.canary)) }

    /// `docs/metrics.md` has the row of each family, in order; MILLRACE_WRITE_DOCS=1 writes them.
    @Test func theReferenceIsNotStale() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/metrics.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        let header = "| family | type | labels | meaning |\n|---|---|---|---|\n"
        let start = try #require(page.range(of: header)).upperBound
        let end = page[start...].range(of: "\n\n")?.lowerBound ?? page.endIndex
        let table = try families().map { family in
            let labels = family.labels.filter { !["pipeline", "le"].contains($0) }.joined(separator: ", ")
            return "| `\(family.name)` | \(family.kind) | \(labels) | \(family.help) |"
        }.joined(separator: "\n")
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] == "1" {
            try page.replacingCharacters(in: start..<end, with: table).write(
                to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(page[start..<end] == table)
        }
    }

    private struct Family {
        var name: String
        var help: String
        var kind = ""
        var labels: [String] = []
    }

    /// What the text says of each family; labels from its first sample.
    private func families() throws -> [Family] {
        var families: [Family] = []
        for line in text.split(separator: "\n") {
            if let match = line.wholeMatch(of: /# HELP (\w+) (.*)/) {
                families.append(Family(name: String(match.1), help: String(match.2)))
            } else if let match = line.wholeMatch(of: /# TYPE \w+ (\w+)/) {
                families[families.count - 1].kind = String(match.1)
            } else if families.last?.labels == [] {
                families[families.count - 1].labels = line.matches(of: /[{,](\w+)="/).map { String($0.1) }
            }
        }
        #expect(Set(families.map(\.name)).count == families.count)
        return families
    }

    /// Prometheus's own opinion, where its tool is installed.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: Tools.promtool)))
    func promtoolHasNothingToSay() throws {
        let (code, output) = try Tools.run(Tools.promtool, ["check", "metrics"], input: text)
        #expect(code == 0, "\(output)")
        #expect(output.isEmpty, "\(output)")
    }
}

/// Programs that check what Millrace makes.
enum Tools {
    static let promtool = "/usr/bin/promtool"

    /// - Returns: the exit code, and what it has written to both outputs.
    static func run(_ path: String, _ arguments: [String], input: String = "") throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let (written, read) = (Pipe(), Pipe())
        process.standardInput = written
        process.standardOutput = read
        process.standardError = read
        try process.run()
        written.fileHandleForWriting.write(Data(input.utf8))
        try written.fileHandleForWriting.close()
        let output = read.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
