// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceKafka
import Testing

/// Encryption and logging in, on a real broker: what is right works, and what is wrong has its code and its next step.
@Suite(.enabled(if: Environment.canStartBrokers)) struct TransportTests {
    /// Tokens over HTTPS need a library with libcurl, which Debian's is not.
    static let canFetchTokens = LibraryVersion.features.contains("oidc") || Environment.newestLibrary != nil
    /// Kafka 4 does not take SCRAM as librdkafka before 2.6.1 speaks it.
    static let hasScram = LibraryVersion.supportsScramOnKafka4 || Environment.isKafka3

    // MARK: what works

    /// A way to the brokers.
    struct Way: CustomTestStringConvertible {
        var name: String
        var listener: SecureBroker.Listener
        /// Client properties; `SECRET` stands for the password.
        var properties: [String: String]
        /// Whether it takes the newest library, where the usual one cannot.
        var isNewest = false
        var testDescription: String { name }

        static func login(_ mechanism: String, isNewest: Bool = false, _ more: [String: String] = [:]) -> Way {
            let who = ["sasl.username": "app", "sasl.password": "SECRET"]
            let common = [
                "security.protocol": "sasl_ssl", "ssl.ca.location": "certs/ca.pem", "sasl.mechanism": mechanism,
            ]
            return Way(
                name: mechanism, listener: .login, properties: common.merging(more.isEmpty ? who : more) { $1 },
                isNewest: isNewest)
        }
    }

    private static let tls = ["security.protocol": "ssl", "ssl.ca.location": "certs/ca.pem"]
    private static let pair = ["ssl.certificate.location": "certs/client.crt", "ssl.key.location": "certs/client.key"]
    private static let store = ["ssl.keystore.location": "certs/client.p12", "ssl.keystore.password": "SECRET"]

    private static func ways(_ tokens: TokenEndpoint) -> [Way] {
        var ways = [
            Way(name: "SSL", listener: .ssl, properties: tls),
            Way(name: "mTLS", listener: .mutual, properties: tls.merging(pair) { $1 }),
            Way(name: "mTLS, PKCS#12", listener: .mutual, properties: tls.merging(store) { $1 }),
            Way(
                name: "unchecked", listener: .expired,
                properties: ["security.protocol": "ssl", "enable.ssl.certificate.verification": "false"]),
            .login("PLAIN"),
        ]
        if hasScram || Environment.newestLibrary != nil {
            ways += ["SCRAM-SHA-256", "SCRAM-SHA-512"].map { .login($0, isNewest: !hasScram) }
        }
        if canFetchTokens { ways.append(.login("OAUTHBEARER", isNewest: true, bearer(tokens.url))) }
        return ways
    }

    private static func bearer(_ url: String, secret: String = "SECRET", authority: String = "ca") -> [String: String] {
        [
            "sasl.oauthbearer.method": "oidc", "sasl.oauthbearer.client.id": "app",
            "sasl.oauthbearer.client.secret": secret, "sasl.oauthbearer.token.endpoint.url": url,
            "https.ca.location": "certs/\(authority).pem",
        ]
    }

    /// A broker, its certificates, and a password that is to be seen nowhere.
    private struct Secured {
        let canaries = Canaries()
        let password: String
        let broker: SecureBroker
        let workspace: Workspace

        init() throws {
            password = canaries.make("the password")
            let place = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
            let certificates = try TestCertificates(in: place, password: password)
            broker = try SecureBroker(certificates)
            workspace = try Workspace("tls", bootstrap: broker.address(.plaintext))
            let link = workspace.directory.appendingPathComponent("certs")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: place)
        }

        /// Starts millrace with the properties in the environment, where they are not in the list of processes.
        func start(
            _ words: [String], _ listener: SecureBroker.Listener, _ properties: [String: String], isNewest: Bool = false
        ) throws -> MillraceProcess {
            var environment: [String: String] = [:]
            for (name, value) in properties {
                environment["MILLRACE_KAFKA_" + name.uppercased().replacing(".", with: "_")] =
                    value.replacing("SECRET", with: password)
            }
            // A test that runs with another library than the usual one stays with it.
            if isNewest, !LibraryVersion.features.contains("oidc") {
                environment["LD_LIBRARY_PATH"] = Environment.newestLibrary
            }
            return try MillraceProcess(
                words + ["-b", broker.address(listener)], directory: workspace.directory, environment: environment)
        }
    }

    /// Each way reads, and writes with transactions; and what goes over TLS lives through the end of the broker.
    @Test func everyLogInWorks() throws {
        let secured = try Secured()
        let workspace = secured.workspace
        let input = try workspace.createTopic("orders", partitions: 2)
        var source = Order.Source(partitions: 2, seed: 141)
        var orders = source.next(500)
        try workspace.produce(orders.map(\.record), to: input)
        let ways = Self.ways(secured.broker.tokens)
        let runs = try ways.enumerated().map { index, way in
            let output = try workspace.createTopic("wanted\(index)", partitions: 3)
            let program = try workspace.write(Programs.filter(input, into: output, above: 50), to: "p\(index).sql")
            let options = ["--application", workspace.topic("app\(index)"), "--commit-interval", "200ms"]
            let run = try secured.start(
                ["run", program] + options, way.listener, way.properties, isNewest: way.isNewest)
            return (way: way, output: output, application: workspace.topic("app\(index)"), process: run)
        }
        for run in runs {
            try workspace.waitUntilCaughtUp(run.process, run.application, input, partitions: 2)
        }
        try secured.broker.kill()
        Thread.sleep(forTimeInterval: 3)
        try secured.broker.restart()
        let more = source.next(500)
        orders += more
        try workspace.produce(more.map(\.record), to: input)
        let expected = Expectation.filtered(orders, above: 50).map { "{\"ID\":\($0.id),\"AMOUNT\":\($0.amount)}" }
            .sorted()
        for run in runs {
            try workspace.waitUntilCaughtUp(run.process, run.application, input, partitions: 2)
            #expect(try run.process.stop() == 0, "\(run.way.name): \(run.process.error)")
            #expect(
                try workspace.records(of: run.output).compactMap(\.value).sorted() == expected, "\(run.way.name)")
            secured.canaries.check(run.process, from: run.way.name)
        }
    }

    // MARK: what does not

    struct Mistake {
        var name: String
        var listener: SecureBroker.Listener
        var properties: [String: String]
        var code: String
        var exit: Int32 = 77
        var says: String
        var isNewest = false
    }

    private static let otherProtocol = "this port seems to speak another security.protocol"

    /// Of certificates and of encryption alone.
    private static func mistakesOfTLS() -> [Mistake] {
        let stranger = ["ssl.certificate.location": "certs/stranger.crt", "ssl.key.location": "certs/stranger.key"]
        let otherCA = tls.merging(["ssl.ca.location": "certs/other.pem"]) { $1 }
        return [
            Mistake(
                name: "wrong host", listener: .elsewhere, properties: tls, code: "E3107", says: "is for another name"),
            Mistake(
                name: "wrong CA", listener: .ssl, properties: otherCA, code: "E3105",
                says: "nobody whom ssl.ca.location names"),
            Mistake(
                name: "no CA", listener: .ssl, properties: ["security.protocol": "ssl"], code: "E3105",
                says: "nobody whom ssl.ca.location names"),
            Mistake(name: "expired", listener: .expired, properties: tls, code: "E3106", says: "has expired"),
            Mistake(
                name: "no client certificate", listener: .mutual, properties: tls, code: "E3108",
                says: "the brokers want a client certificate"),
            Mistake(
                name: "a stranger's certificate", listener: .mutual, properties: tls.merging(stranger) { $1 },
                code: "E3108", says: "or do not take this one"),
            Mistake(
                name: "TLS to a plain port", listener: .plaintext, properties: tls, code: "E3109", exit: 69,
                says: otherProtocol),
            Mistake(
                name: "plain to a TLS port", listener: .ssl, properties: [:], code: "E3109", exit: 69,
                says: otherProtocol),
            Mistake(
                name: "TLS without a log-in to a port that wants one", listener: .login, properties: tls, code: "E3109",
                exit: 69, says: otherProtocol),
        ]
    }

    private static func login(
        _ mechanism: String?, _ more: [String: String] = [:], protocol name: String = "sasl_ssl"
    ) -> [String: String] {
        var all = ["security.protocol": name, "ssl.ca.location": "certs/ca.pem"].merging(more) { $1 }
        if let mechanism { all["sasl.mechanism"] = mechanism }
        if more.isEmpty {
            all["sasl.username"] = "app"
            all["sasl.password"] = "SECRETwrong"
        }
        return all
    }

    private static func mistakesOfLogIns(_ tokens: TokenEndpoint) -> [Mistake] {
        // Which Kafka has refused it is not to be seen.
        let refusedScram = LibraryVersion.supportsScramOnKafka4 ? "E3101" : "E3102"
        let all = [
            Mistake(
                name: "a log-in without TLS to a TLS port", listener: .login,
                properties: login("PLAIN", protocol: "sasl_plaintext"), code: "E3109", exit: 69, says: otherProtocol),
            Mistake(
                name: "a log-in to a port without", listener: .ssl, properties: login("PLAIN"), code: "E3109",
                says: otherProtocol),
            Mistake(
                name: "wrong password", listener: .login, properties: login("PLAIN"), code: "E3101",
                says: "Invalid username or password"),
            Mistake(
                name: "wrong password, SCRAM", listener: .login, properties: login("SCRAM-SHA-512"),
                code: refusedScram, says: "invalid credentials"),
            Mistake(
                name: "a mechanism that the broker has not", listener: .login, properties: login("SCRAM-SHA-1"),
                code: "E3110", says: "PLAIN"),
            Mistake(
                name: "a mechanism that nobody has", listener: .login, properties: login("PLAINX"), code: "E1102",
                exit: 78, says: "PLAINX"),
            Mistake(
                name: "no mechanism", listener: .login, properties: login(nil), code: "E1102", exit: 78,
                says: "sasl.mechanism is not set"),
        ]
        guard canFetchTokens else { return all }
        let bearers = [
            ("a wrong secret", bearer(tokens.url, secret: "SECRETwrong"), "this client is not known"),
            ("no endpoint", bearer("https://localhost:1/token"), "token"),
            ("an endpoint of another CA", bearer(tokens.url, authority: "other"), "certificate"),
        ]
        return all
            + bearers.map { name, properties, says in
                Mistake(
                    name: name, listener: .login, properties: login("OAUTHBEARER", properties), code: "E3111",
                    says: says, isNewest: true)
            }
    }

    /// Every mistake with `topics`, and every third of them, in turn, with each other command.
    @Test func everyMistakeIsNamed() throws {
        let secured = try Secured()
        let program = try secured.workspace.write(Programs.filter("orders", into: "wanted", above: 50), to: "p.sql")
        let others = [["doctor", program, "--format", "json"], ["run", program], ["replay", program]]
        let mistakes = Self.mistakesOfTLS() + Self.mistakesOfLogIns(secured.broker.tokens)
        let tries = mistakes.enumerated().flatMap { index, mistake in
            [["topics"], others[index % others.count]].map { (mistake: mistake, words: $0) }
        }
        // Most of them wait for a while: some at once.
        let together = 20
        for start in stride(from: 0, to: tries.count, by: together) {
            let running = try tries[start..<min(start + together, tries.count)].map { one in
                let process = try secured.start(
                    one.words, one.mistake.listener, one.mistake.properties, isNewest: one.mistake.isNewest)
                return (one: one, process: process)
            }
            for (one, process) in running {
                let name = "\(one.mistake.name), \(one.words[0])"
                let code = try process.exitCode(seconds: 60)
                let text = process.output + process.error
                #expect(code == one.mistake.exit, "\(name): \(text)")
                #expect(text.contains(one.mistake.code) && text.contains(one.mistake.says), "\(name): \(text)")
                secured.canaries.check(process, from: name)
                // The next step, with what it is about.
                let last = process.error.split(separator: "\n").last ?? ""
                #expect(one.words[0] == "doctor" || last.hasPrefix("  "), "\(name): \(text)")
            }
        }
    }

    /// Debian's library says at once that it cannot fetch tokens, and where to look.
    @Test(.enabled(if: !LibraryVersion.features.contains("oidc")))
    func aLibraryWithoutTokensIsNamed() throws {
        let workspace = try Workspace("tokens", bootstrap: "127.0.0.1:1")
        let process = try workspace.command([
            "topics", "-b", "127.0.0.1:1", "-X", "sasl.oauthbearer.method=oidc",
        ])
        #expect(try process.exitCode() == 78)
        #expect(process.error.contains("E3004") && process.error.contains("install a librdkafka"), "\(process.error)")
    }
}
