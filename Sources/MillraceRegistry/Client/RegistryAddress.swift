// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The URL of a schema registry, taken apart: who logs in stands apart from where, so that no message shows it.
package struct RegistryAddress: Hashable, Sendable {
    /// Why a text is none.
    package struct Malformed: Error, Hashable, Sendable {
        package var reason: String
    }

    /// `http` or `https`.
    package let scheme: String
    /// A name or an address, an IPv6 one in brackets.
    package let host: String
    package let port: UInt16
    /// Empty, or with a slash at its beginning and none at its end.
    package let path: String
    /// What stands before the `@`, decoded: nobody is to see it.
    package let user: String?
    package let password: String?

    /// `http://host:port/path`, fit for showing: without the log-in.
    package var text: String {
        let isUsual = port == RegistryAddress.usualPort(scheme)
        return "\(scheme)://\(host)\(isUsual ? "" : ":\(port)")\(path)"
    }

    private static func usualPort(_ scheme: String) -> UInt16 { scheme == "https" ? 443 : 80 }

    /// - Parameter isRedirection: a query may follow, which is not kept.
    package init(_ text: String, isRedirection: Bool = false) throws(Malformed) {
        guard let mark = text.firstRange(of: "://") else {
            throw Malformed(reason: "it begins with http:// or https://")
        }
        scheme = text[..<mark.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw Malformed(reason: "it begins with http:// or https://")
        }
        guard text.unicodeScalars.allSatisfy({ 0x21...0x7E ~= $0.value }) else {
            throw Malformed(reason: "it has characters that a URL cannot have")
        }
        let rest = text[mark.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        var tail = rest[authority.endIndex...]
        if isRedirection { tail = tail.prefix { $0 != "?" && $0 != "#" } }
        guard !tail.contains("?"), !tail.contains("#") else {
            throw Malformed(reason: "nothing may follow its path")
        }
        while tail.last == "/" { tail.removeLast() }
        path = String(tail)
        let place: Substring
        if let at = authority.lastIndex(of: "@") {
            let login = authority[..<at]
            let name = login.prefix { $0 != ":" }
            user = try RegistryAddress.decoded(name)
            password = try RegistryAddress.decoded(login[name.endIndex...].dropFirst())
            place = authority[authority.index(after: at)...]
        } else {
            user = nil
            password = nil
            place = authority
        }
        let name = place.hasPrefix("[") ? place.prefix { $0 != "]" } + "]" : place.prefix { $0 != ":" }
        guard !name.isEmpty, name != "[]", place.hasPrefix(name) else { throw Malformed(reason: "it names no host") }
        host = name.lowercased()
        let number = place.dropFirst(name.count)
        guard !number.isEmpty else {
            port = RegistryAddress.usualPort(scheme)
            return
        }
        guard number.hasPrefix(":"), let port = UInt16(number.dropFirst()), port > 0 else {
            throw Malformed(reason: "its port is a number up to 65535")
        }
        self.port = port
    }

    /// Whether both are one server: only there may a log-in go.
    func isSameServer(as other: RegistryAddress) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// The server itself.
    var withoutPath: RegistryAddress {
        RegistryAddress(scheme: scheme, host: host, port: port, path: "", user: user, password: password)
    }

    private init(scheme: String, host: String, port: UInt16, path: String, user: String?, password: String?) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
        self.user = user
        self.password = password
    }

    /// A text without its percent signs.
    private static func decoded(_ text: Substring) throws(Malformed) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            rest = rest.dropFirst(2)
            guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                throw Malformed(reason: "a % in its log-in is written %25")
            }
            bytes.append(value)
        }
        guard let result = String(validating: bytes, as: UTF8.self) else {
            throw Malformed(reason: "its log-in is not UTF-8")
        }
        return result
    }

    /// A name as one step of a path.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
