// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillraceSQL
import MillraceSettings
import Testing
@testable import MillraceAdvisor
@testable import MillraceRun

/// What a program has to be allowed, and the commands that allow it.
struct PermissionTests {
    static let source =
        "CREATE STREAM orders (user VARCHAR KEY, n BIGINT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');\n"
    static let totals =
        "CREATE TABLE totals WITH (KAFKA_TOPIC='totals') AS SELECT user, SUM(n) AS n FROM orders GROUP BY user;\n"
    static let counts =
        "CREATE TABLE counts WITH (KAFKA_TOPIC='counts') AS SELECT n, COUNT(*) AS c FROM orders GROUP BY n;\n"
    static let copy = "CREATE STREAM copy WITH (KAFKA_TOPIC='copy') AS SELECT * FROM orders;\n"

    private func plan(
        _ sql: String, _ properties: [(name: String, value: String)] = [],
        _ change: (inout RunOptions) -> Void = { _ in }
    ) throws -> PermissionPlan {
        var options = RunOptions(
            application: "app", cluster: KafkaCluster(try KafkaProperties(properties)), from: .earliest)
        change(&options)
        return PermissionPlan(try QueryGraph(try SQL.compile(Self.source + sql)), options)
    }

    /// `topic orders: Read`
    private func lines(_ plan: PermissionPlan) -> [String] {
        plan.byResource.map { resource, permissions in
            "\(resource.kind) \(resource.name): \(permissions.map(\.operation.rawValue).joined(separator: " "))"
        }
    }

    @Test func aFilterNeedsNoState() throws {
        #expect(
            try lines(plan(Self.copy)) == [
                "topic orders: Read", "topic copy: Write DescribeConfigs Create", "group app: Read",
                "transactional-id app-: Write",
            ])
        #expect(
            try lines(plan(Self.copy) { $0.guarantee = .atLeastOnce }) == [
                "topic orders: Read", "topic copy: Write DescribeConfigs Create", "group app: Read",
            ])
    }

    @Test func stateAndExchanges() throws {
        let found = try plan(Self.totals + Self.counts) { options in
            options.exchangesPartials = true
            options.deadLetterTopic = "dead"
            options.guarantee = .atLeastOnce
        }
        #expect(
            lines(found) == [
                "topic orders: Read", "topic counts: Write DescribeConfigs Create",
                "topic dead: Write DescribeConfigs Create", "topic totals: Write DescribeConfigs Create",
                // Only groups by the record key lie in changelogs by partition.
                "topic app-TOTALS-changelog: Read Write Create Alter",
                "topic app-COUNTS-changelog: Read Write Create",
                "topic app-COUNTS-exchange: Read Write Create Delete", "group app: Read",
                "transactional-id app-: Write",
            ])
        let bare = try plan(Self.totals) { options in
            options.guarantee = .atLeastOnce
            options.stateFlushIntervalMilliseconds = 0
        }
        #expect(lines(bare) == ["topic orders: Read", "topic totals: Write DescribeConfigs Create", "group app: Read"])
    }

    /// Of a topic with two roles each operation comes once.
    @Test func aTopicOfTwoRoles() throws {
        let found = try plan(Self.copy) { $0.deadLetterTopic = "copy" }
        #expect(lines(found)[1] == "topic copy: Write DescribeConfigs Create")
        let back = try plan(Self.copy) { $0.deadLetterTopic = "orders" }
        #expect(lines(back).first == "topic orders: Read Write DescribeConfigs Create")
    }

    @Test func commandsCanBePasted() throws {
        let properties = [
            (name: "bootstrap.servers", value: "k1:9092,k2:9092"), (name: "sasl.username", value: "o'brien ltd"),
        ]
        let command = AccessCommand(try KafkaProperties(properties))
        #expect(
            command.text(.topic("orders"), [.read, .write])
                == "kafka-acls.sh --bootstrap-server k1:9092,k2:9092 --add --allow-principal 'User:o'\\''brien ltd' "
                + "--operation Read --operation Write --topic orders")
        #expect(
            AccessCommand(brokers: "k", user: nil).text(.transactionalIDs(prefix: "app-"), [.write])
                == "kafka-acls.sh --bootstrap-server k --add --allow-principal User:NAME --operation Write "
                + "--transactional-id app- --resource-pattern-type prefixed")
    }

    /// `docs/operations.md` has the table of all roles and the commands for its example; MILLRACE_WRITE_DOCS=1 writes
    /// both.
    @Test func theReferenceOfPermissions() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../docs/operations.md").standardized
        let page = try String(contentsOf: file, encoding: .utf8)
        var wanted = page
        try replace(&wanted, from: "| resource | operation | for |\n|---|---|---|\n", to: "\n\n", by: rows)
        let commands = AccessCommand(brokers: "kafka:9092", user: "millrace")
            .texts(try plan(Self.totals) { $0.deadLetterTopic = "orders.dead" })
        try replace(&wanted, from: "the dead letters in `orders.dead`:\n\n```\n", to: "\n```", by: commands)
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] != nil {
            try wanted.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(page == wanted)
        }
    }

    private var rows: [String] {
        func row(_ resource: String, _ operation: Permission.Operation, _ purpose: String) -> String {
            "| \(resource) | \(operation.rawValue) | \(purpose) |"
        }
        let names: [TopicRole: String] = [
            .input: "topic: each input", .output: "topic: each output", .deadLetters: "topic: the dead letters",
            .changelog: "topic `APPLICATION-QUERY-changelog`", .exchange: "topic `APPLICATION-QUERY-exchange`",
        ]
        let topics = TopicRole.allCases.flatMap { role in
            role.uses.map { row(names[role] ?? "", $0.operation, $0.purpose) }
        }
        let (group, transactions) = (PermissionPlan.group("APPLICATION"), PermissionPlan.transactions("APPLICATION"))
        return topics + [
            row("group `APPLICATION`", group.operation, group.purpose),
            row("transactional ids, prefix `APPLICATION-`", transactions.operation, transactions.purpose),
        ]
    }

    private func replace(_ page: inout String, from start: String, to end: String, by lines: [String]) throws {
        let begin = try #require(page.range(of: start)).upperBound
        let finish = try #require(page[begin...].range(of: end)).lowerBound
        page.replaceSubrange(begin..<finish, with: lines.joined(separator: "\n"))
    }
}
