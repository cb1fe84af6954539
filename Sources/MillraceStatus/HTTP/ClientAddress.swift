// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Who a connection comes from, as limits count it.
enum ClientAddress {
    /// An IPv4 address is one client. Of IPv6 the first 64 bits are: whoever has one address there has all of them.
    static func name(of storage: sockaddr_storage) -> String {
        let family = Int32(storage.ss_family)
        return withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET: text(bytes[4..<8])
            case AF_INET6: name(ofIPv6: Array(bytes[8..<24]))
            default: "local"
            }
        }
    }

    private static func name(ofIPv6 bytes: [UInt8]) -> String {
        // ::ffff:10.0.0.1 is 10.0.0.1 at a socket for both.
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF { return text(bytes[12...]) }
        return "v6:" + text(bytes[..<8])
    }

    private static func text(_ bytes: some Sequence<UInt8>) -> String { bytes.map { "\($0)" }.joined(separator: ".") }

    /// At a Unix socket: the user who asks.
    static func user(of socket: Int32) -> String {
        #if canImport(Glibc)
            // Of `struct ucred`: the process, the user and the group.
            var credentials: (pid_t, uid_t, gid_t) = (0, 0, 0)
            var size = socklen_t(MemoryLayout.size(ofValue: credentials))
            guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else { return "local" }
            return "user \(credentials.1)"
        #else
            var user = uid_t()
            var group = gid_t()
            return getpeereid(socket, &user, &group) == 0 ? "user \(user)" : "local"
        #endif
    }
}
