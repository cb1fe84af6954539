// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing
@testable import MillraceSettings

struct ConfigurationTests {
    private func parse(_ text: String) throws(SourceError) -> Configuration {
        let environment = ["BROKER": "kafka:9092", "EMPTY": "", "EVIL": "x\nthreads: 9"]
        return try Configuration.parse(
            text, directory: "config",
            interpolation: Interpolation(
                environment: { environment[$0] },
                file: { path throws(FileError) in
                    guard path == "/secret" else { throw FileError(path: path, code: 2, reason: "No such file") }
                    return "hunter2\n"
                }))
    }

    @Test func placesOfTheStatusPageAreChecked() throws {
        #expect(try parse("http.port: off").httpPort == .off)
        for (text, line) in [("http.port: 70000", "1:12"), ("http.port: x", "1:12"), ("http.address: example", "1:15")]
        {
            let error = #expect(throws: SourceError.self) { try parse(text) }
            #expect(error.map { "\($0.location?.line ?? 0):\($0.location?.column ?? 0)" } == line, "\(text)")
        }
    }

    @Test func everyKeyIsRead() throws {
        let configuration = try parse(
            """
            # comment
            application: orders-v2
            program: orders.sql
            kafka:
              bootstrap.servers: ${env:BROKER}
              sasl.password: "${file:/secret}"
              socket.nagle.disable: true
            mode: batch
            from: -48h
            to: 2026-11-01T12:00:00Z
            threads: 3
            commit.interval: 500ms
            processing.guarantee: at_least_once
            exchange: on
            dead.letter.topic: orders.dead
            errors.decode: fail
            errors.null.key: dead-letter
            errors.future: skip
            errors.late: dead-letter
            errors.too.large: skip
            errors.max: 0.1%
            http.address: 0.0.0.0
            http.port: 9000
            http.token.file: read.token
            http.admin.token.file: /run/secrets/admin
            """)
        #expect(configuration.httpAddress == "0.0.0.0")
        #expect(configuration.httpPort == .exactly(9000))
        #expect(configuration.httpTokenFile == "config/read.token")
        #expect(configuration.httpAdminTokenFile == "/run/secrets/admin")
        #expect(configuration.application == "orders-v2")
        #expect(configuration.program == .file("config/orders.sql", at: SourceLocation(line: 3, column: 10)))
        #expect(configuration.kafka.map(\.name) == ["bootstrap.servers", "sasl.password", "socket.nagle.disable"])
        #expect(configuration.kafka.map(\.value) == ["kafka:9092", "hunter2", "true"])
        #expect(configuration.kafka.map(\.origin.text) == ["millrace.yaml:5", "millrace.yaml:6", "millrace.yaml:7"])
        #expect(configuration.values["threads"]?.text == "3")
        #expect(configuration.values["threads"]?.origin == .file("millrace.yaml", SourceLocation(line: 11, column: 10)))
        #expect(configuration.mode == .batch)
        #expect(configuration.from == .ago(milliseconds: 172_800_000))
        #expect(configuration.to == .time(1_793_534_400_000))
        #expect(configuration.threads == 3)
        #expect(configuration.commitIntervalMilliseconds == 500)
        #expect(configuration.guarantee == .atLeastOnce)
        #expect(configuration.exchangesPartials == true)
        #expect(configuration.deadLetterTopic == "orders.dead")
        #expect(
            configuration.errorPolicies == [
                .decode: .fail, .nullKey: .deadLetter, .future: .skip, .late: .deadLetter, .tooLarge: .skip,
            ])
        #expect(configuration.errorLimit == .share(1000))
    }

    /// A port and a socket exclude each other where they are said together; else the later one wins.
    @Test func theLaterPlaceOfThePageWins() throws {
        for text in ["http.port: 1\nhttp.socket: s", "http.socket: s\nhttp.address: 127.0.0.1"] {
            let error = #expect(throws: SourceError.self) { try parse(text) }
            #expect(error?.message.contains("exclude each other") == true)
        }
        var configuration = try parse("http.socket: run/s.sock\nhttp.socket.mode: 0660")
        #expect(HTTPSettings(configuration).socketPath == "config/run/s.sock")
        #expect(HTTPSettings(configuration).socketMode == 0o660)
        try configuration.read("http.port", "9000", .option("--http"))
        #expect(HTTPSettings(configuration).socketPath == nil)
        #expect(HTTPSettings(configuration).port == .exactly(9000))
        #expect(configuration.values["http.socket"] == nil)
        try configuration.read("http.socket", "/s", .option("--http"))
        #expect(HTTPSettings(configuration).socketPath == "/s" && HTTPSettings(configuration).port == .firstFree)
        for mode in ["600x", "0400", "1777", "0", "rw"] {
            #expect(throws: SourceError.self) { try parse("http.socket.mode: \(mode)") }
        }
    }

    @Test(arguments: ["", "# nothing\n", "---\n", "~\n", "{}\n"])
    func nothingIsAConfigurationToo(text: String) throws {
        #expect(try parse(text) == Configuration())
    }

    @Test func programTextKeepsItsLines() throws {
        let configuration = try parse("sql: |\n  SELECT 'a: b'\n  FROM t;\n")
        #expect(configuration.program == .text("SELECT 'a: b'\nFROM t;\n", at: SourceLocation(line: 1, column: 6)))
    }

    @Test(arguments: [
        ("program: /srv/a.sql", "/srv/a.sql"), ("program: ./a.sql", "config/./a.sql"),
        ("program: ../a.sql", "config/../a.sql"),
    ])
    func programIsRelativeToTheFile(text: String, path: String) throws {
        #expect(try parse(text).program == .file(path, at: SourceLocation(line: 1, column: 10)))
    }

    @Test(arguments: [
        ("${env:BROKER}", "kafka:9092"), ("a${env:BROKER}b${env:BROKER}", "akafka:9092bkafka:9092"),
        ("${env:NOT:-fallback}", "fallback"), ("${env:EMPTY:-fallback}", "fallback"), ("${env:NOT:-}", ""),
        ("${env:NOT:-a:-b}", "a:-b"), ("${file:/secret}", "hunter2"), ("$${env:BROKER}", "${env:BROKER}"),
        ("cost $5 $", "cost $5 $"), ("$$", "$$"), ("${env:EVIL}", "x\nthreads: 9"),
    ])
    func referencesAreExpanded(text: String, value: String) throws {
        let configuration = try parse("kafka:\n  client.id: '\(text)'\n")
        #expect(configuration.kafka.first?.value == value)
        #expect(configuration.threads == nil)
    }

    /// Text, line, column, a part of the message, a part of the hint.
    static let mistakes: [(String, Int, Int, String, String)] = [
        ("thread: 2", 1, 1, "unknown key thread", "did you mean threads?"),
        ("mode: batch\ncommit.intervall: 1s", 2, 1, "unknown key", "did you mean commit.interval?"),
        ("bootstrap.servers: a:1", 1, 1, "unknown key", "below kafka:"),
        ("xyz: 1", 1, 1, "unknown key", "the keys are kafka, application,"),
        ("kafka:\n  sasl.pasword: x", 2, 3, "did you mean sasl.password?", "E1101"),
        ("kafka:\n  group.id: x", 2, 3, "Millrace sets this itself", "leave group.id out"),
        ("kafka:\n  plugin.library.paths: x", 2, 3, "loads code", "leave plugin.library.paths out"),
        ("kafka:\n  linger.ms: many", 2, 3, "linger.ms", "E1102"),
        ("threads: 1\nthreads: 2", 2, 1, "given twice", "line 1"),
        ("kafka:\n  a: 1\n  a: 2", 3, 3, "given twice", "line 2"),
        ("threads: many", 1, 10, "whole number", ""),
        ("threads: 0", 1, 10, "from 1 to 256", ""),
        ("threads: [1]", 1, 10, "not a list", ""),
        ("threads:", 1, 1, "not nothing", ""),
        ("threads: 99999999999999999999", 1, 10, "whole number", ""),
        ("mode: barch", 1, 7, "unknown mode", "did you mean batch?"),
        ("mode: lambda", 1, 7, "unknown mode", "batch, stream, hybrid"),
        ("commit.interval: 5", 1, 18, "not a duration", "500ms"),
        ("commit.interval: 1 s", 1, 18, "not a duration", "500ms"),
        ("commit.interval: -1s", 1, 18, "not a duration", "500ms"),
        ("commit.interval: 0s", 1, 18, "between 1ms and 10m", ""),
        ("commit.interval: 9999999999999999d", 1, 18, "not a duration", ""),
        ("processing.guarantee: at_most_once", 1, 23, "exactly_once_v2 or at_least_once", ""),
        ("program: a.sql\nsql: SELECT", 2, 1, "exclude each other", "keep one"),
        ("sql: '  '", 1, 6, "sql is empty", ""),
        ("program: ''", 1, 10, "program is empty", ""),
        ("kafka: localhost:9092", 1, 8, "mapping of client properties", "bootstrap.servers"),
        ("kafka:\n  bootstrap:\n    servers: a", 3, 5, "not a mapping", "with dots"),
        ("kafka:\n  client.id:", 2, 3, "not nothing", ""),
        ("from: yesterday", 1, 7, "not a position", "write earliest"),
        ("to: latst", 1, 5, "not a position", "did you mean latest?"),
        ("to: earliest", 1, 5, "cannot end", ""),
        ("application: a/b", 1, 14, "cannot be a Kafka name", "letters"),
        ("dead.letter.topic: ..", 1, 20, "cannot be a Kafka name", ""),
        ("application: ${env:NOT}", 1, 14, "NOT is not set", ":-value"),
        ("application: ${NOT}", 1, 14, "unknown reference ${NOT}", "${env:NAME}"),
        ("application: ${env:NOT", 1, 14, "without its '}'", ""),
        ("application: ${env:}", 1, 14, "without a name", ""),
        ("application: ${file:/gone}", 1, 14, "cannot read /gone: No such file", ""),
        ("- a\n- b", 1, 1, "mapping of keys, not a list", ""),
        ("just text", 1, 1, "mapping of keys, not a scalar", ""),
        ("[a]: 1", 1, 1, "a key must be a word", ""),
        ("application: &x a", 1, 14, "anchors", "write the value out"),
        ("application: !!str a", 1, 14, "tags", "remove the tag"),
        ("mode: batch\n---\nmode: batch", 2, 1, "second document", ""),
        ("mode: \"batch", 1, 13, "", ""),
        ("mode: batch\n\tthreads: 1", 2, 1, "", ""),
        ("a: {b: 1", 1, 9, "", ""),
        ("kafka:\n  client.id: \u{7}", 2, 14, "control characters", ""),
        (String(repeating: "[", count: 5000), 1, 34, "nested too deeply", ""),
    ]

    @Test(arguments: mistakes)
    func mistakesHaveAPlace(text: String, line: Int, column: Int, message: String, hint: String) {
        let error = #expect(throws: SourceError.self) { try parse(text) }
        #expect(error?.location == SourceLocation(line: line, column: column), "\(error as Any)")
        #expect(message.isEmpty || error?.message.contains(message) == true, "\(error as Any)")
        #expect(hint.isEmpty || error?.hint?.contains(hint) == true, "\(error as Any)")
        #expect(error?.code?.rawValue.hasPrefix("E1") == true, "\(error as Any)")
    }

    @Test func columnsCountCharacters() {
        let error = #expect(throws: SourceError.self) { try parse("kafka: {client.id: 'ÄÖÜ€', x: [1]}") }
        #expect(error?.location == SourceLocation(line: 1, column: 31))
    }

    @Test(arguments: [
        ("exactly_once_v2", ProcessingGuarantee.exactlyOnce), ("exactly_once", .exactlyOnce),
        ("exactly_once_beta", .exactlyOnce), ("at_least_once", .atLeastOnce),
    ])
    func guaranteesHaveTheNamesOfKafkaStreams(text: String, guarantee: ProcessingGuarantee) throws {
        #expect(try parse("processing.guarantee: \(text)").guarantee == guarantee)
        for name in ["processing.guarantee", "ksql.streams.processing.guarantee"] {
            let place = SourceLocation(line: 1, column: 1)
            let plan = ProgramPlan(
                sources: [], queries: [],
                properties: [ProgramPlan.Property(name: name, value: text, location: place)])
            var configuration = Configuration()
            try configuration.adopt(try ProgramSettings(plan))
            #expect(configuration.guarantee == guarantee)
        }
    }

    @Test(arguments: [
        ("a/b/orders.sql", "orders"), ("orders.v2.sql", "orders.v2"), ("orders", "orders"), (".sql", ".sql"),
    ])
    func applicationIsTheProgramsName(path: String, name: String) throws {
        #expect(try Configuration.applicationID(program: path) == name)
    }

    @Test func applicationOfAStrangeFileIsRefused() {
        let error = #expect(throws: SourceError.self) { try Configuration.applicationID(program: "my orders.sql") }
        #expect(error?.hint == "name it with --application NAME")
    }
}
