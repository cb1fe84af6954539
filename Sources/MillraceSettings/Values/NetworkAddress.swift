// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    package import Glibc
#elseif canImport(Darwin)
    package import Darwin
#endif

/// Addresses of this machine's network, as settings have them. No name is looked up.
package enum NetworkAddress {
    package static func resolve(_ address: String, port: UInt16) -> UnsafeMutablePointer<addrinfo>? {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var found: UnsafeMutablePointer<addrinfo>?
        let host = address == "localhost" ? "127.0.0.1" : address
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0 else { return nil }
        return found
    }

    /// Whether a text is an IP address, or `localhost`.
    package static func isAddress(_ text: String) -> Bool {
        guard let found = resolve(text, port: 0) else { return false }
        freeaddrinfo(found)
        return true
    }

    /// Whether only this machine reaches the address.
    package static func isLoopback(_ address: String) -> Bool {
        address == "localhost" || address == "::1" || (address.hasPrefix("127.") && isAddress(address))
    }
}
