// SPDX-License-Identifier: Apache-2.0

/// What the first bytes of a connection say, before anybody reads them.
enum RequestHead: Equatable {
    /// More bytes have to come.
    case incomplete
    /// It is there, or longer than may be; the path without the query, empty where it is no HTTP.
    case whole(path: String)
    /// The beginning of a TLS connection.
    case secured

    init(_ bytes: some Collection<UInt8>, limit: Int) {
        // Of the kind "handshake"; no method of HTTP begins so.
        guard bytes.first != 0x16 else {
            self = .secured
            return
        }
        let text = bytes.drop { $0 == 0x0D || $0 == 0x0A }
        guard bytes.count >= limit || RequestHead.hasEnd(text) else {
            self = .incomplete
            return
        }
        let line = text.prefix { $0 != 0x0D && $0 != 0x0A }
        let words = line.split(separator: 0x20, omittingEmptySubsequences: true)
        let target = words.count > 1 ? words[1].prefix { $0 != UInt8(ascii: "?") } : line.prefix(0)
        self = .whole(path: String(decoding: target, as: UTF8.self))
    }

    /// An empty line; a carriage return before the line's end may be missing.
    private static func hasEnd(_ bytes: some Collection<UInt8>) -> Bool {
        var isEmpty = false
        for byte in bytes where byte != 0x0D {
            if byte == 0x0A, isEmpty { return true }
            isEmpty = byte == 0x0A
        }
        return false
    }
}
