// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog

/// One test's part of the broker and of the disk: topics, applications and files that no other test uses.
final class Workspace {
    /// Ends every name of this test.
    let tag: String
    let directory: URL
    let bootstrap: String
    let properties: KafkaProperties
    private let replicas: Int32

    /// - Parameters:
    ///   - bootstrap: nil: the broker that all tests share.
    ///   - login: for a broker that asks for one.
    ///   - replicas: of the topics that it makes.
    init(
        _ name: String, bootstrap: String? = nil, login: (user: String, password: String)? = nil, replicas: Int32 = 1
    ) throws {
        self.replicas = replicas
        guard let address = bootstrap ?? Environment.bootstrap else { throw Unexpected("no broker") }
        self.bootstrap = address
        tag = "\(name)-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(tag)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var properties = try KafkaProperties(bootstrap: address)
        if let login {
            for (name, value) in [
                ("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "PLAIN"), ("sasl.username", login.user),
                ("sasl.password", login.password),
            ] { try properties.set(name, value) }
        }
        self.properties = properties
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func topic(_ name: String) -> String { "\(name)-\(tag)" }

    /// Makes a topic of this test.
    /// - Returns: its whole name.
    @discardableResult
    func createTopic(
        _ name: String, partitions: Int32 = 4, configuration: [String: String] = [:]
    ) throws -> String {
        let whole = topic(name)
        try createExactTopic(whole, partitions: partitions, configuration: configuration)
        return whole
    }

    /// Makes a topic of just this name: on a broker of the test's own.
    func createExactTopic(_ name: String, partitions: Int32 = 4, configuration: [String: String] = [:]) throws {
        let wanted = NewTopic(name: name, partitions: partitions, replicas: replicas, configuration: configuration)
        let admin = try Admin(properties)
        let outcome = try admin.createTopics([wanted], timeoutMilliseconds: 20_000)
        guard outcome[name] == .done else { throw Unexpected("cannot create \(name): \(outcome)") }
        // The broker's own picture of its topics comes a little later.
        try Deadline(seconds: 20).wait(for: "topic \(name)") {
            try admin.partitionCounts(ofTopics: [name], timeoutMilliseconds: 5000)[name] == partitions
        }
        _ = try ends(name, partitions: partitions)
    }

    /// Writes a file of this test.
    /// - Returns: its path.
    func write(_ text: String, to name: String) throws -> String {
        let path = directory.appendingPathComponent(name)
        try text.write(to: path, atomically: true, encoding: .utf8)
        // Some of them are secrets.
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path.path)
        return path.path
    }

    /// Starts millrace on this broker.
    func start(
        _ command: String, _ program: String, _ options: [String] = [], environment: [String: String] = [:]
    ) throws -> MillraceProcess {
        try MillraceProcess(
            [command, program, "-b", bootstrap] + options, directory: directory, environment: environment)
    }

    /// Starts millrace with these words alone.
    func command(_ words: [String]) throws -> MillraceProcess { try MillraceProcess(words, directory: directory) }

    /// Runs millrace to its end; any other exit code than `code` is an error.
    func run(
        _ command: String, _ program: String, _ options: [String] = [], expecting code: Int32 = 0, seconds: Double = 60
    ) throws -> MillraceProcess {
        let process = try start(command, program, options)
        let found = try process.exitCode(seconds: seconds)
        guard found == code else { throw Unexpected("exit code \(found), not \(code):\n\(process.error)") }
        return process
    }

    // MARK: what is in the topics

    /// Where the logs end now, open transactions counted.
    func ends(_ topic: String, partitions: Int32) throws -> [Int64] {
        let all = (0..<partitions).map { TopicPartition(topic, $0) }
        let ranges = try Admin(properties).offsetRanges(all, timeoutMilliseconds: 20_000)
        return all.map { ranges[$0]?.high ?? 0 }
    }

    /// What the group has committed; nil where it has not.
    func committed(_ group: String, _ topic: String, partitions: Int32) throws -> [Int64?] {
        let all = (0..<partitions).map { TopicPartition(topic, $0) }
        let options = ConsumerOptions(
            properties: properties, profile: .backfill, group: GroupMembership(groupID: group))
        let consumer = try Consumer(options)
        defer { consumer.close(timeoutMilliseconds: 1000) }
        let found = try consumer.committed(all, timeoutMilliseconds: 20_000)
        return all.map { found[$0]?.offset }
    }

    /// Waits until the application has committed everything that is in the topic now.
    func waitUntilCaughtUp(
        _ process: MillraceProcess, _ application: String, _ topic: String, partitions: Int32, seconds: Double = 60
    ) throws {
        let ends = try ends(topic, partitions: partitions)
        var last: [Int64?] = []
        let deadline = Deadline(seconds: seconds)
        while true {
            last = try committed(application, topic, partitions: partitions)
            // An empty partition may stay without a commit.
            if zip(last, ends).allSatisfy({ ($0 ?? 0) >= $1 }) { return }
            guard process.isRunning, !deadline.hasPassed else {
                let end = process.isRunning ? "" : " and has ended with code \(try process.exitCode())"
                throw Unexpected("\(application) has committed \(last) of \(ends)\(end); it said:\n\(process.error)")
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    /// Everything that a reader at read_committed sees in a topic, partition by partition.
    func records(of topic: String, seconds: Double = 30) throws -> [OutputRecord] {
        let reader = TopicReader(workspace: self)
        return try reader.read(topic, seconds: seconds)
    }

    // MARK: commits

    /// What the application has committed for partition 0, with its metadata.
    func commit(_ application: String, _ topic: String) throws -> CommittedOffset? {
        let options = ConsumerOptions(
            properties: properties, profile: .backfill, group: GroupMembership(groupID: application))
        let consumer = try Consumer(options)
        defer { consumer.close(timeoutMilliseconds: 1000) }
        let only = TopicPartition(topic, 0)
        return try consumer.committed([only], timeoutMilliseconds: 20_000)[only]
    }

    /// Deletes a group with all its offsets, as soon as it has no member any more: a static member's place outlives it
    /// by a session.
    func deleteGroup(_ application: String) throws {
        let admin = try Admin(properties)
        var answer = ""
        try Deadline(seconds: 60).wait(for: "the end of the group: \(answer)") {
            do throws(KafkaError) {
                try admin.deleteGroup(application, timeoutMilliseconds: 5000)
                return true
            } catch {
                answer = "\(error)"
                return false
            }
        }
    }

    /// Commits for partition 0 in the place of the application, which does not run now.
    func recommit(_ application: String, _ topic: String, _ commit: CommittedOffset) throws {
        let identity = "\(application)-\(ProcessInfo.processInfo.hostName)"
        let options = ConsumerOptions(
            properties: properties, profile: .backfill,
            group: GroupMembership(groupID: application, instanceID: identity))
        let consumer = try Consumer(options)
        defer { consumer.close(timeoutMilliseconds: 5000) }
        try consumer.subscribe(topics: [topic])
        try Deadline(seconds: 40).wait(for: "a place in the group") {
            for event in consumer.poll(timeoutMilliseconds: 20) {
                guard case .assigned(let partitions) = event else { continue }
                try consumer.incrementalAssign(
                    positions: Dictionary(uniqueKeysWithValues: partitions.map { ($0, 0) }))
                return true
            }
            return false
        }
        guard let group = consumer.groupMetadata() else { throw Unexpected("no group") }
        let producer = try Producer(ProducerOptions(properties: properties, transactionalID: identity))
        try producer.initTransactions(timeoutMilliseconds: 20_000)
        try producer.beginTransaction()
        let offset = OffsetToCommit(
            partition: TopicPartition(topic, 0), offset: commit.offset, metadata: commit.metadata)
        try producer.sendOffsets([offset], group: group, timeoutMilliseconds: 20_000)
        try producer.commitTransaction(timeoutMilliseconds: 20_000)
    }

    // MARK: producing

    /// Writes records as they are, without a transaction.
    /// - Parameter settings: of the client's.
    func produce(_ records: [InputRecord], to topic: String, _ settings: [String: String] = [:]) throws {
        var properties = properties
        for (name, value) in settings { try properties.set(name, value) }
        let producer = try Producer(ProducerOptions(properties: properties))
        try producer.send(InputRecord.raw(records), to: producer.topic(topic))
        try producer.flush(timeoutMilliseconds: 20_000)
    }
}
