// SPDX-License-Identifier: Apache-2.0

/// The stand-in of a schema registry (`Tests/Oracle/registry.py`) in a process of its own, which ends with this object.
package final class StandInRegistry {
    /// What it is started with.
    package struct Options: Sendable {
        /// `NAME:PASSWORD`.
        package var user: String?
        package var token: String?
        /// A PEM file with a certificate and its key: it speaks TLS.
        package var certificate: String?
        /// A PEM file: clients have to show a certificate that was issued by this one.
        package var clientAuthority: String?
        package var port: UInt16 = 0

        package init() {}

        fileprivate var arguments: [String] {
            let pairs = [
                ("--user", user), ("--token", token), ("--certificate", certificate), ("--client-ca", clientAuthority),
                ("--port", "\(port)"),
            ]
            return pairs.flatMap { name, value in value.map { [name, $0] } ?? [] }
        }
    }

    /// What was asked of it.
    package struct Request: Hashable, Sendable {
        package var method: String
        package var path: String
        package var authorization: String?
    }

    package let port: UInt16
    private let process: HelperProcess
    private let isTLS: Bool

    package init(_ options: Options = Options()) throws(HelperProcess.NotStarted) {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        process = try HelperProcess(["python3", "/\(root)/Tests/Oracle/registry.py"] + options.arguments)
        guard let word = process.line()?.split(separator: " ").last, let port = UInt16(word) else {
            throw HelperProcess.NotStarted(program: "registry.py")
        }
        self.port = port
        isTLS = options.certificate != nil
    }

    package func stop() { process.kill() }

    package var url: String { "\(isTLS ? "https" : "http")://127.0.0.1:\(port)" }

    /// What the next requests are answered with (registry.py has the words), as JSON; `{}`: what is right.
    package func setFault(_ json: String) throws { try curl("PUT", "stand-in/fault", json) }

    /// A request past every client; returns the answer.
    @discardableResult
    package func curl(_ method: String, _ path: String, _ json: String? = nil) throws -> String {
        let process = try HelperProcess(
            ["curl", "--silent", "--insecure", "--noproxy", "*", "--request", method, "\(url)/\(path)"]
                + (json.map { ["--data-binary", $0] } ?? []))
        return process.rest()
    }

    package func requests() throws -> [Request] {
        guard case .array(let entries) = try JSONTree(Array(try curl("GET", "stand-in/requests").utf8)) else {
            return []
        }
        return entries.map { entry in
            Request(
                method: text(entry, "method") ?? "", path: text(entry, "path") ?? "",
                authorization: text(entry, "authorization"))
        }
    }

    private func text(_ entry: JSONTree, _ name: String) -> String? {
        guard case .object(let members) = entry,
            case .string(let text)? = members.first(where: { $0.name.elementsEqual(name.utf8) })?.value
        else { return nil }
        return String(decoding: text, as: UTF8.self)
    }
}
