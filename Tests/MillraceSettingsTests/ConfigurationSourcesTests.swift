// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import MillracePlan
import Testing
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

/// Flags over environment over file over program over defaults.
final class ConfigurationSourcesTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
        "sources-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private func file(_ text: String, _ name: String = "m.yaml") throws -> String {
        let url = directory.appendingPathComponent(name)
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url.path
    }

    private func load(
        file: String? = nil, _ environment: [String: String] = [:], _ options: [ConfigurationOption] = []
    ) throws -> ConfigurationSources.Result {
        var sources = ConfigurationSources(file: file, environment: environment, options: options)
        sources.usualPlaces = []
        return try sources.load()
    }

    @Test func laterSourcesWin() throws {
        let path = try file("threads: 2\ncommit.interval: 2s\nfrom: -2h\nkafka: {client.id: file, linger.ms: 1}\n")
        let result = try load(
            file: path,
            [
                "MILLRACE_COMMIT_INTERVAL": "3s", "MILLRACE_FROM": "-3h", "MILLRACE_KAFKA_CLIENT_ID": "environment",
                "HOME": "/root",
            ],
            [
                ConfigurationOption("from", "-4h", option: "--from"),
                ConfigurationOption("kafka.client.id", "option", option: "-X"),
            ])
        let configuration = result.configuration
        #expect(configuration.threads == 2)
        #expect(configuration.commitIntervalMilliseconds == 3000)
        #expect(configuration.from == .ago(milliseconds: 4 * 3_600_000))
        #expect(configuration.kafka.map { "\($0.name)=\($0.value)" } == ["linger.ms=1", "client.id=option"])
        let origins = ["threads", "commit.interval", "from"].map { configuration.values[$0]?.origin.text }
        #expect(origins == ["\(path):1", "MILLRACE_COMMIT_INTERVAL", "--from"])
        #expect(configuration.kafka.map(\.origin.text) == ["\(path):4", "-X"])
    }

    @Test func theProgramComesBehindTheFile() throws {
        let place = SourceLocation(line: 1, column: 1)
        let plan = ProgramPlan(properties: [
            .init(name: "num.stream.threads", value: "7", location: place),
            .init(name: "commit.interval.ms", value: "1500", location: place),
        ])
        var configuration = try load(file: try file("threads: 2\n")).configuration
        try configuration.adopt(try ProgramSettings(plan))
        #expect(configuration.threads == 2)
        #expect(configuration.commitIntervalMilliseconds == 1500)
        #expect(configuration.values["commit.interval"]?.text == "1500ms")
        #expect(configuration.values["commit.interval"]?.origin == .program(place))
    }

    /// Every key has a variable, and every variable is the key.
    @Test func everyKeyCanComeFromTheEnvironment() throws {
        let token = try file("0123456789abcdef0123", "token")
        let client = try file("client.id=java\n", "client.properties")
        let values = [
            "application": "a", "instance": "i", "program": "p.sql", "sql": "SELECT", "command.config": client,
            "mode": "batch", "from": "earliest", "to": "now", "threads": "3", "commit.interval": "1s",
            "processing.guarantee": "at_least_once", "state.flush.interval": "off", "exchange": "on",
            "join.wait": "2s",
            "decode": "strict", "keys.partitioning": "any", "windows.per.record.max": "20000",
            "state.memory.max": "2GiB", "errors.decode": "skip", "errors.null.key": "fail", "errors.future": "fail",
            "errors.late": "dead-letter", "errors.too.large": "skip",
            "errors.refused": "skip", "errors.max": "0.1%", "input.lost": "skip",
            "future.limit": "1h", "dead.letter.topic": "d", "http.address": "0.0.0.0", "http.port": "9000",
            "http.socket": "s.sock", "http.socket.mode": "0660", "http.certificate.file": token, "http.key.file": token,
            "http.token.file": token, "http.admin.token.file": token, "log.level": "warn", "log.format": "json",
            "schema.registry.url": "http://r:8081", "schemas": "s",
            "schema.registry.basic.auth.user.info": "a:b",
            "schema.registry.basic.auth.credentials.source": "USER_INFO", "schema.registry.bearer.token": "t",
            "schema.registry.ssl.ca.location": token, "schema.registry.ssl.ca.pem": "p",
            "schema.registry.ssl.certificate.location": token, "schema.registry.ssl.certificate.pem": "p",
            "schema.registry.ssl.key.location": token, "schema.registry.ssl.key.pem": "p",
            "schema.registry.ssl.key.password": "p",
            "schema.registry.ssl.endpoint.identification.algorithm": "none",
            "schema.registry.proxy": "http://p:3128", "schema.registry.connect.timeout": "1s",
            "schema.registry.timeout": "2s", "schema.registry.retries": "0",
        ]
        for key in ConfigurationKey.all {
            let value = try #require(values[key.name], "a value for \(key.name)")
            let result = try load([key.variable: value])
            #expect(result.configuration.values[key.name]?.text == value)
            #expect(result.configuration.values[key.name]?.origin.text == key.variable)
            #expect(result.ignoredVariables == [])
        }
        #expect(ConfigurationKey.named("commit.interval")?.variable == "MILLRACE_COMMIT_INTERVAL")
    }

    @Test func aVariableMayNameAFile() throws {
        let secret = try file("hunter2\n", "secret")
        let result = try load(["MILLRACE_KAFKA_SASL_PASSWORD_FILE": secret])
        #expect(result.configuration.kafka.map(\.value) == ["hunter2"])
        // The key of this name is no such file.
        #expect(try load(["MILLRACE_HTTP_TOKEN_FILE": "x"]).configuration.httpTokenFile == "x")
    }

    /// Values are taken as they are: a variable cannot refer to others.
    @Test func variablesAndOptionsAreLiteral() throws {
        let text = "${env:HOME}"
        #expect(try load(["MILLRACE_KAFKA_CLIENT_ID": text]).configuration.kafka.map(\.value) == [text])
        let option = ConfigurationOption("kafka.client.id", text, option: "-X")
        #expect(try load([:], [option]).configuration.kafka.map(\.value) == [text])
    }

    @Test func aFilesApplicationIsThatOfItsProgram() throws {
        let path = try file("program: orders.sql\napplication: orders-live\nfrom: -1h")
        func loaded(_ program: String?) throws -> Configuration {
            try load(
                file: path, [:], program.map { [ConfigurationOption("program", $0, option: "the argument")] } ?? []
            )
            .configuration
        }
        #expect(try loaded(nil).application == "orders-live")
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        #expect(try loaded("\(directory)/orders.sql").application == "orders-live")
        let other = try loaded("\(directory)/other.sql")
        #expect(other.application == nil && other.from != nil)
        #expect(other.notes.contains { $0.hasPrefix("application: orders-live in \(path) is of the program") })
        // A file that names no program is for any.
        let shared = try file("application: shared", "shared.yaml")
        #expect(
            try load(file: shared, [:], [ConfigurationOption("program", "a.sql", option: "the argument")])
                .configuration.application == "shared")
    }

    @Test func theFileIsFound() throws {
        let path = try file("threads: 5\n")
        #expect(try load(["MILLRACE_CONFIG": path]).configuration.threads == 5)
        var sources = ConfigurationSources(file: nil, environment: [:], options: [])
        sources.usualPlaces = ["/gone/millrace.yaml", path]
        let usual = try sources.load()
        #expect(usual.configuration.threads == 5 && usual.isUsualFile && usual.file == path)
        sources.usualPlaces = []
        #expect(try sources.load().file == nil)
    }

    /// Variables that Kubernetes makes for a service of that name, and our own tests', mean nothing.
    @Test func strangeVariablesAreNamed() throws {
        let names = [
            "MILLRACE_BINARY", "MILLRACE_KAFKA_SERVICE_HOST", "MILLRACE_PORT", "MILLRACE_PORT_8085_TCP_ADDR",
            "MILLRACE_SERVICE_HOST", "MILLRACE_TZ",
        ]
        let result = try load(Dictionary(uniqueKeysWithValues: names.map { ($0, "x") }))
        #expect(result.ignoredVariables == names)
    }

    /// Environment or options, exit code, parts of what is said.
    static let mistakes: [([String: String], [ConfigurationOption], ExitCode, [String])] = [
        (["MILLRACE_COMIT_INTERVAL": "1s"], [], .configuration, ["E1005", "mean MILLRACE_COMMIT_INTERVAL?"]),
        (
            ["MILLRACE_KAFKA_BOOTSTRAP_SERVER": "k:1"], [], .configuration,
            ["E1005", "mean MILLRACE_KAFKA_BOOTSTRAP_SERVERS?"]
        ),
        (["MILLRACE_THREADS": "many"], [], .configuration, ["MILLRACE_THREADS: error E1003: threads must be"]),
        (["MILLRACE_KAFKA_GROUP_ID": "g"], [], .configuration, ["MILLRACE_KAFKA_GROUP_ID: error E1103"]),
        (["MILLRACE_KAFKA_SASL_PASSWORD_FILE": "/gone"], [], .configuration, ["E1008", "cannot read /gone"]),
        (["MILLRACE_THREADS": "1", "MILLRACE_THREADS_FILE": "/x"], [], .configuration, ["unset one of them"]),
        (
            [:], [ConfigurationOption("threads", "0", option: "--threads")], .usage,
            ["--threads: error E1003", "1 to 256"]
        ),
        (
            [:], [ConfigurationOption("from", "yesterday", option: "--from")], .usage,
            ["--from: error", "write earliest"]
        ),
        ([:], [ConfigurationOption("kafka.x.y", "1", option: "-X")], .configuration, ["-X: error E1101: x.y"]),
        ([:], [ConfigurationOption("application", "a/b", option: "--application")], .usage, ["'a/b' cannot be"]),
    ]

    @Test(arguments: mistakes)
    func mistakesNameTheirSource(
        environment: [String: String], options: [ConfigurationOption], code: ExitCode, texts: [String]
    ) {
        let failure = #expect(throws: RunFailure.self) { try load(environment, options) }
        #expect(failure?.code == code)
        for text in texts { #expect(failure?.rendered.contains(text) == true, "\(failure?.rendered ?? "")") }
    }

    @Test func noSecretInMessages() throws {
        for line in ["  sasl.pasword: hunter2", "  sasl.password: [hunter2]", "  ssl.key.pasword: 'hunter2'"] {
            let path = try file("kafka:\n\(line)\n")
            let failure = #expect(throws: RunFailure.self) { try load(file: path) }
            #expect(failure?.rendered.contains("hunter2") == false, "\(failure?.rendered ?? "")")
            #expect(failure?.rendered.contains("****") == true, "\(failure?.rendered ?? "")")
        }
    }

    // MARK: config show

    @Test func theListingShowsEveryKeyAndNoSecret() throws {
        let path = try file(
            "threads: 2\nhttp.token.file: /run/token\nkafka:\n  bootstrap.servers: k:1\n  sasl.password: hunter2\n")
        let result = try load(file: path, ["MILLRACE_MODE": "batch", "MILLRACE_BINARY": "x"])
        let listing = ConfigurationListing(
            result.configuration, application: "orders", ignoredVariables: result.ignoredVariables)
        for text in [listing.text, listing.json] {
            for key in ConfigurationKey.all { #expect(text.contains(key.name)) }
            #expect(!text.contains("hunter2") && text.contains("****"))
            #expect(text.contains("/run/token") && text.contains("MILLRACE_BINARY"))
        }
        func line(_ key: String) -> [String]? {
            listing.lines.first { $0.key == key }.map { [$0.value ?? "-", $0.origin] }
        }
        #expect(line("threads") == ["2", "\(path):1"])
        #expect(line("mode") == ["batch", "MILLRACE_MODE"])
        #expect(line("application") == ["orders", "the program's name"])
        #expect(line("commit.interval") == ["1s", "default"])
        #expect(line("dead.letter.topic") == ["-", ""])
        #expect(line("kafka.sasl.password") == ["****", "\(path):5"])
        let object = try JSONSerialization.jsonObject(with: Data(listing.json.utf8)) as? [String: Any]
        #expect((object?["settings"] as? [Any])?.count == listing.lines.count)
    }

    /// What the list of keys says of defaults is what holds.
    @Test func defaultsAreTheOnesThatHold() throws {
        var configuration = Configuration()
        for key in [
            "mode", "from", "to", "threads", "commit.interval", "processing.guarantee", "state.flush.interval",
            "decode",
        ] {
            let standard = try #require(ConfigurationKey.named(key)?.standard)
            try configuration.read(key, standard, .option("test"))
        }
        let options = RunOptions(application: "a", cluster: KafkaCluster(.init()), from: .earliest)
        #expect(configuration.from == options.from && configuration.to == options.to)
        #expect(configuration.threads == options.threads)
        #expect(configuration.commitIntervalMilliseconds == options.commitIntervalMilliseconds)
        #expect(configuration.guarantee == options.guarantee)
        #expect(configuration.stateFlushIntervalMilliseconds == options.stateFlushIntervalMilliseconds)
        #expect(configuration.decodesStrictly == options.decodesStrictly)
        #expect(configuration.mode == .hybrid)
        #expect(HTTPSettings.defaultAddress == ConfigurationKey.named("http.address")?.standard)
    }
}
