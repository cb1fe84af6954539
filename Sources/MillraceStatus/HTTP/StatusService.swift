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
    ///   - log: takes what a user should know.
    /// - Returns: nil where there is to be none, or where no port is free that nobody has asked for by name.
    package static func start(
        _ settings: HTTPSettings, _ board: StatusBoard, clock: any Clock, log: (LogLine) -> Void
    ) throws -> StatusService? {
        if case .off = settings.port { return nil }
        let access = try AccessRule(settings)
        guard let listener = try listen(settings, log) else { return nil }
        let routes = StatusRoutes(board: board, access: access)
        let service = try StatusService(
            server: HTTPServer(listener, clock: clock) { routes.answer($0) }, listener)
        log(LogLine(.info, "status page \(service.url)"))
        return service
    }

    private init(server: HTTPServer, _ listener: HTTPListener) {
        self.server = server
        let host = listener.address.contains(":") ? "[\(listener.address)]" : listener.address
        url = "http://\(host):\(listener.port)"
    }

    /// Somebody who has asked for a port wants that one or to know; a default is not worth a run.
    private static func listen(_ settings: HTTPSettings, _ log: (LogLine) -> Void) throws -> HTTPListener? {
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
        guard token != nil || NetworkAddress.isLoopback(settings.address) else {
            throw RunFailure(
                .configuration, .unguardedAddress,
                "others can reach the status page at \(settings.address), and it asks for no token",
                hint: "name a file with a token of \(AccessTokens.shortest) characters or more: --http-token-file "
                    + "(http.token.file), or serve it at 127.0.0.1")
        }
    }
}
