// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceReport
package import MillraceSettings

/// The status of one run, served over HTTP for as long as this object lives.
package final class StatusService {
    /// Where the page is, for people.
    package let url: String
    private let server: HTTPServer

    /// Starts to serve.
    /// - Parameters:
    ///   - log: takes what a user should know, also later.
    /// - Returns: nil where there is to be none, or where no port is free that nobody has asked for by name.
    package static func start(
        _ settings: HTTPSettings, _ board: StatusBoard, clock: any Clock,
        log: @escaping @Sendable (LogLine) -> Void
    ) throws -> StatusService? {
        if case .off = settings.port { return nil }
        let access = try AccessRule(settings)
        let identity = try settings.identity(log: log)
        if let note = identity?.identity.expiryNote(
            settings.certificateFile ?? "", nowSeconds: clock.wallMilliseconds() / 1000)
        {
            log(LogLine(.warn, note, code: .unusableCertificate))
        }
        guard let listener = try listen(settings, log) else { return nil }
        let routes = StatusRoutes(board: board, access: access)
        let server = try HTTPServer(listener, identity: identity, clock: clock, log: log) { routes.answer($0) }
        let service = StatusService(server: server, url: listener.url(isSecured: identity != nil))
        log(LogLine(.info, "status page \(service.url)"))
        return service
    }

    private init(server: HTTPServer, url: String) {
        self.server = server
        self.url = url
    }

    /// Somebody who has asked for a port wants that one or to know; a default is not worth a run.
    private static func listen(_ settings: HTTPSettings, _ log: (LogLine) -> Void) throws -> HTTPListener? {
        if let path = settings.socketPath {
            do throws(HTTPListener.Failure) {
                return try HTTPListener(path: path, mode: settings.socketMode)
            } catch {
                throw RunFailure(
                    .configuration, .cannotServe, "cannot serve the status page at unix:\(path): \(error.message)",
                    hint: "choose another path with --http unix:PATH (http.socket), in a directory of your own")
            }
        }
        let ports: [UInt16]
        switch settings.port {
        case .exactly(let port): ports = [port]
        case .firstFree, .off:
            ports = (0..<HTTPSettings.portsTried).map { HTTPSettings.defaultPort + $0 }
        }
        var last: HTTPListener.Failure?
        for port in ports {
            do {
                return try HTTPListener(address: settings.address, port: port)
            } catch {
                last = error
                guard error.isTaken else { break }
            }
        }
        let place = "\(settings.address):\(ports[0])" + (ports.count > 1 ? " to \(ports[ports.count - 1])" : "")
        let reason = last?.message ?? "unknown"
        if case .exactly = settings.port {
            throw RunFailure(
                .configuration, .cannotServe, "cannot serve the status page at \(place): \(reason)",
                hint: "choose another port with --http ADDRESS:PORT (http.port), or --http off")
        }
        log(
            LogLine(
                .warn, "no status page: \(place): \(reason); choose a place with --http ADDRESS:PORT, or --http off",
                code: .cannotServe))
        return nil
    }
}

extension AccessRule {
    /// Reads the tokens. An address that others reach needs one.
    init(_ settings: HTTPSettings) throws {
        token = try AccessTokens.read(settings.tokenFile, "http.token.file")
        adminToken = try AccessTokens.read(settings.adminTokenFile, "http.admin.token.file")
        // Whom a Unix socket lets in is up to its mode.
        guard token != nil || settings.socketPath != nil || NetworkAddress.isLoopback(settings.address) else {
            throw RunFailure(
                .configuration, .unguardedAddress,
                "others can reach the status page at \(settings.address), and it asks for no token",
                hint: "name a file with a token of \(AccessTokens.shortest) characters or more: --http-token-file "
                    + "(http.token.file), or serve it at 127.0.0.1")
        }
    }
}

extension HTTPSettings {
    /// What the page shows for itself, read and checked; nil: there is no TLS.
    func identity(log: @escaping @Sendable (LogLine) -> Void) throws -> TLSIdentityFile? {
        try checkTLS()
        guard let certificateFile, let keyFile else { return nil }
        return try TLSIdentityFile(certificateFile: certificateFile, keyFile: keyFile, log: log)
    }

    /// Whether the files are there, can be used and belong together, as a run wants them.
    /// - Returns: what a user should know of them.
    package func noteOnTLS(nowSeconds: Int64) throws -> String? {
        try checkTLS()
        guard let certificateFile, let keyFile else { return nil }
        let identity = try TLSIdentity(certificateFile: certificateFile, keyFile: keyFile)
        return identity.expiryNote(certificateFile, nowSeconds: nowSeconds)
    }

    private func checkTLS() throws(RunFailure) {
        guard (certificateFile == nil) == (keyFile == nil) else {
            throw RunFailure(
                .configuration, .contradiction,
                certificateFile == nil
                    ? "http.key.file is set, and http.certificate.file is not"
                    : "http.certificate.file is set, and http.key.file is not",
                hint: "TLS needs both; without both the page is served without TLS")
        }
        guard certificateFile == nil || socketPath == nil else {
            throw RunFailure(
                .configuration, .contradiction, "there is no TLS at a Unix socket",
                hint: "leave out http.certificate.file and http.key.file, or serve the page at a port")
        }
    }
}
