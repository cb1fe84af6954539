// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import MillraceSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Asks a running process for its status, as `millrace status` does.
package struct StatusClient {
    /// What was answered.
    package struct Answer: Sendable {
        package var status: Int
        package var body: String
    }

    /// In seconds, for each step.
    private static let timeout = 5
    /// A status is long where there are many partitions, but not so long.
    private static let longestAnswer = 64 << 20

    private let address: String
    private let port: UInt16
    private let token: String?

    package init(address: String, port: UInt16, token: String?) {
        self.address = address
        self.port = port
        self.token = token
    }

    /// - Parameter wantsText: text for people; else JSON.
    /// - Throws: `RunFailure` where nobody answers, or not what was asked for.
    package func status(wantsText: Bool) throws -> Answer {
        let host = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
        var request = "GET /api/v1/status HTTP/1.0\r\nHost: \(host)\r\n"
        request += "Accept: \(wantsText ? "text/plain" : "application/json")\r\n"
        if let token { request += "Authorization: Bearer \(token)\r\n" }
        let answer = try exchange(request + "\r\n", host)
        guard let headEnd = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { throw notHTTP(host) }
        let head = String(decoding: answer[..<headEnd.lowerBound], as: UTF8.self)
        let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else { throw notHTTP(host) }
        return Answer(status: status, body: String(decoding: answer[headEnd.upperBound...], as: UTF8.self))
    }

    private func notHTTP(_ host: String) -> RunFailure {
        RunFailure(
            .unreachable, .noProcess, "what answers at \(host) is not Millrace", hint: "check --http ADDRESS:PORT")
    }

    private func exchange(_ request: String, _ host: String) throws -> [UInt8] {
        guard let descriptor = connect() else {
            throw RunFailure(
                .unreachable, .noProcess, "nobody answers at \(host): \(String(cString: strerror(errno)))",
                hint:
                    "is a `millrace run` under way? It says at its start where its status page is (--http ADDRESS:PORT)"
            )
        }
        defer { close(descriptor) }
        let bytes = Array(request.utf8)
        guard bytes.withUnsafeBytes({ systemSend(descriptor, $0.baseAddress!, $0.count) }) == bytes.count else {
            throw RunFailure(.io, .unexpectedAnswer, "cannot ask \(host): \(String(cString: strerror(errno)))")
        }
        var answer: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        while answer.count < StatusClient.longestAnswer {
            let count = block.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress!, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw RunFailure(
                    .tryAgain, .unexpectedAnswer, "\(host) does not answer: \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            answer += block[..<count]
        }
        return answer
    }

    private func connect() -> Int32? {
        guard let found = NetworkAddress.resolve(address, port: port) else {
            errno = EINVAL
            return nil
        }
        defer { freeaddrinfo(found) }
        let place = found.pointee
        let descriptor = socket(place.ai_family, place.ai_socktype, 0)
        guard descriptor >= 0 else { return nil }
        var limit = timeval(tv_sec: StatusClient.timeout, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard systemConnect(descriptor, place.ai_addr, place.ai_addrlen) == 0 else {
            let code = errno
            close(descriptor)
            errno = code
            return nil
        }
        return descriptor
    }
}

private func systemConnect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
    #if canImport(Glibc)
        Glibc.connect(descriptor, address, length)
    #else
        Darwin.connect(descriptor, address, length)
    #endif
}

private func systemSend(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
        send(descriptor, bytes, count, Int32(MSG_NOSIGNAL))
    #else
        send(descriptor, bytes, count, 0)
    #endif
}
