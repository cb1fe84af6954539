// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import Testing

/// The permissions that `explain` prints, on a broker that asks for them: all of them are enough, and each that is
/// missing is named.
@Suite(.serialized, .enabled(if: Environment.canStartBrokers)) struct PermissionTests {
    private struct Explained: Decodable {
        struct Permission: Decodable, Hashable {
            var resource: String
            var name: String
            var pattern: String
            var operation: String
        }

        var permissions: [Permission]
        var commands: [String]
    }

    private struct Answer: Decodable {
        struct Finding: Decodable {
            var code: String?
            var subject: String?
            var step: String?
        }

        var findings: [Finding]

        /// `E3305 pages`, without the complaint that the password travels in clear.
        var named: [String] {
            findings.filter { $0.code != nil && $0.code != "E3103" }.map { "\($0.code ?? "") \($0.subject ?? "")" }
        }
    }

    /// A guarded broker with a program that has every kind of topic, and the user `app`, who may do nothing yet.
    private final class Guarded {
        let broker: OwnBroker
        let workspace: Workspace
        let program: String
        let options: [String]
        let administrator: String
        private(set) var explained = Explained(permissions: [], commands: [])

        init() throws {
            broker = try OwnBroker.guarded()
            workspace = try Workspace("granted", bootstrap: broker.bootstrap, login: (user: "admin", password: "a"))
            try workspace.createExactTopic("orders", partitions: 2)
            program = try workspace.write(
                Programs.source("orders", hasTimeColumn: false) + """
                    CREATE TABLE pages WITH (KAFKA_TOPIC='pages', VALUE_FORMAT='JSON') AS
                      SELECT page, COUNT(*) AS n FROM orders GROUP BY page EMIT CHANGES;
                    CREATE TABLE users WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON') AS
                      SELECT user, COUNT(*) AS n FROM orders GROUP BY user EMIT CHANGES;

                    """, to: "pages.sql")
            administrator = try Guarded.login(workspace, "admin", "a")
            let user = try Guarded.login(workspace, "app", "b")
            options = [
                "-b", broker.bootstrap, "--command-config", user, "--application", "app", "--exchange", "--dead-letter",
                "dead", "--commit-interval", "200ms",
            ]
            let process = try workspace.command(["explain", program] + options + ["--format", "json"])
            #expect(try process.exitCode() == 0, "\(process.error)")
            // The user may not look, and is told all the same what is needed.
            #expect(process.error.contains("the cluster is left out"))
            explained = try JSONDecoder().decode(Explained.self, from: Data(process.output.utf8))
        }

        private static func login(_ workspace: Workspace, _ user: String, _ password: String) throws -> String {
            let module = "org.apache.kafka.common.security.plain.PlainLoginModule"
            return try workspace.write(
                """
                security.protocol=SASL_PLAINTEXT
                sasl.mechanism=PLAIN
                sasl.jaas.config=\(module) required username="\(user)" password="\(password)";

                """, to: "\(user).properties")
        }

        /// Runs a command that `explain` has printed, as its administrator would paste it.
        func paste(_ command: String) throws {
            let words = command.split(separator: " ").map(String.init)
            guard words.first == "kafka-acls.sh" else { throw Unexpected("not a command for ACLs: \(command)") }
            try OwnBroker.tool(
                [OwnBroker.aclCommand, "--command-config", administrator] + words.dropFirst())
        }

        /// Gives a permission, or takes it away.
        func change(_ permission: Explained.Permission, _ verb: String) throws {
            try OwnBroker.tool(
                [OwnBroker.aclCommand, "--command-config", administrator, "--bootstrap-server"]
                    + [broker.bootstrap, verb] + (verb == "--remove" ? ["--force"] : [])
                    + ["--allow-principal", "User:app", "--operation", permission.operation]
                    + ["--\(permission.resource)", permission.name, "--resource-pattern-type", permission.pattern])
        }

        func doctor() throws -> Answer {
            let process = try workspace.command(["doctor", program] + options + ["--format", "json"])
            _ = try process.exitCode(seconds: 60)
            return try JSONDecoder().decode(Answer.self, from: Data(process.output.utf8))
        }

        /// What `doctor` says without a permission, which is given back behind it.
        func doctor(without permission: Explained.Permission) throws -> [String] {
            try change(permission, "--remove")
            defer { try? change(permission, "--add") }
            // Brokers hear of it a moment later.
            var named: [String] = []
            try? Deadline(seconds: 10).wait(for: "the change") {
                named = try doctor().named
                return !named.isEmpty
            }
            return named
        }

        func permission(_ operation: String, _ name: String) throws -> Explained.Permission {
            try #require(explained.permissions.first { $0.operation == operation && $0.name == name })
        }

        func start() throws -> MillraceProcess {
            try workspace.command(["run", program] + options + ["--http", "off"])
        }

        func ends() throws -> [String: [Int64]] {
            let topics = ["pages", "users", Guarded.changelog, Guarded.widened, Guarded.exchange]
            var ends = ["dead": try workspace.ends("dead", partitions: 1)]
            for topic in topics { ends[topic] = try workspace.ends(topic, partitions: 2) }
            return ends
        }

        static let changelog = "app-PAGES-changelog"
        /// Of the query that groups by the record key.
        static let widened = "app-USERS-changelog"
        static let exchange = "app-PAGES-exchange"
    }

    /// `millrace sql` reads, and does nothing else.
    @Test func aQuestionNeedsToReadAndDescribe() throws {
        let guarded = try Guarded()
        for operation in ["READ", "DESCRIBE"] {
            try guarded.change(
                Explained.Permission(resource: "topic", name: "orders", pattern: "literal", operation: operation),
                "--add")
        }
        try guarded.workspace.produce(
            [InputRecord(key: "u", value: #"{"page":"/"}"#, timestamp: 1, partition: 0)], to: "orders")
        let process = try guarded.workspace.command(
            ["sql", "SELECT page, user FROM orders", "-f", guarded.program] + guarded.options.prefix(4))
        #expect(try process.exitCode(seconds: 30) == 0, "\(process.error)")
        #expect(process.output == "{\"PAGE\":\"/\",\"USER\":\"u\"}\n")
    }

    /// Fault 72.
    @Test func whatIsPrintedIsEnoughAndNeeded() throws {
        let guarded = try Guarded()
        let workspace = guarded.workspace
        for command in guarded.explained.commands { try guarded.paste(command) }
        try Deadline(seconds: 20).wait(for: "the permissions") { try guarded.doctor().named == [] }

        // The topics are still to be made.
        for topic in ["pages", "dead", Guarded.changelog, Guarded.exchange] {
            #expect(try guarded.doctor(without: guarded.permission("Create", topic)) == ["E3304 \(topic)"])
        }

        // It runs, with everything that it has.
        let process = try guarded.start()
        try process.waitToSay("live")
        var source = Order.Source(partitions: 2, seed: 90)
        try workspace.produce(source.next(300).map(\.record), to: "orders")
        try workspace.waitUntilCaughtUp(process, "app", "orders", partitions: 2)
        try Deadline(seconds: 30).wait(for: "results") {
            try !workspace.records(of: "pages").isEmpty && !workspace.records(of: "users").isEmpty
                && !workspace.records(of: "dead").isEmpty
        }
        #expect(try process.stop() == 0, "\(process.error)")
        // And again, from its state.
        let again = try guarded.start()
        try again.waitToSay("state of")
        try again.waitToSay("live")
        #expect(try again.stop() == 0, "\(again.error)")
        #expect(try guarded.doctor().named == [])

        let ends = try guarded.ends()
        let missing = [
            ("Read", "orders", "E3301"), ("Write", "pages", "E3305"), ("DescribeConfigs", "pages", "E3308"),
            ("Write", "dead", "E3305"), ("Read", Guarded.changelog, "E3301"), ("Write", Guarded.changelog, "E3305"),
            ("Alter", Guarded.widened, "E3308"), ("Read", Guarded.exchange, "E3301"),
            ("Write", Guarded.exchange, "E3305"), ("Delete", Guarded.exchange, "E3308"), ("Read", "app", "E3302"),
            ("Write", "app-", "E3303"),
        ]
        for (operation, name, code) in missing {
            let named = try guarded.doctor(without: guarded.permission(operation, name))
            #expect(named == ["\(code) \(name)"], "without \(operation) on \(name)")
        }
        // All that asking has left everything as it was.
        #expect(try guarded.ends() == ends)

        // A run ends over it, and says where to look.
        let write = try guarded.permission("Write", "pages")
        try guarded.change(write, "--remove")
        try Deadline(seconds: 10).wait(for: "the change") { try !guarded.doctor().named.isEmpty }
        let stopped = try guarded.start()
        #expect(try stopped.exitCode(seconds: 60) == 77, "\(stopped.error)")
        #expect(stopped.error.contains("topic pages"), "\(stopped.error)")
        #expect(stopped.error.contains("millrace doctor"), "\(stopped.error)")
    }
}
