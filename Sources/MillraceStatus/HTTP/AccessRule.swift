// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Who may see and who may do what.
///
///     probes                       everybody: they say nothing but yes or no
///     page, status, metrics        whoever shows the token; without one, callers on this machine
///     pause, resume, drain         whoever shows the admin token, as a bearer token
struct AccessRule: Sendable {
    enum Scope {
        case probe, read, admin
    }

    var token: String?
    var adminToken: String?

    /// Nil: go on; else the answer.
    func refusal(_ request: HTTPRequest, _ scope: Scope) -> HTTPResponse? {
        switch scope {
        case .probe: return nil
        case .read:
            guard let token else { return foreignHost(request) }
            if shows(request, token) || adminToken.map({ shows(request, $0) }) == true { return nil }
            return unauthorized("show the token: Authorization: Bearer …, or as the password of any user")
        case .admin:
            guard let adminToken else {
                return .error(403, "this run takes no requests: set http.admin.token.file to allow them")
            }
            if let refusal = foreignOrigin(request) { return refusal }
            // Not as a password: browsers send passwords along with requests that other sites make.
            if bearer(request).map({ isEqual($0, adminToken) }) == true { return nil }
            return unauthorized("show the admin token: Authorization: Bearer …")
        }
    }

    private func unauthorized(_ message: String) -> HTTPResponse {
        var response = HTTPResponse.error(401, message)
        response.headers.append(("WWW-Authenticate", "Basic realm=\"millrace\", charset=\"UTF-8\""))
        return response
    }

    /// A page of another site can make a browser on this machine ask us under a name of its own (DNS rebinding): only
    /// names of this machine are answered without a token.
    private func foreignHost(_ request: HTTPRequest) -> HTTPResponse? {
        guard let host = request.headers["host"], !AccessRule.isLocal(host) else { return nil }
        return .error(403, "the host is not this machine; to be reached under another name, set http.token.file")
    }

    private static func isLocal(_ host: String) -> Bool {
        var name = Substring(host)
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            return name[..<end] == "[::1"
        }
        if let colon = name.lastIndex(of: ":") { name = name[..<colon] }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopback = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        return isLoopback || name.lowercased() == "localhost"
    }

    private func foreignOrigin(_ request: HTTPRequest) -> HTTPResponse? {
        if let site = request.headers["sec-fetch-site"], site != "same-origin", site != "none" {
            return .error(403, "requests of other sites are refused")
        }
        guard let origin = request.headers["origin"], let host = request.headers["host"] else { return nil }
        return origin == "http://\(host)" || origin == "https://\(host)"
            ? nil : .error(403, "requests of other sites are refused")
    }

    private func shows(_ request: HTTPRequest, _ token: String) -> Bool {
        if let bearer = bearer(request) { return isEqual(bearer, token) }
        guard let header = request.headers["authorization"], header.lowercased().hasPrefix("basic ") else {
            return false
        }
        var bytes: [UInt8] = []
        let isValid = Array(header.dropFirst(6).utf8).withUnsafeBytes { Base64.decode($0, to: &bytes) }
        guard isValid, let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return false }
        return isEqual(String(decoding: bytes[(colon + 1)...], as: UTF8.self), token)
    }

    private func bearer(_ request: HTTPRequest) -> String? {
        guard let header = request.headers["authorization"], header.lowercased().hasPrefix("bearer ") else {
            return nil
        }
        return String(header.dropFirst(7)).trimmingBlanks
    }

    /// Takes as long for a nearly right one as for a wrong one.
    private func isEqual(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension String {
    var trimmingBlanks: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
