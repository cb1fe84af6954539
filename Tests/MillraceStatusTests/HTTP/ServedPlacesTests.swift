// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceLog
import Testing

@testable import MillraceReport
@testable import MillraceSettings
@testable import MillraceStatus

/// The page at a Unix socket and behind TLS, asked as `millrace status` asks.
@Suite(.serialized) struct ServedPlacesTests {
    private let directory: URL
    private let board: StatusBoard

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("p-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        board = StatusBoard(try StatusFixture.identity(), clock: SystemClock())
        board.publish(StatusFixture.snapshot())
    }

    private func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    private func serve(
        _ lines: HeardLines = HeardLines(), _ change: (inout HTTPSettings) -> Void
    ) throws -> (service: StatusService?, settings: HTTPSettings) {
        var settings = HTTPSettings()
        settings.port = .exactly(0)
        change(&settings)
        let service = try StatusService.start(settings, board, clock: SystemClock()) { lines.append($0) }
        if let port = service?.url.split(separator: ":").last.flatMap({ UInt16($0) }) { settings.port = .exactly(port) }
        return (service, settings)
    }

    private func ask(_ settings: HTTPSettings) throws -> StatusClient.Answer {
        try StatusClient(settings, token: nil).status(wantsText: false)
    }

    // MARK: Unix socket

    @Test func aUnixSocketIsServedToWhomItsModeLetsIn() throws {
        let socket = path("s.sock")
        do {
            let (service, settings) = try serve { $0.socketPath = socket }
            #expect(service?.url == "unix:\(socket)")
            #expect(FileAccess(socket)?.mode == 0o600)
            #expect(try ask(settings).status == 200)
        }
        // It goes with the run.
        #expect(FileAccess(socket) == nil)
    }

    @Test func theModeHolds() throws {
        let socket = path("s.sock")
        let (service, _) = try serve {
            $0.socketPath = socket
            $0.socketMode = 0o666
        }
        defer { withExtendedLifetime(service) {} }
        #expect(FileAccess(socket)?.mode == 0o666)
    }

    /// What a killed run has left is taken away; what is used, or is no socket, stays.
    @Test func aLeftSocketIsReplaced() throws {
        let socket = path("s.sock")
        let left = try #require(SystemSocketFixture.leaveBehind(socket))
        close(left)
        #expect(FileAccess(socket) != nil)
        let (service, settings) = try serve { $0.socketPath = socket }
        defer { withExtendedLifetime(service) {} }
        #expect(try ask(settings).status == 200)
        let failure = #expect(throws: RunFailure.self) { try serve { $0.socketPath = socket } }
        #expect(failure?.errorCode == .cannotServe)
        #expect(failure?.message.contains("another process serves there") == true)
        #expect(try ask(settings).status == 200)
        let file = path("file")
        try Data("precious".utf8).write(to: URL(fileURLWithPath: file))
        let refusal = #expect(throws: RunFailure.self) { try serve { $0.socketPath = file } }
        #expect(refusal?.message.contains("no socket") == true)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
        let long = path(String(repeating: "x", count: 120))
        #expect(throws: RunFailure.self) { try serve { $0.socketPath = long } }
    }

    // MARK: TLS

    @Test func thePageSpeaksTLS() throws {
        let own = try Certificate(directory, "own", host: "127.0.0.1")
        let (service, settings) = try serve {
            $0.certificateFile = own.certificate
            $0.keyFile = own.key
        }
        defer { withExtendedLifetime(service) {} }
        #expect(service?.url.hasPrefix("https://127.0.0.1:") == true)
        #expect(try ask(settings).status == 200)
        // Whoever asks without TLS learns it.
        let plain = try RawClient(port: settings.firstPort)
        plain.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(plain.readAll(seconds: 5).contains("speaks TLS"))
        // Another certificate of the same name is not believed.
        var others = settings
        others.certificateFile = try Certificate(directory, "other", host: "127.0.0.1").certificate
        let failure = #expect(throws: RunFailure.self) { try ask(others) }
        #expect(failure?.errorCode == .unusableCertificate)
    }

    /// A certificate that another one has signed is believed for its own address only.
    @Test func aSignedCertificateHoldsForItsName() throws {
        let authority = try Certificate(directory, "ca", host: "authority", isAuthority: true)
        for (host, isBelieved) in [("127.0.0.1", true), ("10.1.2.3", false)] {
            let signed = try Certificate(directory, "signed-\(host)", host: host, signedBy: authority)
            let (service, served) = try serve {
                $0.certificateFile = signed.certificate
                $0.keyFile = signed.key
            }
            var settings = served
            settings.certificateFile = authority.certificate
            defer { withExtendedLifetime(service) {} }
            if isBelieved {
                #expect(try ask(settings).status == 200)
            } else {
                let failure = #expect(throws: RunFailure.self) { try ask(settings) }
                #expect(failure?.message.contains("for another name") == true)
            }
        }
    }

    /// A new certificate is shown to new connections, without a restart; one that cannot be used is not.
    @Test func aChangedCertificateIsTaken() throws {
        let lines = HeardLines()
        let own = try Certificate(directory, "own", host: "127.0.0.1")
        let (service, settings) = try serve(lines) {
            $0.certificateFile = own.certificate
            $0.keyFile = own.key
        }
        defer { withExtendedLifetime(service) {} }
        let former = path("former.pem")
        try FileManager.default.copyItem(atPath: own.certificate, toPath: former)
        var before = settings
        before.certificateFile = former
        #expect(try ask(before).status == 200)
        // The key first: for a moment they do not belong together.
        let next = try Certificate(directory, "next", host: "127.0.0.1")
        try replace(own.key, next.key)
        #expect(holdsSoon { lines.all.contains { $0.code == .unusableCertificate } })
        #expect(try ask(before).status == 200)
        try replace(own.certificate, next.certificate)
        #expect(holdsSoon { (try? ask(settings))?.status == 200 && (try? ask(before)) == nil })
        #expect(lines.all.contains { $0.message.contains("new certificate") })
    }

    private func replace(_ path: String, _ other: String) throws {
        guard rename(other, path) == 0 else { throw POSIXError(.EIO) }
    }

    private func holdsSoon(_ condition: () -> Bool) -> Bool {
        let end = Date(timeIntervalSinceNow: 15)
        while !condition() {
            if Date() > end { return false }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return true
    }

    @Test func filesThatDoNotGoTogetherAreRefused() throws {
        let own = try Certificate(directory, "own", host: "127.0.0.1")
        let other = try Certificate(directory, "other", host: "127.0.0.1")
        func failure(_ certificate: String?, _ key: String?, socket: String? = nil) -> RunFailure? {
            var settings = HTTPSettings()
            settings.certificateFile = certificate
            settings.keyFile = key
            settings.socketPath = socket
            return #expect(throws: RunFailure.self) { try settings.noteOnTLS(nowSeconds: 0) }
        }
        #expect(failure(own.certificate, other.key)?.message.contains("does not belong") == true)
        #expect(failure(own.key, own.certificate)?.errorCode == .unusableCertificate)
        #expect(failure(path("none"), own.key)?.errorCode == .unreadableFile)
        #expect(failure(own.certificate, path("none"))?.errorCode == .unreadableFile)
        #expect(failure(own.certificate, nil)?.errorCode == .contradiction)
        #expect(failure(nil, own.key)?.errorCode == .contradiction)
        #expect(failure(own.certificate, own.key, socket: "x")?.errorCode == .contradiction)
        var settings = HTTPSettings()
        settings.certificateFile = own.certificate
        settings.keyFile = own.key
        let now = Int64(Date().timeIntervalSince1970)
        #expect(try settings.noteOnTLS(nowSeconds: now) == nil)
        #expect(try settings.noteOnTLS(nowSeconds: now + 29 * 86_400)?.contains(" ends at ") == true)
        #expect(try settings.noteOnTLS(nowSeconds: now + 31 * 86_400)?.contains(" has ended at ") == true)
    }
}

private enum SystemSocketFixture {
    /// A socket's file, as a killed process leaves it.
    static func leaveBehind(_ path: String) -> Int32? {
        let descriptor = socket(AF_UNIX, SystemSocket.stream, 0)
        let bound = SystemSocket.withUnixAddress(path) { bind(descriptor, $0, $1) }
        return bound == 0 ? descriptor : nil
    }
}

/// A certificate for 30 days and its key, made by openssl.
private struct Certificate {
    let certificate: String
    let key: String

    init(
        _ directory: URL, _ name: String, host: String, isAuthority: Bool = false,
        signedBy authority: Certificate? = nil
    ) throws {
        certificate = directory.appendingPathComponent("\(name).pem").path
        key = directory.appendingPathComponent("\(name).key").path
        let isAddress = host.first?.isNumber == true
        var arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "30", "-subj", "/CN=\(host)", "-addext", "subjectAltName=\(isAddress ? "IP" : "DNS"):\(host)",
            "-addext", "basicConstraints=critical,CA:\(isAuthority ? "TRUE" : "FALSE")", "-out", certificate,
            "-keyout", key,
        ]
        if let authority { arguments += ["-CA", authority.certificate, "-CAkey", authority.key] }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw POSIXError(.ENOENT) }
    }
}
