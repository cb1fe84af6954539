// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillracePlan
import Testing
@testable import MillraceSettings

/// The names of Kafka Streams and ksqlDB, in the file and in SET.
struct PortedPropertyTests {
    private func file(_ text: String) throws(SourceError) -> Configuration {
        try Configuration.parse(text, name: "m.yaml", interpolation: Interpolation(environment: { $0 }, file: { $0 }))
    }

    private func program(_ settings: [(name: String, value: String)]) throws -> Configuration {
        let place = SourceLocation(line: 3, column: 1)
        let properties = settings.map { ProgramPlan.Property(name: $0.name, value: $0.value, location: place) }
        var configuration = Configuration()
        try configuration.adopt(try ProgramSettings(ProgramPlan(properties: properties)))
        return configuration
    }

    /// Name, value, the key and its value.
    static let understood = [
        ("application.id", "app", "application", "app"), ("ksql.service.id", "app", "application", "app"),
        ("processing.guarantee", "at_least_once", "processing.guarantee", "at_least_once"),
        ("auto.offset.reset", "latest", "from", "latest"), ("commit.interval.ms", "2000", "commit.interval", "2s"),
        ("num.stream.threads", "4", "threads", "4"),
        ("ksql.fail.on.deserialization.error", "true", "errors.decode", "fail"),
        (
            "default.deserialization.exception.handler",
            "org.apache.kafka.streams.errors.LogAndContinueExceptionHandler", "errors.decode", "skip"
        ),
    ]

    @Test(arguments: understood)
    func theyAreUnderstoodEverywhere(name: String, value: String, key: String, meant: String) throws {
        for name in [name, "ksql.streams.\(name)"] {
            let inFile = try file("\(name): '\(value)'").values[key]
            #expect(inFile?.text == meant)
            #expect(inFile?.origin.text == "m.yaml:1")
            let inProgram = try program([(name, value)]).values[key]
            #expect(inProgram?.text == meant)
            #expect(inProgram?.origin.text == "SET, line 3")
        }
    }

    @Test func theyDoWhatTheKeyDoes() throws {
        let configuration = try file(
            "application.id: a\nnum.stream.threads: 3\ncommit.interval.ms: 250\nksql.queries.file: q.sql")
        #expect(configuration.application == "a")
        #expect(configuration.threads == 3)
        #expect(configuration.commitIntervalMilliseconds == 250)
        #expect(configuration.program == .file("q.sql", at: SourceLocation(line: 4, column: 20)))
        #expect(try file("ksql.fail.on.deserialization.error: false").errorPolicies == [:])
    }

    /// References are replaced once, whatever they become.
    @Test func referencesAreReplacedOnce() throws {
        #expect(try file("ksql.queries.file: ${env:a}$${env:b}.sql").values["program"]?.text == "a${env:b}.sql")
    }

    @Test func theFileWinsOverTheProgram() throws {
        var configuration = try file("num.stream.threads: 2")
        let place = SourceLocation(line: 1, column: 1)
        let plan = ProgramPlan(properties: [.init(name: "num.stream.threads", value: "7", location: place)])
        try configuration.adopt(try ProgramSettings(plan))
        #expect(configuration.threads == 2)
    }

    /// YAML, message, a part of the hint.
    @Test(arguments: [
        ("threads: 1\nnum.stream.threads: 2", "num.stream.threads says the same as threads", "keep one"),
        ("num.stream.threads: many", "num.stream.threads is a number from 1 to 256, not 'many'", ""),
        ("auto.offset.reset: none", "auto.offset.reset is earliest or latest, not 'none'", ""),
        ("commit.interval.ms: 1s", "commit.interval.ms is a number from 1 to 600000, not '1s'", ""),
        ("state.dir: /var/lib", "state.dir has no meaning here", "changelog topics"),
        ("ksql.streams.state.dir: /var/lib", "ksql.streams.state.dir has no meaning here", "changelog topics"),
        ("replication.factor: 3", "replication.factor has no meaning here", "REPLICAS"),
        ("proxy.host: p", "proxy.host has no meaning here", "schema.registry.proxy"),
        ("consumer.isolation.level: x", "consumer.isolation.level is a property of a Java client", "kafka:"),
        ("consumer.max.poll.records: 5", "consumer.max.poll.records has no meaning here", "kafka:"),
        (
            "deserialization.exception.handler: com.acme.Mine", "deserialization.exception.handler is LogAndFail",
            "errors"
        ),
        ("num.stream.thread: 2", "unknown key num.stream.thread", "num.stream.threads"),
    ])
    func whatHasNoMeaningIsNamed(yaml: String, message: String, hint: String) {
        let error = #expect(throws: SourceError.self) { try file(yaml) }
        #expect(error?.message.hasPrefix(message) == true, "\(error as Any)")
        #expect(hint.isEmpty || error?.hint?.contains(hint) == true, "\(error as Any)")
        #expect(error?.code == .wrongValue || error?.code == .unknownKey)
        #expect(error?.location != nil)
    }

    @Test(arguments: [
        ("ksql.sink.partitions", "4", "PARTITIONS=n"), ("num.stream.threads", "0", ""),
        ("ksql.queries.file", "q.sql", "in the configuration"), ("threads", "2", "supported"),
    ])
    func aProgramIsToldTheSame(name: String, value: String, hint: String) {
        let error = #expect(throws: SourceError.self) { try program([(name, value)]) }
        #expect(error?.code == .sqlSetting)
        #expect(error?.location == SourceLocation(line: 3, column: 1))
        #expect(hint.isEmpty || error?.hint?.contains(hint) == true, "\(error as Any)")
    }

    /// What changes no result is left out with a warning that says why.
    @Test(arguments: [
        ("cache.max.bytes.buffering", "commit.interval"), ("ksql.streams.cache.max.bytes.buffering", "commit.interval"),
        ("ksql.streams.state.dir", "changelog topics"), ("num.standby.replicas", "changelog"),
        ("ksql.query.pull.table.scan.enabled", "in their topics"), ("consumer.max.poll.records", "below kafka:"),
        ("ksql.streams.producer.linger.ms", "below kafka:"), ("session.timeout.ms", "below kafka:"),
    ])
    func whatChangesNoResultIsAWarning(name: String, reason: String) throws {
        let place = SourceLocation(line: 3, column: 1)
        let plan = ProgramPlan(properties: [.init(name: name, value: "0", location: place)])
        let settings = try ProgramSettings(plan)
        #expect(settings.settings.isEmpty)
        #expect(settings.warnings.map(\.location) == [place])
        #expect(settings.warnings.first?.hint?.contains(reason) == true)
        let shown = settings.warnings.first?.renderedAsWarning(file: "p.sql", text: "\n\nSET")
        #expect(shown?.hasPrefix("p.sql:3:1: warning: \(name) changes nothing here") == true)
    }

    @Test func everyMistakeOfAProgramIsFound() {
        let properties = ["threads", "auto.offset.reset", "ksql.sink.partitions", "state.dir"].enumerated().map {
            ProgramPlan.Property(name: $1, value: "x", location: SourceLocation(line: $0 + 1, column: 5))
        }
        let mistakes = ProgramSettings.mistakes(ProgramPlan(properties: properties))
        #expect(mistakes.map(\.location?.line) == [1, 2, 3])
    }

    /// Of a Java client's file only the client's properties are taken; the others are named with where they belong.
    @Test func aClientFileNamesThem() throws {
        let translation = try ClientFileTranslation(
            try JavaProperties.parse(
                "client.id=c\nnum.stream.threads=2\nauto.offset.reset=latest\nkey.deserializer=x\n"))
        #expect(translation.properties.map(\.name) == ["client.id"])
        #expect(
            translation.notes == [
                "no properties of a client, say them in the configuration: num.stream.threads (threads), "
                    + "auto.offset.reset (from)", "left out: key.deserializer",
            ])
    }

    /// `docs/configuration.md` has a row for each of them; MILLRACE_WRITE_DOCS=1 writes them.
    @Test func theReferenceOfPortedProperties() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../docs/configuration.md").standardized
        let page = try String(contentsOf: file, encoding: .utf8)
        var rows: [(names: [String], meaning: String)] = []
        for property in PortedProperty.all {
            let meaning =
                switch property.meaning {
                case .key(let key): "`\(key)`"
                case .none(let instead): instead
                case .harmless(let reason): "\(reason) (a warning in `SET`)"
                }
            if let index = rows.firstIndex(where: { $0.meaning == meaning }) {
                rows[index].names.append(property.name)
            } else {
                rows.append(([property.name], meaning))
            }
        }
        let table = rows.map { row in
            "| \(row.names.map { "`\($0)`" }.joined(separator: ", ")) | \(row.meaning) |"
        }.joined(separator: "\n")
        let start = try #require(page.range(of: "| Kafka Streams, ksqlDB | here |\n|---|---|\n")).upperBound
        let end = try #require(page[start...].range(of: "\n\n")).lowerBound
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] != nil {
            try page.replacingCharacters(in: start..<end, with: table).write(
                to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(page[start..<end] == table)
        }
    }
}
