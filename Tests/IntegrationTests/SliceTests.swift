// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `--from` and `--to`: by time, by offsets, and back from now.
@Suite(.enabled(if: Environment.isReady)) struct SliceTests {
    private static let window = Expectation.Window(size: 10_000, grace: 5_000)

    /// Orders whose event time is the Kafka timestamp, written to a topic.
    private struct Written {
        var workspace: Workspace
        var input: String
        var output: String
        var orders: [Order]
        var program: String

        init(_ name: String, key: String, seed: UInt64) throws {
            workspace = try Workspace(name)
            input = try workspace.createTopic("orders")
            output = workspace.topic("totals")
            var source = Order.Source(partitions: 4, seed: seed)
            orders = source.next(10_000)
            try workspace.produce(orders.map(\.record), to: input)
            program = try workspace.write(
                Programs.aggregate(
                    input, into: output, by: key, window: SliceTests.window, emit: "FINAL", hasTimeColumn: false),
                to: "totals.sql")
        }

        func replay(_ options: [String]) throws -> [String] {
            try workspace.run("replay", program, ["--format", "json"] + options).output
                .split(separator: "\n").map(String.init).sorted()
        }

        func expectation(_ key: String, _ orders: [Order]) -> Expectation {
            Expectation(orders, partitions: 4, window: SliceTests.window, hasTimeColumn: false) {
                key == "user" ? $0.user : $0.page
            }
        }
    }

    /// A slice by time gives the windows in it just what the whole log gives them: late records stay late, and
    /// nothing before the slice is missing.
    @Test(arguments: ["user", "page"], [0, 1, 9_999] as [Int64])
    func slicesByTimeAreExact(key: String, shift: Int64) throws {
        let written = try Written("slice-time", key: key, seed: 50)
        let expected = written.expectation(key, written.orders)
        let middle = written.orders[4_000].time / 10_000 * 10_000
        let from = middle + shift
        #expect(
            try written.replay(["--from", "\(from)"])
                == expected.lines(
                    written.output, marksOpen: true, isAffine: key == "user", starts: middle..<(.max)))
        // Windows that end after the end of the slice are not in it.
        let to = written.orders[7_000].time / 10_000 * 10_000 + shift
        let lastStart = (to / 10_000 - 1) * 10_000
        #expect(
            try written.replay(["--from", "\(from)", "--to", "\(to)"])
                == expected.lines(
                    written.output, marksOpen: true, isAffine: key == "user", starts: middle..<(lastStart + 1)))
    }

    @Test func slicesByOffsetsAreExactlyTheseRecords() throws {
        let written = try Written("slice-offsets", key: "page", seed: 51)
        var places: [Int32: Int] = [:]
        var orders: [Order] = []
        // Partition 3 is not named: it is read whole.
        let slices: [Int32: Range<Int>] = [0: 100..<700, 1: 0..<1, 2: 900..<900]
        for order in written.orders {
            let place = places[order.partition, default: 0]
            places[order.partition] = place + 1
            if slices[order.partition]?.contains(place) ?? true { orders.append(order) }
        }
        let expected = written.expectation("page", orders)
        #expect(
            try written.replay(["--from", "offsets:0=100,2=900", "--to", "offsets:0=700,1=1,2=900"])
                == expected.lines(written.output, marksOpen: true, isAffine: false))
    }

    @Test func slicesReachBackFromNow() throws {
        let workspace = try Workspace("slice-ago")
        let input = try workspace.createTopic("orders", partitions: 2)
        let output = workspace.topic("totals")
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        var old = Order.Source(partitions: 2, seed: 52, time: now - 72 * 3_600_000)
        var recent = Order.Source(partitions: 2, seed: 53, time: now - 24 * 3_600_000)
        let oldOrders = old.next(1000)
        let recentOrders = recent.next(1000)
        try workspace.produce((oldOrders + recentOrders).map(\.record), to: input)
        let program = try workspace.write(
            Programs.aggregate(
                input, into: output, by: "user", window: SliceTests.window, emit: "FINAL", hasTimeColumn: false),
            to: "totals.sql")
        func lines(_ from: String, _ to: String) throws -> [String] {
            try workspace.run("replay", program, ["--format", "json", "--from", from, "--to", to]).output
                .split(separator: "\n").map(String.init).sorted()
        }
        let expected = Expectation(
            oldOrders + recentOrders, partitions: 2, window: SliceTests.window, hasTimeColumn: false, key: \.user)
        let cut = now - 48 * 3_600_000
        #expect(
            try lines("-48h", "now")
                == expected.lines(output, marksOpen: true, isAffine: true, starts: cut..<(.max)))
        #expect(
            try lines("earliest", "-48h")
                == expected.lines(output, marksOpen: true, isAffine: true, starts: .min..<cut))
    }

    /// Where nothing has windows a slice by time ends in each partition at the first record that is not older.
    @Test func slicesOfAFilterAreItsRecords() throws {
        let workspace = try Workspace("slice-filter")
        let input = try workspace.createTopic("orders")
        let output = workspace.topic("wanted")
        var source = Order.Source(partitions: 4, seed: 54)
        let orders = source.next(5_000)
        try workspace.produce(orders.map(\.record), to: input)
        let program = try workspace.write(
            Programs.filter(input, into: output, above: 50, hasTimeColumn: false), to: "wanted.sql")
        let (from, to) = (orders[1_000].time + 3, orders[3_000].time + 7)
        let process = try workspace.run("replay", program, ["--format", "json", "--from", "\(from)", "--to", "\(to)"])
        let ids = process.output.split(separator: "\n").compactMap { line in
            line.split(separator: "\"ID\":").last.flatMap { Int($0.prefix { $0 != "," }) }
        }
        var ended = Set<Int32>()
        let inside = orders.filter { order in
            if order.time >= to { ended.insert(order.partition) }
            return order.time >= from && !ended.contains(order.partition)
        }
        let expected = Expectation.filtered(inside, above: 50)
        #expect(ids.sorted() == expected.map(\.id).sorted())
    }
}
