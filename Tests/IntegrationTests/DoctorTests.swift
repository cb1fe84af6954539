// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

/// `doctor`, `topics` and `init` on real brokers: what is wrong is named, what is sound is not.
@Suite(.serialized, .enabled(if: Environment.isReady)) struct DoctorTests {
    private struct Answer: Decodable {
        struct Finding: Decodable, Hashable {
            var severity: String
            var code: String?
            var subject: String?
            var message: String
            var step: String?
        }

        var sound: Bool
        var findings: [Finding]

        /// `E2003 orders/0@3`, of errors and warnings.
        var named: [String] { findings.filter { $0.code != nil }.map { "\($0.code ?? "") \($0.subject ?? "")" } }
    }

    private func examine(
        _ workspace: Workspace, _ program: String?, _ options: [String] = [], expecting code: Int32
    ) throws -> Answer {
        let words = ["doctor"] + (program.map { [$0] } ?? []) + ["-b", workspace.bootstrap, "--format", "json"]
        let process = try workspace.command(words + options)
        let found = try process.exitCode(seconds: 60)
        guard found == code else {
            throw Unexpected("exit code \(found), not \(code):\n\(process.output)\n\(process.error)")
        }
        return try JSONDecoder().decode(Answer.self, from: Data(process.output.utf8))
    }

    private func program(_ workspace: Workspace, window: Bool = true) throws -> String {
        try workspace.write(
            Programs.aggregate(
                workspace.topic("orders"), into: workspace.topic("totals"), by: "user",
                window: window ? Expectation.Window(size: 10_000, grace: 5000) : nil,
                emit: window ? "FINAL" : "CHANGES", hasTimeColumn: false), to: "totals.sql")
    }

    private func fill(_ workspace: Workspace, _ configuration: [String: String] = [:]) throws {
        let input = try workspace.createTopic("orders", configuration: configuration)
        var source = Order.Source(partitions: 4, seed: 70)
        try workspace.produce(source.next(200).map(\.record), to: input)
    }

    private static let forEver = "9223372036854775807"

    // MARK: sound ones

    @Test func soundOnesGiveNoAlarm() throws {
        let workspace = try Workspace("sound")
        try fill(workspace)
        let program = try program(workspace)
        let application = ["--application", workspace.topic("app")]
        #expect(try examine(workspace, nil, expecting: 0).named == [])
        for options in [
            [], ["--from", "-1h"], ["--from", "-300d"], ["--from", "latest"], ["--state-flush-interval", "off"],
        ] {
            #expect(try examine(workspace, program, application + options, expecting: 0).named == [], "\(options)")
        }
        // Looking changes nothing.
        let admin = try Admin(workspace.properties)
        let topics = try admin.describeCluster(timeoutMilliseconds: 10_000).topics.keys
        #expect(topics.filter { $0.hasSuffix(workspace.tag) } == [workspace.topic("orders")])
        #expect(
            try workspace.committed(workspace.topic("app"), workspace.topic("orders"), partitions: 4) == [
                nil, nil, nil, nil,
            ])
    }

    /// What Millrace has made itself is sound.
    @Test func ownTopicsGiveNoAlarm() throws {
        let workspace = try Workspace("own")
        try fill(workspace)
        let program = try program(workspace, window: false)
        let options = ["--application", workspace.topic("app"), "--commit-interval", "100ms"]
        let process = try workspace.start("run", program, options)
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), workspace.topic("orders"), partitions: 4)
        #expect(try process.stop() == 0)
        let answer = try examine(workspace, program, options, expecting: 0)
        #expect(answer.named == [], "\(answer.named)")
    }

    // MARK: seeded faults

    @Test func missingInput() throws {
        let workspace = try Workspace("gone")
        let answer = try examine(workspace, try program(workspace), expecting: 1)
        #expect(answer.named == ["E3201 \(workspace.topic("orders"))"])
        #expect(!answer.sound)
    }

    @Test func nobodyThere() throws {
        let workspace = try Workspace("nobody", bootstrap: "127.0.0.1:1")
        let answer = try examine(workspace, nil, expecting: 69)
        #expect(answer.named == ["E3001 "])
        #expect(answer.findings.first?.message.contains("Connection refused") == true)
    }

    @Test func theInput() throws {
        let workspace = try Workspace("input")
        try fill(workspace, ["cleanup.policy": "compact", "message.timestamp.after.max.ms": Self.forEver])
        let input = workspace.topic("orders")
        let future = Int64(Date().timeIntervalSince1970 * 1000) + 30 * 86_400_000
        let last = try workspace.ends(input, partitions: 4)[2]
        let key = try #require((0..<100).map { "u\($0)" }.first { Order.partition(of: $0, 4) == 2 })
        try workspace.produce([InputRecord(key: key, value: "{}", timestamp: future, partition: 2)], to: input)
        let answer = try examine(workspace, try program(workspace), expecting: 1)
        // Kafka 3 takes results of any time, by default.
        let limit = Environment.isKafka3 ? [] : ["E2110 \(workspace.topic("totals"))"]
        #expect(Set(answer.named) == Set(["E2002 \(input)", "E2003 \(input)/2@\(last)"] + limit))
    }

    @Test func theRange() throws {
        let workspace = try Workspace("range")
        try fill(workspace)
        let input = TopicPartition(workspace.topic("orders"), 1)
        let end = try workspace.ends(input.topic, partitions: 4)[1]
        _ = try Admin(workspace.properties).deleteRecords(before: [input: end - 1], timeoutMilliseconds: 20_000)
        let program = try program(workspace)
        #expect(try examine(workspace, program, ["--from", "-7d"], expecting: 1).named == ["E2001 \(input)"])
        #expect(try examine(workspace, program, ["--from", "offsets:1=0"], expecting: 1).named == ["E2001 \(input)"])
        #expect(try examine(workspace, program, expecting: 0).named == ["E2001 \(input)"])
    }

    /// The output's settings, and what is said of them.
    @Test(arguments: [
        (["retention.ms": "3600000"], 3, "E2005", Int32(0)),
        (["message.timestamp.before.max.ms": "3600000"], 3, "E2006", 1),
        (["message.timestamp.type": "LogAppendTime"], 3, "E2004", 0), (["min.insync.replicas": "2"], 3, "E3203", 1),
        ([:], 5, "E3202", 1),
    ])
    func theOutput(settings: [String: String], partitions: Int32, code: String, exitCode: Int32) throws {
        let workspace = try Workspace("output")
        try fill(workspace)
        let output = try workspace.createTopic("totals", partitions: partitions, configuration: settings)
        let answer = try examine(workspace, try program(workspace), expecting: exitCode)
        #expect(Set(answer.named.map { String($0.prefix(5)) }) == [code], "\(answer.named)")
        #expect(
            answer.findings.allSatisfy { $0.code == nil || $0.subject?.hasPrefix(output) == true && $0.step != nil })
    }

    @Test func stateAndCommits() throws {
        let workspace = try Workspace("states")
        try fill(workspace)
        try workspace.createTopic("totals", partitions: 3, configuration: ["cleanup.policy": "delete"])
        let program = try program(workspace, window: false)
        let options = ["--application", workspace.topic("app"), "--commit-interval", "100ms"]
        let process = try workspace.start("run", program, options)
        let input = workspace.topic("orders")
        try workspace.waitUntilCaughtUp(process, workspace.topic("app"), input, partitions: 4)
        #expect(try process.stop() == 0)
        // More comes and is deleted before anybody has read it; the changelog is another one.
        var source = Order.Source(partitions: 4, seed: 71)
        try workspace.produce(source.next(200).map(\.record), to: input)
        let ends = try workspace.ends(input, partitions: 4)
        let admin = try Admin(workspace.properties)
        _ = try admin.deleteRecords(before: [TopicPartition(input, 3): ends[3]], timeoutMilliseconds: 20_000)
        let changelog = "\(workspace.topic("app"))-TOTALS-changelog"
        #expect(try admin.deleteTopics([changelog], timeoutMilliseconds: 20_000) == [changelog: .done])
        let other = NewTopic(name: changelog, partitions: 1, configuration: ["cleanup.policy": "delete"])
        try Deadline(seconds: 20).wait(for: "another changelog") {
            try admin.createTopics([other], timeoutMilliseconds: 20_000)[changelog] == .done
        }
        try Deadline(seconds: 20).wait(for: "its metadata") {
            try admin.partitionCounts(ofTopics: [changelog], timeoutMilliseconds: 5000)[changelog] == 1
        }
        let answer = try examine(workspace, program, options, expecting: 1)
        #expect(
            Set(answer.named) == [
                "E2007 \(workspace.topic("totals"))", "E5001 \(changelog)", "E5002 \(changelog)", "E5004 \(input)/3",
            ], "\(answer.named)")
    }

    // MARK: brokers of another kind

    @Test(.enabled(if: Environment.canStartBrokers)) func limitsOfTheBrokers() throws {
        let broker = try OwnBroker([
            "transaction.max.timeout.ms=5000", "group.max.session.timeout.ms=20000", "default.replication.factor=3",
        ])
        let workspace = try Workspace("limits", bootstrap: broker.bootstrap)
        try fill(workspace)
        let answer = try examine(workspace, try program(workspace), expecting: 1)
        #expect(
            Set(answer.named) == [
                "E3401 transaction.max.timeout.ms", "E3402 group.max.session.timeout.ms",
                "E3204 \(workspace.topic("totals"))",
            ], "\(answer.named)")
    }

    /// With a Java client's file, as people have them.
    @Test(.enabled(if: Environment.canStartBrokers)) func permissions() throws {
        let broker = try OwnBroker.guarded()
        let workspace = try Workspace("allowed", bootstrap: broker.bootstrap)
        func client(_ user: String, _ password: String) throws -> [String] {
            let module = "org.apache.kafka.common.security.plain.PlainLoginModule"
            let text = """
                security.protocol=SASL_PLAINTEXT
                sasl.mechanism=PLAIN
                sasl.jaas.config=\(module) required username="\(user)" password="\(password)";

                """
            return ["--command-config", try workspace.write(text, to: "\(user)-\(password).properties")]
        }
        let program = try program(workspace)
        let application = ["--application", "app"]
        let admin = try examine(workspace, program, application + client("admin", "a"), expecting: 1)
        #expect(admin.named == ["E3103 security.protocol", "E3201 \(workspace.topic("orders"))"], "\(admin.named)")
        let nobody = try examine(workspace, program, application + client("app", "b"), expecting: 1)
        #expect(
            nobody.named == [
                "E3103 security.protocol", "E3301 \(workspace.topic("orders"))", "E3302 app", "E3303 app-",
                "E3305 \(workspace.topic("totals"))",
            ], "\(nobody.named)")
        let stranger = try examine(workspace, program, application + client("app", "wrong"), expecting: 77)
        #expect(stranger.named == ["E3101 "], "\(stranger.named)")
        #expect(!"\(stranger.findings)".contains("wrong"))
    }

    // MARK: finding one's way

    @Test func fromATopicToAResult() throws {
        let workspace = try Workspace("way")
        try fill(workspace)
        let topic = workspace.topic("orders")
        let broker = ["-b", workspace.bootstrap]
        let list = try workspace.command(["topics"] + broker)
        #expect(try list.exitCode() == 0)
        let line = /^\S+ +4 +200  \d{4}-\d\d-\d\d [\d:]{8}  \d{4}-\d\d-\d\d [\d:]{8}$/
        #expect(
            list.output.split(separator: "\n").contains { $0.hasPrefix("\(topic) ") && $0.contains(line) },
            "\(list.output)")
        let peek = try workspace.command(["topics", "peek", topic, "-n", "2"] + broker)
        #expect(try peek.exitCode() == 0)
        #expect(peek.output.contains("value: JSON"))
        #expect(peek.output.contains("key VARCHAR KEY,\n  id BIGINT,\n  amount DOUBLE,\n  ts BIGINT,\n  page VARCHAR"))
        let start = try workspace.command(["init", topic] + broker)
        #expect(try start.exitCode() == 0)
        // Each of the commands that follow finds the configuration by itself.
        for words in [["validate"], ["explain"], ["doctor"], ["config", "show"]] {
            let process = try workspace.command(words)
            #expect(try process.exitCode() == 0, "\(words): \(process.output) \(process.error)")
            #expect(process.error.contains("configuration: millrace.yaml"))
        }
        let replay = try workspace.command(["replay", "--from", "earliest", "--to", "now", "--format", "json"])
        #expect(try replay.exitCode() == 0)
        #expect(replay.output.contains("\"topic\":\"\(topic)-per-minute\""))
        let again = try workspace.command(["init", topic] + broker)
        #expect(try again.exitCode() == 73)
        let wrong = try workspace.command(["topics", "peek", "x\(topic)"] + broker)
        #expect(try wrong.exitCode() == 66)
        #expect(wrong.error.contains("did you mean \(topic)?"), "\(wrong.error)")
    }
}
