// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Records as other clients and brokers write them: packed in every way, with times that the broker gives.
@Suite(.enabled(if: Environment.isReady)) struct RecordFormatTests {
    /// Fault 50: batches of every codec in one log are read alike. (Kafka before 0.11 wrote records in the formats v0
    /// and v1; 4.x reads none, and 3.x turns them into v2 for whoever asks as librdkafka does.)
    @Test func everyCodecIsRead() throws {
        let workspace = try Workspace("codecs")
        let input = try workspace.createTopic("orders", partitions: 1)
        let codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
        var source = Order.Source(partitions: 1, seed: 5)
        var orders: [Order] = []
        for round in 0..<3 {
            for codec in codecs {
                let more = source.next(40 * (round + 1))
                orders += more
                try workspace.produce(more.map(\.record), to: input, ["compression.codec": codec])
            }
        }
        let output = workspace.topic("wanted")
        let program = try workspace.write(Programs.filter(input, into: output, above: 50), to: "wanted.sql")
        let expected = Expectation.filtered(orders, above: 50).map { "{\"ID\":\($0.id),\"AMOUNT\":\($0.amount)}" }
        // What is read, and what is written in each codec and read again.
        for codec in codecs {
            let application = workspace.topic("app-\(codec)")
            let copy = try workspace.write(
                Programs.filter(input, into: workspace.topic(codec), above: 50), to: "\(codec).sql")
            let process = try workspace.start(
                "run", copy, ["--application", application, "-X", "compression.codec=\(codec)"])
            try workspace.waitUntilCaughtUp(process, application, input, partitions: 1)
            #expect(try process.stop() == 0)
            #expect(try workspace.records(of: workspace.topic(codec)).compactMap(\.value).sorted() == expected.sorted())
        }
        let replay = try workspace.run("replay", program, ["--format", "json"])
        #expect(replay.output.split(separator: "\n").count == expected.count)
    }

    /// Fault 50: a topic that writes the time of arrival: that is the event time where the program names no column.
    @Test func theTimeOfArrivalIsTheEventTime() throws {
        let workspace = try Workspace("arrival")
        let input = try workspace.createTopic(
            "orders", partitions: 1, configuration: ["message.timestamp.type": "LogAppendTime"])
        let began = Int64(Date().timeIntervalSince1970 * 1000)
        let orders = Order.Source.plain(50)
        try workspace.produce(orders.map(\.record), to: input)
        let ended = Int64(Date().timeIntervalSince1970 * 1000)
        let output = workspace.topic("wanted")
        let program = try workspace.write(
            Programs.filter(input, into: output, above: 0, hasTimeColumn: false), to: "wanted.sql")
        let application = workspace.topic("app")
        let process = try workspace.start("run", program, ["--application", application])
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 1)
        #expect(try process.stop() == 0)
        let times = try workspace.records(of: output).map(\.timestamp)
        #expect(
            times.count == 50 && times.allSatisfy { (began - 1000...ended + 1000).contains($0) }, "\(times.prefix(3))")
        // And the other way round: results keep the time of their records, unless their topic writes its own.
        let stamped = try workspace.createTopic(
            "stamped", partitions: 3, configuration: ["message.timestamp.type": "LogAppendTime"])
        let other = try workspace.write(Programs.filter(input, into: stamped, above: 0), to: "stamped.sql")
        let second = try workspace.start("run", other, ["--application", workspace.topic("other")])
        try workspace.waitUntilCaughtUp(second, workspace.topic("other"), input, partitions: 1)
        #expect(try second.stop() == 0)
        #expect(try workspace.records(of: stamped).allSatisfy { $0.timestamp >= ended })
    }
}
