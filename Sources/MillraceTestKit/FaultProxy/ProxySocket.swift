// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
    private let streamType = Int32(SOCK_STREAM.rawValue)
    private let noSignal = Int32(MSG_NOSIGNAL)
#elseif canImport(Darwin)
    import Darwin
    private let streamType = SOCK_STREAM
    /// Said of the socket instead, with `SO_NOSIGPIPE`.
    private let noSignal: Int32 = 0
#endif

/// A call to the system that failed.
package struct SocketError: Error, CustomStringConvertible {
    package let description: String

    init(_ operation: String) { description = "cannot \(operation): \(String(cString: strerror(errno)))" }
}

/// A TCP socket on 127.0.0.1 that never waits.
final class ProxySocket {
    /// Negative once it is closed, which `poll` passes over.
    private(set) var descriptor: Int32
    private var unsent: [UInt8] = []
    private var block = [UInt8](repeating: 0, count: 1 << 16)

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, size)
        #if canImport(Darwin)
            setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &yes, size)
        #endif
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { end() }

    /// Waits for connections at a free port.
    static func listening() throws(SocketError) -> ProxySocket {
        let descriptor = socket(AF_INET, streamType, 0)
        guard withAddress(port: 0, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 64) == 0 else {
            throw SocketError("listen on 127.0.0.1")
        }
        return ProxySocket(descriptor)
    }

    /// - Throws: when nobody listens there.
    static func connected(to port: UInt16) throws(SocketError) -> ProxySocket {
        let descriptor = socket(AF_INET, streamType, 0)
        guard withAddress(port: port, { connect(descriptor, $0, $1) }) == 0 else {
            let error = SocketError("connect to 127.0.0.1:\(port)")
            close(descriptor)
            throw error
        }
        return ProxySocket(descriptor)
    }

    /// Of a listening one: the next connection that waits.
    func nextConnection() -> ProxySocket? {
        let accepted = accept(descriptor, nil, nil)
        return accepted < 0 ? nil : ProxySocket(accepted)
    }

    var port: UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return result == 0 ? UInt16(bigEndian: address.sin_port) : 0
    }

    var isOpen: Bool { descriptor >= 0 }

    /// What `poll` is to wait for.
    var interest: pollfd {
        pollfd(fd: descriptor, events: Int16(unsent.isEmpty ? POLLIN : POLLIN | POLLOUT), revents: 0)
    }

    /// What has come; nil: nothing. At its end, or when it breaks, it closes itself.
    func receive() -> ArraySlice<UInt8>? {
        guard isOpen else { return nil }
        let count = recv(descriptor, &block, block.count, 0)
        if count > 0 { return block[..<count] }
        if count == 0 || !(errno == EAGAIN || errno == EINTR) { end() }
        return nil
    }

    /// Sends what can be sent now, and the rest with the next call.
    func transmit(_ bytes: [UInt8]) {
        unsent += bytes
        guard isOpen, !unsent.isEmpty else { return }
        let count = unsent.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, noSignal) }
        if count > 0 { unsent.removeFirst(count) }
        if count < 0, !(errno == EAGAIN || errno == EINTR) { end() }
    }

    func end() {
        if isOpen { close(descriptor) }
        descriptor = -1
    }

    private static func withAddress(port: UInt16, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
