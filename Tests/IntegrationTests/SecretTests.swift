// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Whatever is secret stays secret: canaries wherever a secret can be given, and a look at all that every command says.
@Suite(.enabled(if: Environment.binary != nil)) struct SecretTests {
    private let canaries = Canaries()
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
        "secrets-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) }

    private func write(_ text: String, to name: String) throws {
        let path = directory.appendingPathComponent(name)
        try text.write(to: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path.path)
    }

    private func run(
        _ words: [String], environment: [String: String] = [:], seconds: Double = 60
    ) throws -> (process: MillraceProcess, code: Int32) {
        let process = try MillraceProcess(words, directory: directory, environment: environment)
        return (process, try process.exitCode(seconds: seconds))
    }

    private static let program = """
        CREATE STREAM orders (user VARCHAR KEY, n BIGINT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');
        CREATE STREAM copy AS SELECT * FROM orders;

        """

    // MARK: sound configurations

    /// Every place that takes a secret, filled; nobody answers at the broker's address.
    private func writeEverything() throws -> [String: String] {
        try write(Self.program, to: "p.sql")
        try write(canaries.make("${file:}") + "\n", to: "oauth")
        try write(canaries.make("…_FILE") + "\n", to: "key")
        try write(canaries.make("http.token.file"), to: "token")
        try write(canaries.make("http.admin.token.file"), to: "admin")
        let module = "org.apache.kafka.common.security.plain.PlainLoginModule"
        try write(
            """
            security.protocol=SASL_PLAINTEXT
            sasl.jaas.config=\(module) required username="visible-user" password="\(canaries.make("JAAS"))";
            ssl.key.password=\(canaries.make("client.properties, ssl.key.password"))
            ssl.keystore.key=\(canaries.make("client.properties, ssl.keystore.key"))
            ssl.truststore.password=\(canaries.make("client.properties, ssl.truststore.password"))

            """, to: "client.properties")
        try write(
            """
            program: p.sql
            command.config: client.properties
            http.token.file: token
            http.admin.token.file: admin
            kafka:
              bootstrap.servers: 127.0.0.1:1
              sasl.oauthbearer.config: ${file:oauth}
              ssl.keystore.password: ${env:KEYSTORE}
              ssl.key.password: \(canaries.make("ssl.key.password"))
              ssl.certificate.pem: |
                -----BEGIN CERTIFICATE-----
                \(canaries.make("ssl.certificate.pem"))
                -----END CERTIFICATE-----

            """, to: "m.yaml")
        return [
            "KEYSTORE": canaries.make("${env:}"), "MILLRACE_KAFKA_SASL_PASSWORD": canaries.make("the environment"),
            "MILLRACE_KAFKA_SSL_KEY_PASSWORD_FILE": "key",
        ]
    }

    /// Fault 76.
    /// What is said with them: `config show` and all that stays without a broker.
    @Test(arguments: ["text", "json"])
    func nothingShowsThem(format: String) throws {
        var environment = try writeEverything()
        environment["MILLRACE_LOG_FORMAT"] = format
        let option = ["-X", "ssl.key.pem=\(canaries.make("-X"))", "-X", "debug=all", "--log-level", "debug"]
        let configuration = ["-c", "m.yaml"] + option
        let commands: [[String]] = [
            ["validate"] + configuration, ["config", "show"] + configuration,
            ["config", "show", "--format", "json"] + configuration,
            ["doctor"] + configuration, ["doctor", "--format", "json"] + configuration,
            ["topics"] + configuration, ["topics", "peek", "orders"] + configuration,
            ["init", "orders"] + configuration,
            ["replay", "--to", "now"] + configuration, ["explain"] + configuration,
            ["status", "-c", "m.yaml", "--http", "127.0.0.1:1"],
        ]
        // Most of them wait in vain for a broker: all at once.
        let processes = try commands.map { words in
            (
                words.prefix { $0 != "-c" }.joined(separator: " "),
                try MillraceProcess(words, directory: directory, environment: environment)
            )
        }
        for (name, process) in processes {
            let code = try process.exitCode(seconds: 90)
            canaries.check(process, from: name)
            #expect(!(process.output + process.error).isEmpty, "\(name)")
            guard name == "config show" else { continue }
            #expect(code == 0, "\(process.error)")
            // The secrets were taken, each at its place.
            #expect(process.output.components(separatedBy: "****").count == 7, "\(process.output)")
            #expect(process.output.contains("visible-user"))
        }
        let running = try MillraceProcess(["run"] + configuration, directory: directory, environment: environment)
        try running.waitToSay("librdkafka: ")
        _ = try? running.stop()
        canaries.check(running, from: "run")
    }

    // MARK: mistakes

    /// A configuration, with `CANARY` for the secret.
    static let configurations = [
        "kafka:\n  sasl.pasword: CANARY", "kafka:\n  sasl.password: [CANARY]", "kafka:\n  sasl.password: {a: CANARY}",
        "kafka: {bootstrap.servers: k:1, sasl.password: CANARY, nonsense: 1}", "sasl.password: CANARY",
        "kafka:\n  sasl.password: \"CANARY\n  client.id: x", "kafka:\n  sasl.password: 'CANARY' x",
        "kafka:\n  ssl.key.pem: |\n    a\n    CANARY\n   b: c", "kafka:\n  ssl.key.pem: |\n    CANARY\n  acks: 1",
        "kafka:\n  sasl.password: ${env:NO_SUCH_VARIABLE:-CANARY", "kafka:\n  sasl.password: ${evn:X}CANARY",
        "kafka:\n  sasl.password: CANARY${file:/gone}", "kafka:\n  sasl.password: CANARY: x",
        "kafka:\n  sasl.password: CANARY\n  sasl.password: CANARY", "http.token: CANARY", "password: CANARY",
        "kafka:\n  sasl.password: CANARY\nthreads: 0", "sql: |\n  SET 'sasl.password' = 'CANARY';",
        "sql: \"SET 'sasl.password' = 'CANARY'; SELECT\"",
        "kafka:\n  sasl.jaas.config: a required password=\"CANARY\";",
        "kafka:\n\tsasl.password: CANARY", "kafka:\n  - sasl.password: CANARY",
        "kafka:\n  sasl.oauthbearer.client.secret: CANARY\nthreads: 0",
        "kafka:\n  sasl.password:\n    CANARY: x",
        "kafka:\n  sasl.password: &CANARY x\n  sasl.username: *nobody", "kafka:\n  sasl.password: !CANARY",
    ]

    @Test(arguments: configurations)
    func aBrokenConfigurationShowsNone(yaml: String) throws {
        try write(Self.program, to: "p.sql")
        let text = yaml.replacing("CANARY", with: canaries.make(yaml))
        try write((text.contains("sql:") ? "" : "program: p.sql\n") + text + "\n", to: "m.yaml")
        for words in [["validate"], ["config", "show"], ["run", "--log-format", "json"]] {
            let (process, code) = try run(words + ["-c", "m.yaml"])
            #expect(code != 0, "\(process.output)")
            #expect(process.error.contains(/E[1-6]\d\d\d/), "\(process.error)")
            canaries.check(process, from: words[0])
        }
    }

    /// A program.
    static let programs = [
        "SET 'sasl.password' = 'CANARY';", "SET 'sasl.password' 'CANARY';", "SET sasl.password=CANARY;",
        "SET 'sasl.password' = 'CANARY", "SET 'ksql.streams.sasl.jaas.config' = 'x required password=\"CANARY\";';",
        "SET 'ssl.key.pem' =\n  'CANARY\n';", "SET 'sasl.password' = 'CANARY' 'x';",
        "SET 'sasl.password' = 'CANARY'; SELECT nonsense FROM orders;",
    ]

    @Test(arguments: programs)
    func aBrokenProgramShowsNone(sql: String) throws {
        try write(Self.program + sql.replacing("CANARY", with: canaries.make(sql)) + "\n", to: "p.sql")
        for words in [["validate"], ["explain"], ["run", "--log-format", "json"]] {
            let (process, code) = try run(words + ["p.sql"])
            #expect(code == 78, "\(process.error)")
            canaries.check(process, from: words[0])
        }
    }

    /// A Java client's file.
    static let clientFiles = [
        "sasl.jaas.config=password=\"CANARY\";", "sasl.jaas.config=x.PlainLoginModule required password=\"CANARY\";",
        "sasl.jaas.config=a.b.Mine required password=\"CANARY\";", "sasl.jaas.config=password=CANARY username=x;",
        "sasl.jaas.config=x.PlainLoginModule required username=\"u\" password=\"CANARY;",
        "sasl.jaas.config=x.OAuthBearerLoginModule required clientSecret=\"CANARY\";",
        "sasl.jaas.config=x.ScramLoginModule required tokenauth=\"true\" password=\"CANARY\";",
        "ssl.keystore.location=k.jks\nssl.keystore.password=CANARY", "ssl.key.password=CANARY\\u00",
        "ssl.truststore.location=t.jks\nssl.truststore.password=CANARY",
    ]

    @Test(arguments: clientFiles)
    func aBrokenClientFileShowsNone(text: String) throws {
        try write(Self.program, to: "p.sql")
        try write(text.replacing("CANARY", with: canaries.make(text)) + "\n", to: "client.properties")
        let (process, code) = try run(["validate", "p.sql", "--command-config", "client.properties"])
        #expect(code != 0)
        canaries.check(process, from: "validate")
    }

    /// Words of a command line, and variables.
    static let commandLines: [([String], [String: String])] = [
        (["-X", "sasl.password:CANARY"], [:]), (["-X", "sasl.password", "CANARY"], [:]), (["-pCANARY"], [:]),
        (["-X", "sasl.pasword=CANARY"], [:]), (["-X=sasl.password=CANARY", "--threads", "0"], [:]),
        (["--sasl.password=CANARY"], [:]), (["-Xsasl.password=CANARY", "--bogus"], [:]),
        (["-X", "CANARY=1", "x"], [:]), (["-X", "acks=1", "-X", "sasl.password=CANARY"], [:]),
        ([], ["MILLRACE_KAFKA_SASL_PASWORD": "CANARY"]),
        ([], ["MILLRACE_THREADS": "0", "MILLRACE_SASL_PASSWORD": "CANARY"]),
        ([], ["MILLRACE_KAFKA_SASL_PASSWORD": "CANARY", "MILLRACE_KAFKA_SASL_PASSWORD_FILE": "/gone"]),
        ([], ["MILLRACE_KAFKA_SASL_PASSWORD": "CANARY", "MILLRACE_MODE": "no"]),
    ]

    @Test(arguments: commandLines)
    func aBrokenCommandLineShowsNone(words: [String], environment: [String: String]) throws {
        try write(Self.program, to: "p.sql")
        // The name of a property is no secret, even where it is not one.
        let secret = words.contains("CANARY=1") ? "name" : canaries.make("\(words) \(environment)")
        let (process, code) = try run(
            ["validate", "p.sql"] + words.map { $0.replacing("CANARY", with: secret) },
            environment: environment.mapValues { $0.replacing("CANARY", with: secret) })
        #expect(code != 0 || environment.keys.contains("MILLRACE_SASL_PASSWORD"), "\(process.error)")
        canaries.check(process, from: "validate")
    }

    @Test func aBrokenTokenShowsNone() throws {
        try write(Self.program, to: "p.sql")
        try write(canaries.make("a token with a blank") + " b\n", to: "token")
        let (process, code) = try run(
            ["run", "p.sql", "-b", "127.0.0.1:1", "--http", "127.0.0.1:0", "--http-token-file", "token"])
        #expect(code == 78)
        #expect(process.error.contains("E1302"))
        canaries.check(process, from: "run")
    }
}

/// The same on a broker that asks for a password.
@Suite(.enabled(if: Environment.canStartBrokers)) struct SecretBrokerTests {
    /// A broker with a program over it, and secrets at every place.
    private struct Guarded {
        let canaries = Canaries()
        let broker: OwnBroker
        let workspace: Workspace
        let token: String
        let admin: String
        let format: String

        init(format: String) throws {
            self.format = format
            let password = canaries.make("sasl.password")
            token = canaries.make("http.token.file")
            admin = canaries.make("http.admin.token.file")
            broker = try OwnBroker.guarded(password: password)
            workspace = try Workspace(
                "secrets", bootstrap: broker.bootstrap, login: (user: "admin", password: password))
            let program = Programs.aggregate(
                "orders", into: "totals", by: "user", window: .init(size: 10_000, grace: 0), emit: "CHANGES")
            _ = try workspace.write(program, to: "p.sql")
            _ = try workspace.write(token, to: "token")
            _ = try workspace.write(admin, to: "admin")
            try write(format == "json" ? nil : password, to: "m.yaml")
            let module = "org.apache.kafka.common.security.plain.PlainLoginModule"
            _ = try workspace.write(
                "sasl.jaas.config=\(module) required username=\"admin\" password=\"\(password)\";\n",
                to: "client.properties")
            try write(canaries.make("a wrong password"), to: "wrong.yaml")
        }

        /// - Parameter password: nil: a Java client's file has it.
        private func write(_ password: String?, to name: String) throws {
            _ = try workspace.write(
                """
                program: p.sql
                http.token.file: token
                http.admin.token.file: admin
                kafka:
                  bootstrap.servers: \(broker.bootstrap)
                  security.protocol: sasl_plaintext
                  sasl.mechanism: PLAIN
                  debug: all
                  \(password.map { "sasl.username: admin\n  sasl.password: \($0)" } ?? "")
                \(password == nil ? "command.config: client.properties" : "")

                """, to: name)
        }

        func start(_ words: [String]) throws -> MillraceProcess {
            try MillraceProcess(words, directory: workspace.directory, environment: ["MILLRACE_LOG_FORMAT": format])
        }

        /// Runs them to their ends, all at once, and looks at all that they have said.
        func check(_ lines: String..., expecting wanted: Int32 = 0) throws {
            let processes = try lines.map { try start($0.split(separator: " ").map(String.init)) }
            for (line, process) in zip(lines, processes) {
                let code = try process.exitCode(seconds: 90)
                #expect(code == wanted, "\(line): \(process.error.suffix(2000))")
                canaries.check(process, from: line)
            }
        }
    }

    /// Fault 76.
    @Test(arguments: ["text", "json"])
    func noCommandShowsThem(format: String) throws {
        let guarded = try Guarded(format: format)
        try guarded.check("doctor -c m.yaml", expecting: 1)
        try guarded.check("topics -c m.yaml")
        try guarded.check("run -c m.yaml", expecting: 66)
        try guarded.check(
            "run -c wrong.yaml --log-level info", "replay -c wrong.yaml", "doctor --format json -c wrong.yaml",
            expecting: 77)
        try guarded.workspace.createExactTopic("orders")
        try guarded.check("explain -c m.yaml")
        try guarded.check("topics peek orders -c m.yaml")
        try guarded.check("replay -c m.yaml --report replay.json")

        let run = try guarded.start(["run", "-c", "m.yaml", "--http", "127.0.0.1:0"])
        try run.waitToSay(format == "json" ? #""message":"live""# : "\nlive")
        try look(at: StatusReader(run), guarded)
        // What Swift's runtime says of a process that fails, where it says something.
        run.send(SIGABRT)
        try? run.waitToSay("Backtrace took", seconds: 20)
        try run.crash()
        guarded.canaries.check(run, from: "run")
        // The look has seen something: librdkafka's debug lines, with the user's name.
        #expect(run.error.contains("sasl.username"), "\(run.error.prefix(4000))")
        let report = guarded.workspace.directory.appendingPathComponent("replay.json")
        guarded.canaries.check(try String(contentsOf: report, encoding: .utf8), from: "the report")
    }

    private func look(at page: StatusReader, _ guarded: Guarded) throws {
        for path in ["/", "/api/v1/status", "/metrics", "/readyz?verbose", "/info", "/healthcheck", "/nowhere"] {
            for token in [guarded.token, "wrong"] {
                let answer = try page.get(path, "Authorization: Bearer \(token)\r\n")
                guarded.canaries.check(answer, from: path)
            }
        }
        #expect(try page.get("/api/v1/status", "Authorization: Bearer \(guarded.token)\r\n").contains("sasl.username"))
        guarded.canaries.check(try page.post("/api/v1/pause", token: guarded.admin), from: "pause")
        try guarded.check("status -c m.yaml --format json --http 127.0.0.1:\(page.port)")
    }
}
