// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What comes over the wire is damaged, slow, or garbage: nothing of it becomes a result, and nothing is left out.
/// (Requests and responses that are lost, cut, late and doubled: `scripts/crash`.)
@Suite(.serialized, .enabled(if: Environment.canStartBrokers)) struct WireFaultTests {
    private func begin(
        _ name: String, _ wired: WiredBroker, first: Int = 1000, _ options: [String] = []
    ) throws -> (subject: FilteredOrders, process: MillraceProcess) {
        let subject = try FilteredOrders(
            name, partitions: 1, first: first, bootstrap: wired.broker.bootstrap, through: wired.bootstrap)
        return (subject, try subject.start(options))
    }

    /// Fault 29: a bit of one batch in the midst of a response is another. librdkafka notices, and goes on behind the
    /// batch; what comes behind it must not be committed as if nothing were missing.
    @Test func aFlippedBitInWhatIsRead() throws {
        let wired = try WiredBroker()
        var (subject, process) = try begin("bits", wired, ["--commit-interval", "1ms"])
        try process.waitToSay("live")
        for _ in 0..<3 {
            let rule = wired.arm("response Fetch 1+ flip:50000")
            process.send(SIGSTOP)
            // The request that waits at the broker is answered by then.
            Thread.sleep(forTimeInterval: 1)
            for _ in 0..<10 { try subject.produce(400) }
            process.send(SIGCONT)
            try wired.waitUntilFired(rule)
            wired.release(rule)
            try subject.waitUntilCaughtUp(process)
        }
        #expect(process.error.contains("failed CRC32C check"), "\(process.error)")
        #expect(process.error.contains("going back to the last commit"))
        try subject.finish(process)
    }

    /// Fault 29: damage that stays, as on a disk, ends the run with its place; nothing behind it is committed.
    @Test func damageThatStaysEndsTheRun() throws {
        let wired = try WiredBroker()
        var (subject, process) = try begin("rot", wired)
        try subject.waitUntilCaughtUp(process)
        process.send(SIGSTOP)
        // The request that waits at the broker gets the first batch. The damage is in the midst of the log behind that,
        // so that one half can be read and the other not.
        for _ in 0..<10 { try subject.produce(400) }
        let middle: UInt64 = 130_000
        try wired.broker.flipBit(subject.input, partition: 0, at: middle)
        process.send(SIGCONT)
        #expect(try process.exitCode(seconds: 60) == 74, "\(process.error)")
        #expect(process.error.contains("E2107: cannot read \(subject.input)/0: "), "\(process.error)")
        #expect(process.error.contains("dump-log"))
        let committed = try #require(
            try subject.workspace.committed(subject.application, subject.input, partitions: 1)[0])
        #expect((1000..<5000).contains(committed))
        try wired.broker.flipBit(subject.input, partition: 0, at: middle)
        process = try subject.start()
        try subject.finish(process)
    }

    /// Fault 30: garbage, and lengths that cannot be, in place of responses: the connection or the transaction is given
    /// up, no memory is taken for it, and no commit is believed or lost.
    @Test func garbageIsNotBelieved() throws {
        let wired = try WiredBroker()
        var (subject, process) = try begin("garbage", wired, ["-X", "socket.timeout.ms=3000"])
        try process.waitToSay("live")
        let before = process.residentMebibytes
        let live = subject.arriving()
        var most = 0
        for action in ["garble", "swell", "cut:9"] {
            for api in [
                "Produce", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn", "Heartbeat", "Fetch",
            ] {
                let rule = wired.arm("response \(api) 1 \(action)")
                try wired.waitUntilFired(rule)
                Thread.sleep(forTimeInterval: 0.3)
                most = max(most, process.residentMebibytes)
                #expect(process.isRunning, "\(action) of \(api): \(process.error)")
            }
        }
        try subject.stop(live)
        try subject.finish(process)
        #expect(before > 0 && most < before + 100, "\(before) MiB before, \(most) MiB at most")
    }

    /// Fault 26, 33: a line of 1 Mbit/s, and then a broker that takes results slowly: reading waits for writing, and
    /// what waits takes a bounded amount of memory.
    @Test func slowLinesHoldUpAndHarmNothing() throws {
        let wired = try WiredBroker()
        var (subject, process) = try begin("slow", wired)
        try process.waitToSay("live")
        let thin = ["request", "response"].map { wired.arm("\($0) any 1+ pace:125000") }
        let live = subject.arriving()
        Thread.sleep(forTimeInterval: 4)
        try subject.stop(live)
        for rule in thin { wired.release(rule) }
        try subject.finish(process)

        // 150 MB.
        let long = String(repeating: "x", count: 10_000)
        let records = (0..<15_000).map { id in
            InputRecord(
                key: "u", value: #"{"id":\#(id),"page":"\#(long)"}"#, timestamp: Order.firstDay + Int64(id),
                partition: 0)
        }
        let input = try subject.workspace.createTopic("pages", partitions: 1)
        for part in 0..<15 {
            try subject.workspace.produce(Array(records[part * 1000..<part * 1000 + 1000]), to: input)
        }
        let output = try subject.workspace.createTopic("copies", partitions: 1)
        let program = try subject.workspace.write(
            Programs.source(input, hasTimeColumn: false)
                + "CREATE STREAM copies WITH (KAFKA_TOPIC='\(output)', VALUE_FORMAT='JSON') AS "
                + "SELECT user, id, page FROM orders;",
            to: "copies.sql")
        let application = subject.workspace.topic("copier")
        let slow = wired.arm("request Produce 1+ hold:100")
        let copier = try subject.workspace.command([
            "run", program, "-b", wired.bootstrap, "--application", application, "--commit-interval", "200ms",
        ])
        var most = 0
        let deadline = Deadline(seconds: 15)
        while !deadline.hasPassed {
            most = max(most, copier.residentMebibytes)
            Thread.sleep(forTimeInterval: 0.05)
        }
        wired.release(slow)
        try subject.workspace.waitUntilCaughtUp(copier, application, input, partitions: 1)
        #expect(try copier.stop() == 0)
        #expect(most > 0 && most < 250, "\(most) MiB")
        #expect(try subject.workspace.records(of: output).count == records.count)
    }

    /// Fault 29: what is flipped on the way to the broker is refused by it, and sent again.
    @Test func aFlippedBitInWhatIsWritten() throws {
        let wired = try WiredBroker()
        var (subject, process) = try begin("sent", wired)
        try process.waitToSay("live")
        let rule = wired.arm("request Produce 1+ flip:20")
        let live = subject.arriving()
        try wired.waitUntilFired(rule)
        Thread.sleep(forTimeInterval: 1)
        wired.release(rule)
        Thread.sleep(forTimeInterval: 1)
        try subject.stop(live)
        try subject.finish(process)
    }
}
