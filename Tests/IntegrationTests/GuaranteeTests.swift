// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

/// What `processing.guarantee` promises.
@Suite(.enabled(if: Environment.isReady)) struct GuaranteeTests {
    /// Results do not wait for the commit, which is minutes away.
    @Test func atLeastOnceIsVisibleBeforeTheCommit() throws {
        let workspace = try Workspace("at-once")
        let input = try workspace.createTopic("orders")
        let output = try workspace.createTopic("wanted", partitions: 3)
        let program = try workspace.write(
            Programs.atLeastOnce + Programs.filter(input, into: output, above: 0), to: "wanted.sql")
        let application = workspace.topic("app")
        let process = try workspace.start(
            "run", program, ["--application", application, "--commit-interval", "10m"])
        try process.waitToSay("live")
        var source = Order.Source(partitions: 4, seed: 91)
        source.isDirty = false
        let orders = source.next(40)
        try workspace.produce(orders.map(\.record), to: input)
        let wanted = Expectation.filtered(orders, above: 0).count
        #expect(wanted > 0)
        try Deadline(seconds: 20).wait(for: "the results") { try workspace.records(of: output).count == wanted }
        // Nothing but the hand-over is committed yet, and a clean stop commits the rest.
        #expect(try workspace.committed(application, input, partitions: 4).allSatisfy { ($0 ?? 0) == 0 })
        #expect(try process.stop() == 0)
        let ends = try workspace.ends(input, partitions: 4)
        #expect(try workspace.committed(application, input, partitions: 4) == ends.map { Optional($0) })
    }

    /// Fault 49.
    /// A result that the broker does not take, because its topic was changed meanwhile, ends the run; what it came from
    /// is not committed.
    @Test(.enabled(if: Environment.canStartBrokers))
    func nothingIsCommittedOverAResultThatDidNotArrive() throws {
        let workspace = try Workspace("undelivered")
        let input = try workspace.createTopic("notes", partitions: 1)
        let output = try workspace.createTopic("kept", partitions: 1)
        let program = try workspace.write(
            Programs.atLeastOnce + """
                CREATE STREAM notes (note VARCHAR) WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON');
                CREATE STREAM kept WITH (KAFKA_TOPIC='\(output)') AS SELECT note FROM notes WHERE note <> '';

                """, to: "kept.sql")
        let application = workspace.topic("app")
        let process = try workspace.start(
            "run", program, ["--application", application, "--commit-interval", "20ms"])
        try process.waitToSay("live")
        func note(_ text: String) -> InputRecord {
            InputRecord(key: nil, value: #"{"note":"\#(text)"}"#, timestamp: Order.firstDay, partition: 0)
        }
        try workspace.produce((0..<10).map { note("n\($0)") }, to: input)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 1)
        try OwnBroker.tool([
            "kafka.admin.ConfigCommand", "--bootstrap-server", workspace.bootstrap, "--alter", "--topic", output,
            "--add-config", "max.message.bytes=1000",
        ])
        try workspace.produce(
            [note("before"), note(String(repeating: "x", count: 5000)), note("behind")], to: input)
        #expect(try process.exitCode(seconds: 60) == 65)
        #expect(process.error.contains("MSG_SIZE_TOO_LARGE"), "\(process.error)")
        #expect(process.error.contains("max.message.bytes"))
        let committed = try #require(try workspace.committed(application, input, partitions: 1)[0])
        #expect((10...11).contains(committed))
    }

    /// A predecessor may have died with the transaction of either id open: both are ended before anything is read.
    @Test(arguments: ["0", "1"])
    func anOpenTransactionOfAPredecessorIsEnded(number: String) throws {
        let workspace = try Workspace("predecessor")
        let input = try workspace.createTopic("orders")
        let output = try workspace.createTopic("wanted", partitions: 3)
        let application = workspace.topic("app")
        let identity = "\(application)-\(ProcessInfo.processInfo.hostName)-\(number)"
        var options = ProducerOptions(properties: workspace.properties, transactionalID: identity)
        options.transactionTimeoutMilliseconds = 600_000
        let predecessor = try Producer(options)
        try predecessor.initTransactions(timeoutMilliseconds: 20_000)
        try predecessor.beginTransaction()
        let leftOver = InputRecord(key: "left", value: "over", timestamp: Order.firstDay, partition: 0)
        try predecessor.send(InputRecord.raw([leftOver]), to: predecessor.topic(output))
        try predecessor.flush(timeoutMilliseconds: 20_000)

        let program = try workspace.write(Programs.filter(input, into: output, above: 0), to: "wanted.sql")
        let process = try workspace.start("run", program, ["--application", application, "--commit-interval", "20ms"])
        try process.waitToSay("live")
        var source = Order.Source(partitions: 4, seed: 92)
        source.isDirty = false
        let orders = source.next(200)
        try workspace.produce(orders.map(\.record), to: input)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
        let error = #expect(throws: KafkaError.self) {
            try predecessor.commitTransaction(timeoutMilliseconds: 10_000)
        }
        #expect(error?.isFenced == true)
        let found = try workspace.records(of: output)
        #expect(found.count == Expectation.filtered(orders, above: 0).count)
        #expect(!found.contains { $0.keyText == "left" })
        #expect(try process.stop() == 0)
    }

    @Test func explainSaysIt() throws {
        let workspace = try Workspace("explained")
        let filter = Programs.filter(try workspace.createTopic("orders"), into: workspace.topic("wanted"), above: 0)
        let program = try workspace.write(Programs.atLeastOnce + filter, to: "wanted.sql")
        #expect(try workspace.run("explain", program).output.contains("at_least_once: results are sent at once"))
        // The file wins over the program.
        let configuration = try workspace.write("processing.guarantee: exactly_once_v2\n", to: "once.yaml")
        #expect(
            try workspace.run("explain", program, ["-c", configuration]).output
                .contains("exactly_once_v2: results become visible with the commit, every 1000 ms"))
    }
}
