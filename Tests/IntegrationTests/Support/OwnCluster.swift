// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceKafka

/// Three brokers of a test's own, each of which may be killed and comes back.
final class OwnCluster {
    static let size = 3
    private let directory: URL
    private let ports: [Int]
    private var processes: [ChildProcess?] = []
    let bootstrap: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "millrace-cluster-\(UUID().uuidString)")
        let first = Int.random(in: 33_000..<34_000) / 10 * 10
        ports = (0..<Self.size).map { first + $0 }
        bootstrap = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
        for index in 0..<Self.size {
            try FileManager.default.createDirectory(at: place(index), withIntermediateDirectories: true)
            try settings(index).write(to: file(index), atomically: true, encoding: .utf8)
            let formatting = try tool(
                ["kafka.tools.StorageTool", "format", "-t", "AAAAAAAAQACAAAAAAAAAAQ", "-c", file(index).path], index)
            guard try formatting.exitCode(seconds: 60) == 0 else { throw Unexpected("format: \(said(index))") }
        }
        for index in 0..<Self.size { processes.append(try tool(["kafka.Kafka", file(index).path], index)) }
        for index in 0..<Self.size { try waitUntilStarted(index) }
    }

    deinit {
        for process in processes { process?.send(SIGKILL) }
        processes = []
        try? FileManager.default.removeItem(at: directory)
    }

    /// Ends one as a crash does.
    func kill(_ index: Int) throws {
        processes[index]?.send(SIGKILL)
        _ = try processes[index]?.exitCode(seconds: 10)
        processes[index] = nil
    }

    /// Starts it again, and waits until it is one of the cluster.
    func restart(_ index: Int) throws {
        processes[index] = try tool(["kafka.Kafka", file(index).path], index)
        try waitUntilStarted(index)
    }

    private func waitUntilStarted(_ index: Int) throws {
        try Deadline(seconds: 60).wait(for: "broker \(index + 1): \(said(index))") {
            said(index).contains("Kafka Server started")
        }
    }

    private func place(_ index: Int) -> URL { directory.appendingPathComponent("\(index + 1)") }

    private func file(_ index: Int) -> URL { place(index).appendingPathComponent("server.properties") }

    private func said(_ index: Int) -> String {
        (try? String(contentsOf: place(index).appendingPathComponent("log"), encoding: .utf8)) ?? ""
    }

    private func tool(_ arguments: [String], _ index: Int) throws -> ChildProcess {
        guard let script = Environment.kafkaScript else { throw Unexpected("no script to start brokers") }
        return try ChildProcess(
            script, ["tool"] + arguments, directory: place(index), output: place(index).appendingPathComponent("log"),
            error: place(index).appendingPathComponent("err"), environment: ["JAVA_TOOL_OPTIONS": "-Xmx256m"])
    }

    private func settings(_ index: Int) -> String {
        let voters = ports.indices.map { "\($0 + 1)@127.0.0.1:\(ports[$0] + 5)" }.joined(separator: ",")
        return """
            process.roles=broker,controller
            node.id=\(index + 1)
            controller.quorum.voters=\(voters)
            listeners=PLAINTEXT://127.0.0.1:\(ports[index]),CONTROLLER://127.0.0.1:\(ports[index] + 5)
            advertised.listeners=PLAINTEXT://127.0.0.1:\(ports[index])
            controller.listener.names=CONTROLLER
            log.dirs=\(place(index).path)/data
            default.replication.factor=3
            min.insync.replicas=2
            offsets.topic.num.partitions=5
            offsets.topic.replication.factor=3
            transaction.state.log.num.partitions=5
            transaction.state.log.replication.factor=3
            transaction.state.log.min.isr=2
            group.initial.rebalance.delay.ms=0
            group.min.session.timeout.ms=1000
            broker.session.timeout.ms=3000
            broker.heartbeat.interval.ms=500
            leader.imbalance.check.interval.seconds=5
            """
    }
}
