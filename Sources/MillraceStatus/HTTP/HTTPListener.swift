// SPDX-License-Identifier: Apache-2.0
import MillraceSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A listening socket. It closes with its owner.
final class HTTPListener {
    /// Why an address cannot be listened at.
    struct Failure: Error {
        /// The system's `errno`; 0: the text is no address.
        var code: Int32
        var message: String

        var isTaken: Bool { code == EADDRINUSE }
    }

    let descriptor: Int32
    let address: String
    let port: UInt16

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
    }

    deinit { close(descriptor) }

    private static func open(_ place: addrinfo) throws(Failure) -> Int32 {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        let descriptor = socket(place.ai_family, stream, 0)
        guard descriptor >= 0 else { throw failure() }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var yes: Int32 = 1
        // A port whose last connections are still being forgotten by the system can be used again at once.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, place.ai_addr, place.ai_addrlen) == 0, listen(descriptor, 64) == 0 else {
            let error = failure()
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func failure() -> Failure {
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
