// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Rules for every Swift file that the formatter does not check.
struct TidyTests {
    private let files: [SourceFile]

    init() throws { files = try SourceFile.all() }

    @Test func thereAreFiles() {
        #expect(files.contains { $0.path == "Sources/MillraceCore/DataType.swift" })
        #expect(files.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
    }

    @Test func noFileIsLongerThan1000Lines() {
        let long = files.filter { $0.lines.count > 1000 }.map { "\($0): \($0.lines.count) lines" }
        #expect(long == [])
    }

    @Test func noLineIsLongerThan120Columns() {
        let long = files.flatMap { file in
            file.lines.enumerated().filter { $0.element.count > 120 }.map { "\(file):\($0.offset + 1)" }
        }
        #expect(long == [])
    }

    @Test func noFunctionIsLongerThan70Lines() {
        let long = files.flatMap { file in
            file.functions.filter { $0.length > 70 }.map { "\(file):\($0.line): \($0.length) lines" }
        }
        #expect(long == [])
    }

    @Test func everyFileNamesItsLicence() {
        let marker = "// SPDX-License-Identifier: Apache-2.0"
        // The package's tools version has to come first in Package.swift, which is not among these files.
        #expect(files.filter { $0.lines.first.map(String.init) != marker }.map(\.path) == [])
    }

    @Test func onlyTheKafkaModuleCallsLibrdkafka() {
        let others = files.filter { !$0.path.hasPrefix("Sources/MillraceKafka/") }
        let callers = others.filter { file in
            file.codeLines.contains { $0.contains("rd_kafka_") || $0.contains("import CSystemKafka") }
        }
        #expect(callers.map(\.path) == [])
    }

    @Test func onlyTheRegistryModuleCallsLibcurl() {
        let others = files.filter { !$0.path.hasPrefix("Sources/MillraceRegistry/") }
        let callers = others.filter { file in
            file.codeLines.contains { $0.contains("curl_easy") || $0.contains("import CSystemCurl") }
        }
        #expect(callers.map(\.path) == [])
    }

    @Test func onlyRegexCallsPCRE2() {
        let others = files.filter { !$0.path.hasPrefix("Sources/MillracePlan/Regex/") }
        let callers = others.filter { file in
            file.codeLines.contains { $0.contains("pcre2_match") || $0.contains("import CSystemRegex") }
        }
        #expect(callers.map(\.path) == [])
    }

    @Test(arguments: [
        "MillraceCore", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceKafka", "MillraceRegistry",
    ])
    func foundationStaysOut(module: String) {
        let inside = files.filter { $0.path.hasPrefix("Sources/\(module)/") }
        #expect(!inside.isEmpty)
        let importers = inside.filter { file in file.codeLines.contains { $0.contains("import Foundation") } }
        #expect(importers.map(\.path) == [])
    }

    /// A timestamp, an offset, an option or a clock near the bounds of its type must not end the process.
    @Test func arithmeticOnTimesAndOffsetsIsCheckedOrSaturating() {
        let inside = files.filter { file in
            file.path.hasPrefix("Sources/")
                && !TimeArithmetic.exempt.contains { file.path.hasPrefix($0.path) }
        }
        #expect(inside.count > 300)
        let findings = inside.flatMap { file in
            file.expressionLines.enumerated().flatMap { number, line in
                TimeArithmetic.findings(in: line).map { "\(file):\(number + 1): \($0)" }
            }
        }
        #expect(findings == [], "write +|, -|, *|, a checked operation or clamping:")
    }

    @Test(arguments: TimeArithmetic.exempt.map(\.path))
    func theExceptionsOfTheTimeRuleExist(path: String) {
        #expect(files.contains { $0.path.hasPrefix(path) })
    }

    @Test func theMapNamesEveryFolder() throws {
        let sources = SourceFile.root.appendingPathComponent("Sources")
        let map = try String(contentsOf: sources.appendingPathComponent("README.md"), encoding: .utf8)
        let lines = map.split(separator: "\n")
        let paths = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        for path in paths {
            let values = try sources.appendingPathComponent(path).resourceValues(forKeys: [.isDirectoryKey])
            guard values.isDirectory == true else { continue }
            let parts = path.split(separator: "/")
            // A folder of a module stands in the module's own paragraph.
            let paragraph = lines.first { $0.contains("`\(parts[0])`") }
            #expect(
                paragraph != nil && parts.dropFirst().allSatisfy { paragraph?.contains("`\($0)`") == true }, "\(path)")
        }
    }
}

/// The rules themselves, on texts that break them.
struct SourceFileTests {
    @Test func functionsAreMeasured() {
        let file = SourceFile(
            path: "x.swift",
            text: """
                struct A {
                    let text = "func { \\(b("}")) {"
                    func one() { two() }
                    @inline(__always) private static func two(
                        _ a: Int
                    ) -> Int {
                        // }
                        let s = #"{"#
                        if a > 0 { return 1 }
                        return 0
                    }
                    init() {}
                }
                protocol P {
                    func none()
                    var a: Int { get }
                }
                """)
        #expect(
            file.functions == [
                SourceFile.Function(line: 3, length: 1), SourceFile.Function(line: 4, length: 8),
                SourceFile.Function(line: 12, length: 1),
            ])
    }

    @Test func literalsAndCommentsAreNoCode() {
        let file = SourceFile(
            path: "x.swift",
            text: "let a = \"rd_kafka_\" // rd_kafka_\n/* {\n} */ b\n\"\"\"\n{\n\"\"\"\nc(\"\\\"{\", d)")
        #expect(file.codeLines == ["let a =  ", "", " b", "", "", "", "c(, d)"])
    }

    @Test func interpolationsAreExpressions() {
        let file = SourceFile(
            path: "x.swift", text: "let a = \"at \\(end - \"b\\(offset + 1)c\".count) ms\" + d // -time")
        #expect(file.expressionLines == ["let a =  (end -  (offset + 1).count) + d "])
    }

    @Test(arguments: [
        ("let lag = end - source.nextOffset", ["end - nextOffset"]),
        ("max(wall - $0, 0)", ["wall - $0"]),
        ("Double(view.nowMilliseconds - view.stateSince) / 1000", ["nowMilliseconds - stateSince"]),
        ("a[max(time, oldest) + 1]", ["time, oldest + 1"]),
        ("total += clock.monotonicNanoseconds()", ["total += monotonicNanoseconds"]),
        ("next = now &+ interval", ["now &+ interval"]),
        ("2 * gap +| grace", ["2 * gap"]),
        ("return (isEarlier ? -milliseconds : 0)", ["-milliseconds"]),
        ("UInt64(timeoutMilliseconds) *| 1_000_000", ["UInt64(timeoutMilliseconds"]),
        ("Int32(min(elapsed, 200))", ["Int32(elapsed, 200"]),
        ("records.offsets[to - 1] +| 1", []), ("(now -| began) / 1_000_000", []), ("time % step", []),
        ("Int32(clamping: milliseconds)", []), ("lines + [text]", []), ("first - last", []),
    ])
    func timesAreFoundInArithmetic(line: String, findings: [String]) {
        #expect(TimeArithmetic.findings(in: line) == findings)
    }
}
