// SPDX-License-Identifier: Apache-2.0
import CSystemHTTP
import MillraceCore
import MillraceReport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// libmicrohttpd's daemons: one, and for a while another one when the certificate has changed. The former serves the
/// connections that it has to their end; new ones go to the latter. One thread uses it.
final class HTTPDaemons {
    private let service: HTTPServer.Service
    private let identity: TLSIdentityFile?
    private var current: OpaquePointer
    private var former: [OpaquePointer] = []

    /// - Parameter identity: nil: no TLS.
    init(_ service: HTTPServer.Service, _ identity: TLSIdentityFile?) throws {
        self.service = service
        self.identity = identity
        guard let daemon = HTTPDaemons.start(service, identity?.identity) else {
            throw RunFailure(.io, .cannotServe, "the HTTP server does not start: \(String(cString: strerror(errno)))")
        }
        current = daemon
    }

    /// Ends all connections and waits for their threads: behind it nobody uses the service.
    deinit { for daemon in former + [current] { MHD_stop_daemon(daemon) } }

    var isSecured: Bool { identity != nil }

    /// Takes a connection over. Where it cannot it has closed it.
    func serve(_ socket: Int32) -> Bool {
        // libmicrohttpd wants an address to count by; the table has counted already.
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                MHD_add_connection(current, socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == .YES
            }
        }
    }

    /// Takes a changed certificate, and ends daemons that serve nobody any more.
    func renew(_ now: UInt64) {
        if let next = identity?.renewed(now) {
            if let daemon = HTTPDaemons.start(service, next) {
                former.append(current)
                current = daemon
            } else {
                service.log(LogLine(.warn, "the status page keeps its former certificate", code: .cannotServe))
            }
        }
        former.removeAll { daemon in
            guard millrace_http_connections(daemon) == 0 else { return false }
            MHD_stop_daemon(daemon)
            return true
        }
    }

    private static func start(_ service: HTTPServer.Service, _ identity: TLSIdentity?) -> OpaquePointer? {
        // Signals are for the main thread; the new threads inherit this.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        // One more than there will ever be.
        var started = millrace_http_limits(
            connections: UInt32(clamping: service.limits.threads + 1), memory: service.limits.head,
            idle_seconds: service.limits.idleSeconds, stack: 512 * 1024, certificate: nil, key: nil)
        let context = Unmanaged.passUnretained(service).toOpaque()
        guard let identity else {
            return millrace_http_start(&started, onRequest, onConnection, onCompleted, { _, _, _ in }, context)
        }
        return identity.certificate.withCString { certificate in
            identity.key.withCString { key in
                started.certificate = certificate
                started.key = key
                return millrace_http_start(&started, onRequest, onConnection, onCompleted, { _, _, _ in }, context)
            }
        }
    }
}
