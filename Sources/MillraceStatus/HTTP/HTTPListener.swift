// SPDX-License-Identifier: Apache-2.0
import MillraceSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A listening socket, at a port or at a path. It closes with its owner.
final class HTTPListener {
    /// Why a place cannot be listened at.
    struct Failure: Error {
        /// The system's `errno`; 0: the text is no address.
        var code: Int32
        var message: String

        var isTaken: Bool { code == EADDRINUSE }
    }

    /// What a turn of `accept` brings.
    enum Accepted {
        case connection(Int32, client: String)
        case none
        /// The process may not have more descriptors.
        case noneLeft
    }

    /// Connections that the system holds until they are accepted.
    private static let backlog: Int32 = 1024

    let descriptor: Int32
    let address: String
    let port: UInt16
    /// Nil: it listens at a port.
    private let file: UnixSocketFile?

    /// Listens at once.
    /// - Parameters:
    ///   - address: an IP address, or `localhost`.
    ///   - port: 0: the system chooses one.
    init(address: String, port: UInt16) throws(Failure) {
        guard let found = NetworkAddress.resolve(address, port: port) else {
            throw Failure(code: 0, message: "\(address) is not an IP address")
        }
        defer { freeaddrinfo(found) }
        descriptor = try HTTPListener.open(found.pointee)
        self.address = address
        self.port = HTTPListener.port(of: descriptor) ?? port
        file = nil
    }

    /// Listens at a Unix socket.
    /// - Parameter mode: who may connect, as of a file: those who may write it.
    init(path: String, mode: UInt16) throws(Failure) {
        let descriptor = try HTTPListener.open(AF_UNIX)
        do throws(Failure) {
            let file = try UnixSocketFile(path, mode: mode, socket: descriptor)
            guard listen(descriptor, HTTPListener.backlog) == 0 else { throw HTTPListener.failure() }
            self.file = file
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        address = path
        port = 0
    }

    deinit { close(descriptor) }

    /// Where it is, as the address of a page: `http://127.0.0.1:8085`, `unix:/run/millrace/orders.sock`.
    func url(isSecured: Bool) -> String {
        if let file { return "unix:\(file.path)" }
        let host = address.contains(":") ? "[\(address)]" : address
        return "\(isSecured ? "https" : "http")://\(host):\(port)"
    }

    /// Never waits.
    func accept() -> Accepted {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let socket = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { systemAccept(descriptor, $0, &length) }
        }
        guard socket >= 0 else {
            return errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM ? .noneLeft : .none
        }
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        return .connection(
            socket, client: file == nil ? ClientAddress.name(of: storage) : ClientAddress.user(of: socket))
    }

    private static func open(_ place: addrinfo) throws(Failure) -> Int32 {
        let descriptor = try open(place.ai_family)
        var yes: Int32 = 1
        // A port whose last connections are still being forgotten by the system can be used again at once.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, place.ai_addr, place.ai_addrlen) == 0, listen(descriptor, backlog) == 0 else {
            let error = failure()
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func open(_ family: Int32) throws(Failure) -> Int32 {
        let descriptor = socket(family, SystemSocket.stream, 0)
        guard descriptor >= 0 else { throw failure() }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    static func failure() -> Failure {
        let code = errno
        return Failure(code: code, message: String(cString: strerror(code)))
    }

    private static func port(of descriptor: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        guard isKnown else { return nil }
        // The port stands at the same place in both kinds of address, in network order.
        return withUnsafeBytes(of: &storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
    }
}

private func systemAccept(
    _ descriptor: Int32, _ address: UnsafeMutablePointer<sockaddr>, _ length: UnsafeMutablePointer<socklen_t>
) -> Int32 {
    #if canImport(Glibc)
        Glibc.accept(descriptor, address, length)
    #else
        Darwin.accept(descriptor, address, length)
    #endif
}
