// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import Testing

/// `millrace mock`: other processes connect to it.
@Suite(.enabled(if: Environment.isReady)) struct MockTests {
    @Test func aProgramRunsAgainstIt() throws {
        let files = try Workspace("mock")
        let mock = try MillraceProcess(["mock", "--topics", "orders:4,totals:3"], directory: files.directory)
        try Deadline(seconds: 20).wait(for: "the broker") { mock.output.hasSuffix("\n") }
        let bootstrap = try #require(mock.output.firstMatch(of: /^BROKERS=(127\.0\.0\.1:\d+)\n$/)?.1)
        let workspace = try Workspace("mock", bootstrap: String(bootstrap))
        var source = Order.Source(partitions: 4, seed: 91)
        try workspace.produce(source.next(200).map(\.record), to: "orders")
        let program = try workspace.write(Programs.filter("orders", into: "totals", above: 0), to: "totals.sql")

        let topics = try workspace.command(["topics", "-b", workspace.bootstrap])
        #expect(try topics.exitCode() == 0)
        #expect(topics.output.contains(#/orders +4 +200 /#), "\(topics.output)")
        let replay = try workspace.run("replay", program, ["--format", "json"])
        let lines = replay.output.split(separator: "\n").count
        #expect(lines > 50)
        _ = try workspace.run("explain", program)
        // It has no settings: what it would take is not tried.
        let doctor = try workspace.run("doctor", program)
        #expect(doctor.output.contains("could not find out whether totals may be written"), "\(doctor.output)")
        #expect(try workspace.ends("totals", partitions: 3) == [0, 0, 0])
        let run = try workspace.start("run", program)
        try run.waitToSay("live", seconds: 60)
        #expect(try run.stop() == 0)
        // The ends of its logs count markers, too, from some librdkafka on.
        #expect(try workspace.records(of: "totals").count == lines)
        #expect(try mock.stop() == 0)
    }

    @Test func severalBrokers() throws {
        let files = try Workspace("mocks")
        let mock = try MillraceProcess(["mock", "--brokers", "3"], directory: files.directory)
        try Deadline(seconds: 20).wait(for: "the brokers") { mock.output.hasSuffix("\n") }
        #expect(mock.output.dropFirst("BROKERS=".count).split(separator: ",").count == 3)
        let list = try files.command(["topics", "-b", String(mock.output.dropFirst("BROKERS=".count).dropLast())])
        #expect(try list.exitCode() == 0)
        #expect(list.output == "TOPIC  PARTITIONS  RECORDS  OLDEST (UTC)  NEWEST (UTC)\n")
        #expect(try mock.stop() == 0)
    }
}
