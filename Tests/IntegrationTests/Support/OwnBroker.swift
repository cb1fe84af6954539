// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A broker of a test's own, which may be killed.
final class OwnBroker {
    private let directory: URL
    let bootstrap: String

    /// Starts it, which takes a few seconds.
    init(_ settings: [String] = []) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "millrace-broker-\(UUID().uuidString)")
        _ = try OwnBroker.script(["start", directory.path, "0"] + settings)
        bootstrap = try OwnBroker.script(["port", directory.path]).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    deinit {
        try? kill()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Ends it as a crash does.
    func kill() throws { _ = try OwnBroker.script(["kill", directory.path]) }

    /// Starts it again after `kill`, at the same address.
    func restart() throws { _ = try OwnBroker.script(["restart", directory.path]) }

    /// Runs one of Kafka's own tools.
    static func tool(_ arguments: [String]) throws { _ = try script(["tool"] + arguments) }

    private static func script(_ arguments: [String]) throws -> String {
        guard let script = Environment.kafkaScript else { throw Unexpected("no script to start brokers") }
        let temporary = FileManager.default.temporaryDirectory
        let output = temporary.appendingPathComponent("millrace-script-\(UUID().uuidString)")
        let error = output.appendingPathExtension("err")
        defer { for file in [output, error] { try? FileManager.default.removeItem(at: file) } }
        let process = try ChildProcess(
            script, arguments, directory: temporary, output: output, error: error, environment: ["KAFKA_HEAP": "256m"])
        let code = try process.exitCode(seconds: 90)
        guard code == 0 else {
            throw Unexpected("kafka \(arguments) ended with \(code): \(try String(contentsOf: error, encoding: .utf8))")
        }
        return try String(contentsOf: output, encoding: .utf8)
    }
}
