// SPDX-License-Identifier: Apache-2.0

/// Where a run serves its status page, and to whom.
package struct HTTPSettings: Hashable, Sendable {
    package static let defaultAddress = "127.0.0.1"
    /// The first of those that are tried where none is asked for.
    package static let defaultPort: UInt16 = 8085
    /// So many processes on one machine find a port without being told.
    package static let portsTried: UInt16 = 10

    /// The user who runs the process, and nobody else.
    package static let defaultSocketMode: UInt16 = 0o600

    package enum Port: Hashable, Sendable {
        /// The first free one from `defaultPort` on; without one the run goes on without a page.
        case firstFree
        /// This one or none: the run does not start without it. 0: whichever the system gives.
        case exactly(UInt16)
        /// No server at all.
        case off
    }

    /// An IP address.
    package var address = HTTPSettings.defaultAddress
    package var port = Port.firstFree
    /// Path of a Unix socket, in place of address and port; nil: there is none.
    package var socketPath: String?
    /// Who may connect to it, as of a file.
    package var socketMode = HTTPSettings.defaultSocketMode
    /// Path of a file with the certificate and its chain; nil: no TLS.
    package var certificateFile: String?
    /// Path of the file with its key.
    package var keyFile: String?
    /// Path of a file with the token that readers have to show; nil: none has to.
    package var tokenFile: String?
    /// Path of a file with the token that pause, resume and drain need; nil: nobody may.
    package var adminTokenFile: String?

    package init() {}

    /// What the file says.
    package init(_ configuration: Configuration) {
        address = configuration.httpAddress ?? HTTPSettings.defaultAddress
        port = configuration.httpPort ?? .firstFree
        socketPath = port == .off ? nil : configuration.httpSocket
        socketMode = configuration.httpSocketMode ?? HTTPSettings.defaultSocketMode
        certificateFile = configuration.httpCertificateFile
        keyFile = configuration.httpKeyFile
        tokenFile = configuration.httpTokenFile
        adminTokenFile = configuration.httpAdminTokenFile
    }

    /// Where to ask from this machine: who listens everywhere is asked here.
    package var reachableAddress: String {
        address == "0.0.0.0" ? "127.0.0.1" : address == "::" ? "::1" : address
    }

    /// The one port, or the first of those that are tried.
    package var firstPort: UInt16 {
        if case .exactly(let port) = port { return port }
        return HTTPSettings.defaultPort
    }

    /// A place as the command line names it.
    package struct Place: Hashable, Sendable {
        /// Nil: not said.
        package var address: String?
        package var port: Port
        /// The path of a Unix socket, in place of both.
        package var socket: String?

        package init(address: String? = nil, port: Port, socket: String? = nil) {
            self.address = address
            self.port = port
            self.socket = socket
        }

        /// The port as `http.port` has it.
        package var portText: String {
            if case .exactly(let port) = port { return "\(port)" }
            return "off"
        }
    }

    /// `ADDRESS:PORT`, `PORT`, `unix:PATH` or `off`; nil for anything else. An IPv6 address stands in brackets.
    package static func place(_ text: String) -> Place? {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            return path.isEmpty ? nil : Place(port: .firstFree, socket: path)
        }
        if text == "off" { return Place(port: .off) }
        if let port = UInt16(text) { return Place(port: .exactly(port)) }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var address = String(text[..<colon])
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        return NetworkAddress.isAddress(address) ? Place(address: address, port: .exactly(port)) : nil
    }
}
