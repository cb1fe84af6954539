// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
package import MillraceSettings

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

    private let place: Place
    private let token: String?
    /// What the process has to show for itself; nil: no TLS.
    private let trust: TLSTrust?

    /// Where a process serves its status.
    package enum Place: Hashable, Sendable {
        case port(address: String, port: UInt16)
        case socket(path: String)

        /// As people name it.
        var text: String {
            switch self {
            case .port(let address, let port): address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
            case .socket(let path): "unix:\(path)"
            }
        }
    }

    package init(_ place: Place, token: String?, trust: TLSTrust?) {
        self.place = place
        self.token = token
        self.trust = trust
    }

    /// Where a run with these settings serves it, asked from this machine.
    package init(_ settings: HTTPSettings, token: String?) throws {
        let place =
            settings.socketPath.map { Place.socket(path: $0) }
            ?? .port(address: settings.reachableAddress, port: settings.firstPort)
        let certificate = settings.socketPath == nil ? settings.certificateFile : nil
        self.init(place, token: token, trust: try certificate.map { try TLSTrust(file: $0) })
    }

    /// - Parameter wantsText: text for people; else JSON.
    /// - Throws: `RunFailure` where nobody answers, or not what was asked for.
    package func status(wantsText: Bool) throws -> Answer {
        let host = place.text
        var request = "GET /api/v1/status HTTP/1.0\r\nHost: \(isSocket ? "localhost" : host)\r\n"
        request += "Accept: \(wantsText ? "text/plain" : "application/json")\r\n"
        if let token { request += "Authorization: Bearer \(token)\r\n" }
        let answer = try exchange(request + "\r\n", host)
        guard let headEnd = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { throw notHTTP(host) }
        let head = String(decoding: answer[..<headEnd.lowerBound], as: UTF8.self)
        let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else { throw notHTTP(host) }
        return Answer(status: status, body: String(decoding: answer[headEnd.upperBound...], as: UTF8.self))
    }

    private var isSocket: Bool {
        if case .socket = place { return true }
        return false
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
        guard let trust, case .port(let address, _) = place else {
            return try ask(request, host, PlainConnection(descriptor: descriptor))
        }
        let connection = try TLSConnection(descriptor, trust, address: address, host: host)
        return try ask(request, host, connection)
    }

    private func ask(_ request: String, _ host: String, _ connection: some ClientConnection) throws -> [UInt8] {
        let bytes = Array(request.utf8)
        guard bytes.withUnsafeBytes({ connection.send($0) }) == bytes.count else {
            throw RunFailure(.io, .unexpectedAnswer, "cannot ask \(host): \(connection.reason)")
        }
        var answer: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        while answer.count < StatusClient.longestAnswer {
            let count = block.withUnsafeMutableBytes { connection.receive($0) }
            guard count >= 0 else {
                throw RunFailure(.tryAgain, .unexpectedAnswer, "\(host) does not answer: \(connection.reason)")
            }
            if count == 0 { break }
            answer += block[..<count]
        }
        return answer
    }

    private func connect() -> Int32? {
        switch place {
        case .socket(let path):
            return connect(AF_UNIX) { descriptor in
                SystemSocket.withUnixAddress(path) { SystemSocket.connect(descriptor, $0, $1) }
            }
        case .port(let address, let port):
            guard let found = NetworkAddress.resolve(address, port: port) else {
                errno = EINVAL
                return nil
            }
            defer { freeaddrinfo(found) }
            let place = found.pointee
            return connect(place.ai_family) { SystemSocket.connect($0, place.ai_addr, place.ai_addrlen) }
        }
    }

    private func connect(_ family: Int32, _ body: (Int32) -> Int32?) -> Int32? {
        let descriptor = socket(family, SystemSocket.stream, 0)
        guard descriptor >= 0 else { return nil }
        var limit = timeval(tv_sec: StatusClient.timeout, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard body(descriptor) == 0 else {
            let code = errno
            close(descriptor)
            errno = code
            return nil
        }
        return descriptor
    }
}

/// What a client asks and is answered through: a socket, or TLS over one.
protocol ClientConnection {
    /// The number of bytes, or a negative one.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int
    /// The number of bytes, 0 at the end, or a negative one.
    func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Int
    /// Why the last call has failed.
    var reason: String { get }
}

/// A connected socket.
private struct PlainConnection: ClientConnection {
    let descriptor: Int32

    func send(_ bytes: UnsafeRawBufferPointer) -> Int { SystemSocket.send(descriptor, bytes.baseAddress, bytes.count) }

    func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return count
        }
    }

    var reason: String { String(cString: strerror(errno)) }
}
