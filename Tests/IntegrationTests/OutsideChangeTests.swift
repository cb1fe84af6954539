// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

/// Somebody changes what belongs to a run: its group, its permissions, its logs.
@Suite(.enabled(if: Environment.isReady)) struct OutsideChangeTests {
    /// Fault 52: offsets that somebody has set, as kafka-consumer-groups does, are not gone on from.
    @Test func offsetsThatWereSetByHandAreRefused() throws {
        let subject = try FilteredOrders("reset", partitions: 1)
        var process = try subject.start()
        try subject.waitUntilCaughtUp(process)
        #expect(try process.stop() == 0)
        let commit = try #require(try subject.workspace.commit(subject.application, subject.input))
        try subject.workspace.recommit(
            subject.application, subject.input, CommittedOffset(offset: 500, metadata: ""))
        process = try subject.start()
        #expect(try process.exitCode(seconds: 40) == 65)
        #expect(
            process.error.contains(
                "E5009: the group \(subject.application) has committed \(subject.input)/0@500, but not with Millrace"),
            "\(process.error)")
        try subject.workspace.recommit(subject.application, subject.input, commit)
        try subject.finish(try subject.start())
    }

    /// Fault 52: a member that somebody removes from the group joins it again, and does nothing twice.
    @Test func aRemovedMemberJoinsAgain() throws {
        var subject = try FilteredOrders("removed")
        let process = try subject.start(["--instance", "one"])
        try process.waitToSay("live")
        let broker = try PlainProducer(bootstrap: subject.workspace.bootstrap)
        defer { broker.end() }
        for _ in 0..<2 {
            let live = subject.arriving()
            try Deadline(seconds: 20).wait(for: "orders") { live.count > 200 }
            try broker.removeMember("\(subject.application)-one", from: subject.application)
            Thread.sleep(forTimeInterval: 2)
            try subject.stop(live)
            try subject.waitUntilCaughtUp(process)
        }
        try subject.finish(process)
    }

    /// Fault 45: the permission to write an output is taken away under a run: it ends with the reason and commits
    /// nothing of what it could not write; with the permission it goes on.
    @Test(.enabled(if: Environment.canStartBrokers)) func aPermissionThatIsTakenAway() throws {
        let broker = try OwnBroker.guarded()
        let workspace = try Workspace("denied", bootstrap: broker.bootstrap, login: (user: "admin", password: "a"))
        var subject = try FilteredOrders(workspace, partitions: 1)
        let module = "org.apache.kafka.common.security.plain.PlainLoginModule"
        let administrator = try workspace.write(
            """
            security.protocol=SASL_PLAINTEXT
            sasl.mechanism=PLAIN
            sasl.jaas.config=\(module) required username="admin" password="a";

            """, to: "admin.properties")
        func change(_ words: [String]) throws {
            try OwnBroker.tool(
                [OwnBroker.aclCommand, "--bootstrap-server", broker.bootstrap, "--command-config"]
                    + [administrator] + words)
        }
        try change(
            ["--add", "--allow-principal", "User:app", "--operation", "All", "--topic", "*", "--group", "*"]
                + ["--transactional-id", "*", "--cluster"])
        let login = [
            "security.protocol=sasl_plaintext", "sasl.mechanism=PLAIN", "sasl.username=app", "sasl.password=b",
        ].flatMap { ["-X", $0] }
        var process = try subject.start(login)
        try process.waitToSay("live")
        try change(["--add", "--deny-principal", "User:app", "--operation", "Write", "--topic", subject.output])
        try subject.produce(500)
        // Where librdkafka has thrown away what it held, it says only that of it.
        let code = try process.exitCode(seconds: 60)
        #expect(code == 77 || code == 74, "\(process.error)")
        #expect(process.error.contains("E3305") || process.error.contains("E3005"), "\(process.error)")
        #expect(process.error.contains("Topic authorization failed") && process.error.contains(subject.output))
        #expect(try workspace.committed(subject.application, subject.input, partitions: 1) == [1000])
        try change(
            ["--remove", "--force", "--deny-principal", "User:app", "--operation", "Write", "--topic", subject.output])
        process = try subject.start(login)
        try subject.finish(process)
    }

    /// Fault 34: a broker that wants a new log-in every few seconds cuts off clients that cannot give it (librdkafka
    /// before 2.2): the run goes on, and the log is not flooded.
    @Test(.enabled(if: Environment.canStartBrokers)) func aBrokerThatCutsClientsOff() throws {
        let broker = try OwnBroker.guarded(
            more: ["listener.name.sasl_plaintext.plain.connections.max.reauth.ms=3000"])
        let workspace = try Workspace("reauth", bootstrap: broker.bootstrap, login: (user: "admin", password: "a"))
        var subject = try FilteredOrders(workspace, partitions: 2)
        let login = [
            "security.protocol=sasl_plaintext", "sasl.mechanism=PLAIN", "sasl.username=admin", "sasl.password=a",
        ].flatMap { ["-X", $0] }
        let process = try subject.start(login)
        try process.waitToSay("live")
        let live = subject.arriving()
        Thread.sleep(forTimeInterval: 12)
        try? subject.stop(live)
        try subject.finish(process)
        let lines = process.error.split(separator: "\n").count
        #expect(lines < 60, "\(process.error)")
    }

    /// Fault 35: a broker loses the end of its log, as with its power: the committed offset lies behind it, and nothing
    /// is skipped in silence.
    @Test(.enabled(if: Environment.canStartBrokers)) func aBrokerThatLosesTheEndOfItsLog() throws {
        let broker = try OwnBroker()
        var subject = try FilteredOrders("tail", partitions: 1, bootstrap: broker.bootstrap)
        try subject.produce(1000)
        var process = try subject.start()
        try subject.waitUntilCaughtUp(process)
        #expect(try process.stop() == 0)
        try broker.kill()
        try broker.cutLog(subject.input, partition: 0, bytes: 2000)
        try broker.restart()
        let end = try subject.workspace.ends(subject.input, partitions: 1)[0]
        #expect(end < 2000)
        process = try subject.start()
        #expect(try process.exitCode(seconds: 60) == 65, "\(process.error)")
        #expect(process.error.contains("before the committed offset 2000"), "\(process.error)")
        #expect(process.error.contains("millrace: E5006"), "\(process.error)")
    }

    /// Fault 46, 47: a changelog whose beginning was deleted, and one that is not as wide as the input: nothing is
    /// counted over.
    @Test func changelogsThatDoNotHoldTheState() throws {
        let workspace = try Workspace("changelog")
        let input = try workspace.createTopic("orders", partitions: 2)
        let application = workspace.topic("app")
        var source = Order.Source(partitions: 2, seed: 7)
        try workspace.produce(source.next(500).map(\.record), to: input)
        let program = try workspace.write(
            Programs.aggregate(input, into: workspace.topic("totals"), by: "user", window: nil, emit: "CHANGES"),
            to: "totals.sql")
        let changelog = "\(application)-TOTALS-changelog"
        let options = ["--application", application, "--commit-interval", "100ms"]
        // A narrower one was there before: it gets as many partitions as the input has.
        try workspace.createExactTopic(
            changelog, partitions: 1, configuration: ["cleanup.policy": "compact,delete", "retention.ms": "-1"])
        var process = try workspace.start("run", program, options)
        try process.waitToSay("\(changelog) has 2 partitions now, as the input has")
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 2)
        #expect(try process.stop() == 0)
        let results = try workspace.records(of: workspace.topic("totals")).count
        _ = try Admin(workspace.properties).deleteRecords(
            before: [TopicPartition(changelog, 0): 1, TopicPartition(changelog, 1): 1], timeoutMilliseconds: 20_000)
        process = try workspace.run("run", program, options, expecting: 65)
        #expect(process.error.contains("E5008"), "\(process.error)")
        #expect(process.error.contains("its beginning has been deleted"), "\(process.error)")
        #expect(try workspace.records(of: workspace.topic("totals")).count == results)
    }

    /// Fault 37: a run whose input is gone asks for it now and then: it does not spin while it waits.
    @Test func aRunWithoutItsInputDoesNotSpin() throws {
        let subject = try FilteredOrders("absent", partitions: 1)
        let process = try subject.start()
        try subject.waitUntilCaughtUp(process)
        try process.waitToSay("live")
        _ = try Admin(subject.workspace.properties).deleteTopics([subject.input], timeoutMilliseconds: 20_000)
        try process.waitToSay("looking whether the topic \(subject.input) comes back")
        let before = process.cpuSeconds
        Thread.sleep(forTimeInterval: 5)
        let used = process.cpuSeconds - before
        #expect(before > 0 && used < 2.5, "\(used) s of 5 s")
        let lines = process.error.split(separator: "\n").count
        #expect(lines < 40, "\(process.error)")
        #expect(try process.exitCode(seconds: 40) == 66)
    }
}
