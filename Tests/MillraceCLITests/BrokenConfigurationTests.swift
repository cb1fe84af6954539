// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceReport
import Testing
@testable import MillraceCLI

/// Configurations and programs that are broken in one way each: `validate` names code, place and next step.
final class BrokenConfigurationTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("broken-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private static let source =
        "CREATE STREAM orders (user VARCHAR KEY, n BIGINT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');\n"

    private func write(_ text: String, _ name: String) throws {
        try text.write(to: directory.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }

    private func load(
        yaml: String, sql: String = "CREATE STREAM copy AS SELECT * FROM orders;\n", client: String = ""
    ) throws -> LoadedProgram {
        try write(yaml, "m.yaml")
        try write(Self.source + sql, "p.sql")
        try write(client, "client.properties")
        let file = directory.appendingPathComponent("m.yaml").path
        return try LoadedProgram(ConfigurationArguments(file: file), Console())
    }

    /// YAML, code, place, a part of the next step.
    static let configurations: [(String, ErrorCode, String, String)] = [
        ("program: p.sql\nthread: 2", .unknownKey, "m.yaml:2:1", "did you mean threads?"),
        ("program: p.sql\nbootstrap.servers: k:1", .unknownKey, "m.yaml:2:1", "below kafka:"),
        ("program: p.sql\nkafka:\n  bootstrap.server: k:1", .unknownProperty, "m.yaml:3:3", "bootstrap.servers"),
        ("program: p.sql\nkafka:\n  sasl.jaas.config: x", .unknownProperty, "m.yaml:3:3", "E1101"),
        ("program: p.sql\nkafka: localhost:9092", .wrongValue, "m.yaml:2:8", "bootstrap.servers: localhost:9092"),
        ("program: p.sql\nkafka:\n  bootstrap:\n    servers: k", .wrongValue, "m.yaml:4:5", "with dots"),
        ("program: p.sql\nkafka:\n  acks: 1", .ownedProperty, "m.yaml:3:3", "leave acks out"),
        ("program: p.sql\nkafka:\n  group.id: g", .ownedProperty, "m.yaml:3:3", "leave group.id out"),
        ("program: p.sql\nkafka:\n  isolation.level: x", .ownedProperty, "m.yaml:3:3", "leave isolation.level out"),
        ("program: p.sql\nkafka:\n  plugin.library.paths: x", .refusedProperty, "m.yaml:3:3", "leave plugin"),
        ("program: p.sql\nkafka:\n  sasl.kerberos.kinit.cmd: x", .refusedProperty, "m.yaml:3:3", "leave sasl"),
        ("program: p.sql\nkafka:\n  ssl.engine.location: x", .refusedProperty, "m.yaml:3:3", "leave ssl"),
        ("program: p.sql\nkafka:\n  linger.ms: soon", .wrongPropertyValue, "m.yaml:3:3", "E1102"),
        ("program: p.sql\nkafka:\n  security.protocol: tls", .wrongPropertyValue, "m.yaml:3:3", "E1102"),
        ("program: p.sql\nthreads: 0", .wrongValue, "m.yaml:2:10", "from 1 to 256"),
        ("program: p.sql\ncommit.interval: 5", .wrongValue, "m.yaml:2:18", "500ms"),
        ("program: p.sql\ncommit.interval: 1h", .wrongValue, "m.yaml:2:18", "between 1ms and 10m"),
        ("program: p.sql\nmode: lambda", .wrongValue, "m.yaml:2:7", "batch, stream, hybrid"),
        ("program: p.sql\nfrom: yesterday", .wrongValue, "m.yaml:2:7", "write earliest"),
        ("program: p.sql\nto: earliest", .wrongValue, "m.yaml:2:5", "write earliest"),
        ("program: p.sql\ndecode: fast", .wrongValue, "m.yaml:2:9", "strict or lazy"),
        ("program: p.sql\nprocessing.guarantee: maybe", .wrongValue, "m.yaml:2:23", "exactly_once_v2"),
        ("program: p.sql\nstate.flush.interval: 1ms", .wrongValue, "m.yaml:2:23", "100ms to 24h"),
        ("program: p.sql\napplication: a/b", .wrongValue, "m.yaml:2:14", "letters"),
        ("program: p.sql\nhttp.port: 70000", .wrongValue, "m.yaml:2:12", "up to 65535"),
        ("program: p.sql\nhttp.address: here", .wrongValue, "m.yaml:2:15", "127.0.0.1"),
        ("program: p.sql\nsql: SELECT", .wrongValue, "m.yaml:2:1", "keep one of them"),
        ("program: p.sql\nthreads: 1\nthreads: 2", .malformedFile, "m.yaml:3:1", "line 2"),
        ("program: p.sql\n\tthreads: 1", .malformedFile, "m.yaml:2:1", ""),
        ("program: 'p.sql", .malformedFile, "m.yaml:1:16", ""),
        ("program: p.sql\napplication: ${env:MILLRACE_NO_SUCH}", .unresolvedReference, "m.yaml:2:14", ":-value"),
        ("program: p.sql\napplication: ${file:/gone}", .unresolvedReference, "m.yaml:2:14", "/gone"),
        ("program: gone.sql", .unreadableFile, "gone.sql", ""),
        ("program: p.sql\ncommand.config: gone.properties", .unreadableFile, "m.yaml:2:17", "gone.properties"),
        ("threads: 1", .noProgram, "no program", "program: or sql:"),
    ]

    /// Fault 73.
    @Test(arguments: configurations)
    func configurationsAreNamed(yaml: String, code: ErrorCode, place: String, step: String) {
        check(code, place, step) { try load(yaml: yaml) }
    }

    /// SQL, code, place, a part of the next step.
    static let programs: [(String, ErrorCode, String, String)] = [
        ("CREATE STREAM x AS SELCT * FROM orders;", .sqlSyntax, "p.sql:2:", ""),
        ("CREATE STREAM x AS SELECT * FROM;", .sqlSyntax, "p.sql:2:", ""),
        ("CREATE STREAM x AS SELECT amuont FROM orders;", .sqlMeaning, "p.sql:2:27", ""),
        ("CREATE STREAM x AS SELECT n FROM ordres;", .sqlMeaning, "p.sql:2:34", "ORDERS"),
        (
            "SET 'num.stream.thread' = '2'; CREATE STREAM x AS SELECT * FROM orders;", .sqlSetting, "p.sql:2:",
            "num.stream.threads"
        ),
        (
            "SET 'commit.interval.ms' = 'soon'; CREATE STREAM x AS SELECT * FROM orders;", .sqlSetting, "p.sql:2:",
            "600000"
        ),
    ]

    @Test(arguments: programs)
    func programsAreNamed(sql: String, code: ErrorCode, place: String, step: String) {
        check(code, place, step) { try load(yaml: "program: p.sql", sql: sql + "\n") }
    }

    /// A Java client's file, code, its place, a part of the next step.
    static let clients: [(String, ErrorCode, String, String)] = [
        ("ssl.truststore.location=t.jks", .untranslatedStore, "client.properties:1", "keytool -importkeystore"),
        ("a=1\nsasl.jaas.config=com.acme.Login required;", .untranslatedLogin, "client.properties:2", "PLAIN"),
        ("a=\\u00", .malformedClientFile, "client.properties:1", ""),
    ]

    /// Fault 73.
    @Test(arguments: clients)
    func clientFilesAreNamed(client: String, code: ErrorCode, place: String, step: String) {
        check(code, place, step) { try load(yaml: "program: p.sql\ncommand.config: client.properties", client: client) }
    }

    private func check(_ code: ErrorCode, _ place: String, _ step: String, _ load: () throws -> LoadedProgram) {
        let failure = #expect(throws: RunFailure.self) { _ = try load() }
        let text = failure?.rendered ?? ""
        #expect(text.contains(code.rawValue), "\(text)")
        #expect(text.contains(place), "\(text)")
        #expect(step.isEmpty || text.contains(step), "\(text)")
    }

    /// Ten sound ones.
    @Test(arguments: [
        "", "kafka: {bootstrap.servers: k:9092}", "kafka:\n  security.protocol: SASL_SSL\n  sasl.mechanism: PLAIN",
        "threads: 4\ncommit.interval: 500ms", "from: -48h\nto: now\nmode: batch", "http.port: off",
        "kafka:\n  sasl.password: ${env:MILLRACE_NO_SUCH:-x}", "processing.guarantee: at_least_once",
        "state.flush.interval: off\ndecode: strict\nfuture.limit: 1d", "command.config: client.properties",
    ])
    func soundOnesAreTaken(yaml: String) throws {
        let program = try load(
            yaml: "program: p.sql\n\(yaml)\n", client: "security.protocol=PLAINTEXT\nkey.deserializer=x\n")
        #expect(program.application == "p")
    }
}
