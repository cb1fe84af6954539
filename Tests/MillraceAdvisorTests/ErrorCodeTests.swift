// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

/// The codes, and the two references in docs/ that are made of lists in the code.
struct ErrorCodeTests {
    private static let docs = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs")

    @Test(arguments: ErrorCode.allCases)
    func everyCodeIsExplained(code: ErrorCode) {
        #expect(code.rawValue.wholeMatch(of: /E[1-6]\d{3}/) != nil)
        let explanation = code.explanation
        for text in [explanation.title, explanation.cause, explanation.step] { #expect(!text.isEmpty) }
        #expect(explanation.cause.hasSuffix("."))
    }

    /// A failure cannot be made without a code: the compiler sees to that. Each code is one that somebody meets.
    @Test func everyCodeIsSaid() throws {
        let sources = Self.docs.deletingLastPathComponent().appendingPathComponent("Sources")
        var text = ""
        for case let path as String in try #require(FileManager.default.enumerator(atPath: sources.path)) {
            guard path.hasSuffix(".swift"), !path.contains("/Explanations/"), !path.hasSuffix("/ErrorCode.swift")
            else { continue }
            text += try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
        }
        let words = Set(text.split { !$0.isLetter && $0 != "." }.flatMap { $0.split(separator: ".").map(String.init) })
        #expect(ErrorCode.allCases.filter { !words.contains("\($0)") } == [])
    }

    /// Kafka's name, the category, what is being done, the code.
    @Test(
        arguments: [
            ("_TRANSPORT", .unreachable, "x", .unreachable), ("_AUTHENTICATION", .authentication, "x", .loginRefused),
            ("TOPIC_AUTHORIZATION_FAILED", .authorization, "read t/0", .readForbidden),
            ("TOPIC_AUTHORIZATION_FAILED", .authorization, "write to t/0", .writeForbidden),
            ("TOPIC_AUTHORIZATION_FAILED", .authorization, "create topic t", .createForbidden),
            ("CLUSTER_AUTHORIZATION_FAILED", .authorization, "create topic t", .createForbidden),
            ("CLUSTER_AUTHORIZATION_FAILED", .authorization, "begin", .clusterForbidden),
            ("UNKNOWN_TOPIC_OR_PART", .missingTopic, "x", .missingTopic),
            ("POLICY_VIOLATION", .configuration, "x", .cannotCreateTopic),
            ("_INVALID_ARG", .configuration, "x", .wrongPropertyValue),
            ("MSG_SIZE_TOO_LARGE", .tooLarge, "x", .recordTooLarge),
            ("UNKNOWN", .other, "x", .kafkaFailure),
        ] as [(String, KafkaError.Category, String, ErrorCode)])
    func kafkasErrorsHaveCodes(name: String, category: KafkaError.Category, operation: String, code: ErrorCode) {
        #expect(ErrorCode(kafka: name, category, operation: operation) == code)
    }

    @Test func aFailureShowsCodeAndNextStep() {
        let failure = RunFailure(.injected(at: "x"))
        #expect(failure.rendered.hasPrefix("millrace: E3005: cannot go on: "))
        #expect(failure.hint == ErrorCode.kafkaFailure.explanation.step)
    }

    /// `docs/errors.md` has a row for each code; MILLRACE_WRITE_DOCS=1 writes it.
    @Test func theReferenceOfErrors() throws {
        var page = """
            # Error codes

            Messages carry the code behind the place; `millrace help CODE` prints the same text as this page. A number
            never gets another meaning.

            | code | meaning | why | what to do |
            |---|---|---|---|

            """
        for code in ErrorCode.allCases {
            let text = code.explanation
            page += "| `\(code.rawValue)` | \(text.title) | \(text.cause) | \(text.step) |\n"
        }
        let file = Self.docs.appendingPathComponent("errors.md")
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] != nil {
            try page.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == page)
    }

    /// `docs/configuration.md` has the row of each key, in order; MILLRACE_WRITE_DOCS=1 writes them.
    @Test func theReferenceOfKeys() throws {
        let file = Self.docs.appendingPathComponent("configuration.md")
        let header = "| key | value | default | option | variable |\n|---|---|---|---|---|\n"
        let wanted = ConfigurationKey.all.map { key in
            let option = key.option.map { $0.hasPrefix("-") ? "`\($0)`" : $0 } ?? ""
            return "| `\(key.name)` | \(key.values) | \(key.standard ?? "") | \(option) | `\(key.variable)` |"
        }
        let page = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(page.range(of: header)).upperBound
        let end = page[start...].range(of: "\n\n")?.lowerBound ?? page.endIndex
        let table = wanted.joined(separator: "\n")
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] != nil {
            try page.replacingCharacters(in: start..<end, with: table).write(
                to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(page[start..<end] == table)
        }
    }
}
