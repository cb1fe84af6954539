// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceTestKit
import Testing

@testable import MillraceRegistry

struct RegistryTLSTests {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("registry-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for name in ["server", "client", "elsewhere"] {
            let names = name == "elsewhere" ? "DNS:elsewhere.example" : "IP:127.0.0.1"
            try openssl([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)", "-keyout", "\(name).key", "-out",
                "\(name).crt",
            ])
            let text = try ["\(name).key", "\(name).crt"].map { try String(contentsOf: file($0), encoding: .utf8) }
            try text.joined().write(to: file("\(name).pem"), atomically: true, encoding: .utf8)
        }
    }

    private func file(_ name: String) -> URL { directory.appendingPathComponent(name) }

    private func openssl(_ arguments: [String]) throws {
        let paths = arguments.map { $0.hasSuffix(".key") || $0.hasSuffix(".crt") ? file($0).path : $0 }
        _ = try HelperProcess(["openssl"] + paths).rest()
    }

    private func registry(_ certificate: String, clients: Bool = false) throws -> Fixture {
        var options = StandInRegistry.Options()
        options.certificate = file("\(certificate).pem").path
        if clients { options.clientAuthority = file("client.crt").path }
        return try Fixture(options)
    }

    @Test func whoIsTrustedIsNamedByFileOrText() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let fixture = try registry("server")
        #expect(failure { try fixture.client().subjects() }?.kind == .certificate)
        let path = file("server.crt").path
        #expect(try fixture.client { $0.authority = .file(path) }.subjects() == [])
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(try fixture.client { $0.authority = .text(text) }.subjects() == [])
        let missing = file("none.crt").path
        #expect(failure { try fixture.client { $0.authority = .file(missing) }.subjects() }?.kind == .certificate)
    }

    @Test func theNameIsChecked() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let fixture = try registry("elsewhere")
        let path = file("elsewhere.crt").path
        #expect(failure { try fixture.client { $0.authority = .file(path) }.subjects() }?.kind == .certificate)
        let unchecked = try fixture.client {
            $0.authority = .file(path)
            $0.checksHostName = false
        }
        #expect(try unchecked.subjects() == [])
    }

    @Test func aClientShowsItsCertificate() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let fixture = try registry("server", clients: true)
        let (authority, certificate, key) = (file("server.crt").path, file("client.crt").path, file("client.key").path)
        #expect(
            failure {
                try fixture.client {
                    $0.authority = .file(authority); $0.retries = 0
                }.subjects()
            } != nil)
        let client = try fixture.client {
            $0.authority = .file(authority)
            $0.certificate = .file(certificate)
            $0.key = .file(key)
        }
        #expect(try client.subjects() == [])
    }
}
