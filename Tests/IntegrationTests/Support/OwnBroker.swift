// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A broker of a test's own, which may be killed.
final class OwnBroker {
    private let directory: URL
    private let environment: [String: String]
    let bootstrap: String

    /// Starts it, which takes a few seconds.
    /// - Parameters:
    ///   - port: nil: a free one.
    ///   - environment: of its process.
    init(_ settings: [String] = [], port: Int? = nil, environment: [String: String] = [:]) throws {
        self.environment = environment
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "millrace-broker-\(UUID().uuidString)")
        _ = try OwnBroker.script(
            ["start", directory.path, "\(port ?? 0)"] + OwnBroker.smallness + settings, environment)
        bootstrap = try OwnBroker.script(["port", directory.path]).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The cleaner's buffer is 128 MiB by default, which Kafka 3.9 takes at its start, however small its heap is.
    private static let smallness = ["log.cleaner.dedupe.buffer.size=16777216"]

    /// One that asks for a name and a password (`admin` may do everything, `app`, with the password `b`, nothing).
    static func guarded(password: String = "a", more: [String] = []) throws -> OwnBroker {
        // Its own port stands in its settings; the controller's is the next one.
        let port = Int.random(in: 20_000..<30_000)
        let module = "org.apache.kafka.common.security.plain.PlainLoginModule"
        let users = #"username="admin" password="\#(password)" user_admin="\#(password)" user_app="b""#
        return try OwnBroker(
            [
                "listeners=SASL_PLAINTEXT://127.0.0.1:\(port),CONTROLLER://127.0.0.1:\(port + 1)",
                "advertised.listeners=SASL_PLAINTEXT://127.0.0.1:\(port)",
                "controller.quorum.voters=1@127.0.0.1:\(port + 1)", "inter.broker.listener.name=SASL_PLAINTEXT",
                "listener.security.protocol.map=CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
                "sasl.enabled.mechanisms=PLAIN", "sasl.mechanism.inter.broker.protocol=PLAIN",
                "listener.name.sasl_plaintext.plain.sasl.jaas.config=\(module) required \(users);",
                "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users=User:admin;User:ANONYMOUS", "allow.everyone.if.no.acl.found=false",
            ] + more, port: port)
    }

    deinit {
        try? kill()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Ends it as a crash does.
    func kill() throws { _ = try OwnBroker.script(["kill", directory.path]) }

    /// Takes the end of a partition's log away, and what tells where that was, while the broker is dead.
    func cutLog(_ topic: String, partition: Int32, bytes: UInt64) throws {
        let (log, files, handle) = try openLog(topic, partition: partition)
        defer { try? handle.close() }
        let size = try handle.seekToEnd()
        try handle.truncate(atOffset: size - min(size, bytes))
        for file in files where !file.hasSuffix(".log") && file != "partition.metadata" {
            try FileManager.default.removeItem(at: log.appendingPathComponent(file))
        }
        // Without it the whole log is looked through.
        try? FileManager.default.removeItem(
            at: directory.appendingPathComponent("data/recovery-point-offset-checkpoint"))
    }

    /// Flips a bit of a partition's log on the disk, which the broker hands out without looking at it; the second time
    /// mends it.
    /// - Parameter fromEnd: bytes between it and the end of the log.
    func flipBit(_ topic: String, partition: Int32, at fromEnd: UInt64) throws {
        let (_, _, handle) = try openLog(topic, partition: partition)
        defer { try? handle.close() }
        let size = try handle.seekToEnd()
        guard fromEnd > 0, fromEnd <= size else { throw Unexpected("\(topic) has \(size) bytes, not \(fromEnd)") }
        try handle.seek(toOffset: size - fromEnd)
        guard let byte = try handle.read(upToCount: 1)?.first else { throw Unexpected("nothing at the end of a log") }
        try handle.seek(toOffset: size - fromEnd)
        try handle.write(contentsOf: [byte ^ 1])
    }

    /// The newest segment of a partition, to be read and written, and all files beside it.
    private func openLog(
        _ topic: String, partition: Int32
    ) throws -> (log: URL, files: [String], handle: FileHandle) {
        let log = directory.appendingPathComponent("data/\(topic)-\(partition)")
        let files = try FileManager.default.contentsOfDirectory(atPath: log.path)
        guard let segment = files.filter({ $0.hasSuffix(".log") }).max() else { throw Unexpected("no log: \(files)") }
        return (log, files, try FileHandle(forUpdating: log.appendingPathComponent(segment)))
    }

    /// Starts it again after `kill`, at the same address.
    func restart() throws { _ = try OwnBroker.script(["restart", directory.path], environment) }

    /// Runs one of Kafka's own tools.
    static func tool(_ arguments: [String]) throws { _ = try script(["tool"] + arguments) }

    /// The tool for ACLs, which Kafka 4 has in another place.
    static let aclCommand = Environment.isKafka3 ? "kafka.admin.AclCommand" : "org.apache.kafka.tools.AclCommand"

    private static func script(_ arguments: [String], _ environment: [String: String] = [:]) throws -> String {
        guard let script = Environment.kafkaScript else { throw Unexpected("no script to start brokers") }
        let temporary = FileManager.default.temporaryDirectory
        let output = temporary.appendingPathComponent("millrace-script-\(UUID().uuidString)")
        let error = output.appendingPathExtension("err")
        defer { for file in [output, error] { try? FileManager.default.removeItem(at: file) } }
        let process = try ChildProcess(
            script, arguments, directory: temporary, output: output, error: error,
            environment: ["KAFKA_HEAP": "256m"].merging(environment) { $1 })
        let code = try process.exitCode(seconds: 90)
        guard code == 0 else {
            throw Unexpected("kafka \(arguments) ended with \(code): \(try String(contentsOf: error, encoding: .utf8))")
        }
        return try String(contentsOf: output, encoding: .utf8)
    }
}
