// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Certificates of the tests' own, made by openssl, in files below one directory.
///
///     ca.pem      other.pem     two CAs
///     broker      elsewhere     expired       of brokers, by `ca`: NAME.pem is the key with the chain
///     client      stranger                    of clients, by `ca` and by `other`: NAME.key, NAME.crt
///     client.p12                              the same as `client`, under a password
struct TestCertificates {
    let directory: URL
    let password: String

    init(in directory: URL, password: String) throws {
        self.directory = directory
        self.password = password
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for name in ["ca", "other"] {
            try openssl(
                "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=\(name) -keyout \(name).key -out \(name).pem")
        }
        let here = "DNS:localhost,IP:127.0.0.1"
        try issue("broker", by: "ca", names: here)
        try issue("elsewhere", by: "ca", names: "DNS:elsewhere.example")
        try issue("expired", by: "ca", names: here, days: -1)
        try issue("client", by: "ca", names: "DNS:client")
        try issue("stranger", by: "other", names: "DNS:client")
        try openssl("pkcs12 -export -inkey client.key -in client.crt -out client.p12 -passout pass:\(password)")
    }

    private func issue(_ name: String, by authority: String, names: String, days: Int = 30) throws {
        try openssl("req -newkey rsa:2048 -nodes -subj /CN=\(name) -keyout \(name).key -out \(name).csr")
        try "subjectAltName=\(names)\n".write(to: file("\(name).ext"), atomically: true, encoding: .utf8)
        try openssl(
            "x509 -req -in \(name).csr -CA \(authority).pem -CAkey \(authority).key -CAcreateserial -days \(days) "
                + "-extfile \(name).ext -out \(name).crt")
        let parts = try ["\(name).key", "\(name).crt", "\(authority).pem"].map { try text($0) }
        try parts.joined().write(to: file("\(name).pem"), atomically: true, encoding: .utf8)
    }

    func file(_ name: String) -> URL { directory.appendingPathComponent(name) }

    func text(_ name: String) throws -> String { try String(contentsOf: file(name), encoding: .utf8) }

    private func openssl(_ arguments: String) throws {
        let process = try ChildProcess(
            "/usr/bin/env", ["openssl"] + arguments.split(separator: " ").map(String.init), directory: directory,
            output: file("openssl.out"), error: file("openssl.err"))
        guard try process.exitCode(seconds: 30) == 0 else {
            throw Unexpected("openssl \(arguments): \(try text("openssl.err"))")
        }
    }
}
