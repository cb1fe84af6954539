// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Asks a run's status page over a plain socket, as curl would.
struct StatusReader {
    let port: UInt16

    /// Waits until the process has said where its page is.
    init(_ process: MillraceProcess) throws {
        try process.waitToSay("status page http://")
        let line = process.error.split(separator: "status page http://", maxSplits: 1).last ?? ""
        guard let port = UInt16(line.drop { $0 != ":" }.dropFirst().prefix { $0.isNumber }) else {
            throw Unexpected("no port in '\(line)'")
        }
        self.port = port
    }

    /// The whole answer, head and body.
    func get(_ path: String, _ headers: String = "") throws -> String {
        try exchange("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(headers)Connection: close\r\n\r\n")
    }

    func post(_ path: String, token: String?) throws -> String {
        let header = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        return try exchange(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(header)Content-Length: 0\r\nConnection: close\r\n\r\n")
    }

    func status() throws -> [String: Any] {
        let answer = try get("/api/v1/status")
        let body = answer.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n")
        guard let status = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any] else {
            throw Unexpected("no status: \(answer)")
        }
        return status
    }

    /// Asks again and again until it holds.
    @discardableResult
    func wait(seconds: Double = 60, until condition: ([String: Any]) -> Bool) throws -> [String: Any] {
        var last: [String: Any] = [:]
        try Deadline(seconds: seconds).wait(for: "a status; the last was \(last)") {
            last = try status()
            return condition(last)
        }
        return last
    }

    private func exchange(_ request: String) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Unexpected("nobody answers at \(port)") }
        let bytes = Array(request.utf8)
        guard bytes.withUnsafeBytes({ send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }) == bytes.count
        else { throw Unexpected("cannot ask at \(port)") }
        var answer: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &block, block.count, 0)
            if count <= 0 { break }
            answer += block[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
