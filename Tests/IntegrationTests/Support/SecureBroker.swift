// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A broker with a listener for each way to encrypt and to log in, and for each thing that may be wrong with its
/// certificate. Certificates are in `certs` below the directory, the user `app` has the password.
final class SecureBroker {
    enum Listener: Int, CaseIterable {
        case plaintext, ssl, mutual, elsewhere, expired, login

        fileprivate var name: String { "\(self)".uppercased() }

        fileprivate var `protocol`: String {
            switch self {
            case .plaintext: "PLAINTEXT"
            case .ssl, .mutual, .elsewhere, .expired: "SSL"
            case .login: "SASL_SSL"
            }
        }

        fileprivate var certificate: String? {
            switch self {
            case .plaintext: nil
            case .ssl, .mutual, .login: "broker"
            case .elsewhere: "elsewhere"
            case .expired: "expired"
            }
        }
    }

    private let port: Int
    private let certificates: TestCertificates
    private let broker: OwnBroker
    /// Where tokens for OAUTHBEARER come from.
    let tokens: TokenEndpoint

    init(_ certificates: TestCertificates) throws {
        let port = Int.random(in: 1200..<2000) * 10
        self.port = port
        self.certificates = certificates
        tokens = try TokenEndpoint(certificates)
        let controller = "127.0.0.1:\(port + 9)"
        func list(_ text: (Listener) -> String) -> String { Listener.allCases.map(text).joined(separator: ",") }
        let addresses = list { "\($0.name)://127.0.0.1:\(port + $0.rawValue)" }
        let modules = "org.apache.kafka.common.security"
        var settings = [
            "listeners=\(addresses),CONTROLLER://\(controller)", "advertised.listeners=\(addresses)",
            "listener.security.protocol.map=\(list { "\($0.name):\($0.protocol)" }),CONTROLLER:PLAINTEXT",
            "controller.quorum.voters=1@\(controller)", "inter.broker.listener.name=PLAINTEXT",
            "listener.name.mutual.ssl.client.auth=required",
        ]
        for listener in Listener.allCases {
            guard let name = listener.certificate else { continue }
            for (store, file) in [("keystore", "\(name).pem"), ("truststore", "ca.pem")] {
                let prefix = "listener.name.\(listener).ssl.\(store)"
                settings += ["\(prefix).type=PEM", "\(prefix).location=\(certificates.file(file).path)"]
            }
        }
        let login = "listener.name.login"
        settings += [
            "\(login).sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
            "\(login).plain.sasl.jaas.config=\(modules).plain.PlainLoginModule required "
                + "user_app=\"\(certificates.password)\";",
            "\(login).scram-sha-256.sasl.jaas.config=\(modules).scram.ScramLoginModule required;",
            "\(login).scram-sha-512.sasl.jaas.config=\(modules).scram.ScramLoginModule required;",
            "\(login).oauthbearer.sasl.jaas.config=\(modules).oauthbearer.OAuthBearerLoginModule required;",
            "\(login).oauthbearer.sasl.server.callback.handler.class="
                + "\(modules).oauthbearer.OAuthBearerValidatorCallbackHandler",
            "\(login).oauthbearer.sasl.oauthbearer.jwks.endpoint.url=\(tokens.keys)",
        ]
        broker = try OwnBroker(
            settings, port: port,
            environment: ["JAVA_TOOL_OPTIONS": "-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=\(tokens.keys)"])
        // Both in one request are refused.
        for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"] {
            try OwnBroker.tool([
                "kafka.admin.ConfigCommand", "--bootstrap-server", address(.plaintext), "--alter", "--entity-type",
                "users", "--entity-name", "app", "--add-config", "\(mechanism)=[password=\(certificates.password)]",
            ])
        }
    }

    deinit { try? FileManager.default.removeItem(at: certificates.directory) }

    func address(_ listener: Listener) -> String { "127.0.0.1:\(port + listener.rawValue)" }

    /// Ends it as a crash does.
    func kill() throws { try broker.kill() }

    func restart() throws { try broker.restart() }
}

/// Gives tokens to the client `app` with the password, over HTTPS. Its certificate is of `ca`.
final class TokenEndpoint {
    private let process: ChildProcess
    /// Where the brokers find the keys that tokens are signed with.
    let keys: String
    let url: String

    init(_ certificates: TestCertificates) throws {
        let script = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Oracle/token_endpoint.py")
            .standardized
        let output = certificates.file("tokens.out")
        process = try ChildProcess(
            "/usr/bin/env", ["python3", script.path, "broker.pem", "app"], directory: certificates.directory,
            output: output, error: certificates.file("tokens.err"), environment: ["SECRET": certificates.password])
        var port = ""
        try Deadline(seconds: 20).wait(for: "the token endpoint") {
            let words = try String(contentsOf: output, encoding: .utf8).split(separator: " ")
            port = words.last?.hasSuffix("\n") == true ? words.last?.dropLast().description ?? "" : ""
            return !port.isEmpty
        }
        keys = certificates.file("jwks.json").absoluteString
        url = "https://localhost:\(port)/token"
    }
}
