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

    /// The broker inherits the script's output, so that is a file: a pipe would have no end.
    private static func script(_ arguments: [String]) throws -> String {
        guard let script = Environment.kafkaScript else { throw Unexpected("no script to start brokers") }
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(
            "millrace-script-\(UUID().uuidString)")
        try Data().write(to: output)
        defer { try? FileManager.default.removeItem(at: output) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: script)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["KAFKA_HEAP": "256m"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        try Deadline(seconds: 90).wait(for: "kafka \(arguments)") { !process.isRunning }
        guard process.terminationStatus == 0 else {
            throw Unexpected("kafka \(arguments): \(process.terminationStatus)")
        }
        return try String(contentsOf: output, encoding: .utf8)
    }
}
