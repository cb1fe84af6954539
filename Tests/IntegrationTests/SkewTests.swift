// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Data that are not spread: one key has nearly everything, one partition a thousand times what another has.
@Suite(.enabled(if: Environment.isReady)) struct SkewTests {
    private func orders(_ count: Int, hot: Int, partition: (Int) -> Int32) -> [Order] {
        (0..<count).map { id in
            let isHot = id % 100 < hot
            return Order(
                id: id, user: isHot ? "hot" : "u\(id % 1000)", amount: Double(id % 7) + 0.5,
                page: isHot ? "front" : "p\(id % 1000)", time: Order.firstDay + Int64(id) * 5, partition: partition(id))
        }
    }

    /// Fault 63: 99 of 100 records have one key: the results are exact, and more records take as much more time.
    @Test(arguments: ["user", "page"])
    func oneKeyHasNearlyEverything(key: String) throws {
        let workspace = try Workspace("hot")
        var seconds: [Double] = []
        for count in [40_000, 160_000] {
            let input = try workspace.createTopic("orders\(count)", partitions: 2)
            let all = orders(count, hot: 99) { Order.partition(of: $0 % 100 < 99 ? "hot" : "u\($0 % 1000)", 2) }
            try workspace.produce(all.map(\.record), to: input)
            let output = workspace.topic("totals\(count)")
            let window = Expectation.Window(size: 10_000, grace: 5_000)
            let program = try workspace.write(
                Programs.aggregate(input, into: output, by: key, window: window, emit: "FINAL"), to: "hot\(count).sql")
            let process = try workspace.run("replay", program, ["--format", "json"], seconds: 120)
            seconds.append(process.cpuSecondsAtEnd)
            let expected = Expectation(all, partitions: 2, window: window) { key == "user" ? $0.user : $0.page }
            #expect(
                process.output.split(separator: "\n").map(String.init).sorted()
                    == expected.lines(output, marksOpen: true, isAffine: key == "user"))
        }
        // Four times the records; a start takes its time.
        #expect(seconds[0] > 0 && seconds[1] < 8 * seconds[0], "\(seconds)")
    }

    /// Fault 63: of 1,000 records one comes to the second partition: its windows wait for it no longer than they must,
    /// and both are exact.
    @Test(arguments: ["user", "page"])
    func onePartitionHasNearlyEverything(key: String) throws {
        let workspace = try Workspace("skew")
        let input = try workspace.createTopic("orders", partitions: 2)
        // Each key in one partition.
        var all = orders(100_000, hot: 0) { $0 % 1000 == 999 ? 1 : 0 }
        all += (0..<2).map { partition in
            Order(
                id: 0, user: "closing\(partition)", amount: -1, page: "", time: Order.firstDay + 86_400_000,
                partition: partition)
        }
        try workspace.produce(all.map(\.record), to: input)
        let output = workspace.topic("totals")
        let window = Expectation.Window(size: 60_000, grace: 0)
        let program = try workspace.write(
            Programs.aggregate(input, into: output, by: key, window: window, emit: "FINAL"), to: "skew.sql")
        let application = workspace.topic("app")
        let process = try workspace.start(
            "run", program, ["--application", application, "--commit-interval", "100ms", "--threads", "2"])
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 2)
        #expect(try process.stop() == 0)
        let expected = Expectation(all, partitions: 2, window: window) { key == "user" ? $0.user : $0.page }
        let found = try workspace.records(of: output).map { $0.printed(output, windowSize: window.size) }.sorted()
        #expect(found == expected.lines(output, marksOpen: false, isAffine: key == "user"))
        #expect(found.count > 1000)
    }
}
