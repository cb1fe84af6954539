// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `state.memory.max`.
@Suite(.enabled(if: Environment.isReady)) struct MemoryBudgetTests {
    /// Fault 11, 62.
    /// The run ends with a code of its own, says what it holds, and can be told to take more.
    @Test func aStateThatIsTooLargeEndsTheRun() throws {
        let workspace = try Workspace("memory")
        let input = try workspace.createTopic("orders", partitions: 1)
        let orders = Order.Source.plain(60_000)
        try workspace.produce(orders.map(\.record), to: input)
        let output = workspace.topic("totals")
        let program = try workspace.write(
            Programs.aggregate(input, into: output, by: "user", window: nil, emit: "CHANGES"), to: "totals.sql")
        let small = try workspace.write("mode: batch\nstate.memory.max: 2MiB\n", to: "small.yaml")
        let large = try workspace.write("mode: batch\nstate.memory.max: 1GiB\n", to: "large.yaml")
        let application = ["--application", workspace.topic("app"), "--commit-interval", "20ms"]
        for command in ["run", "run", "replay"] {
            let process = try workspace.run(command, program, ["-c", small] + application, expecting: 71, seconds: 30)
            #expect(process.error.contains("the state takes more than state.memory.max (2.1 MB): CTAS_TOTALS_1"))
            #expect(process.error.contains(" groups)") && process.error.contains("raise state.memory.max"))
        }
        _ = try workspace.run("run", program, ["-c", large] + application)
        let found = try workspace.records(of: output)
        #expect(Set(found.map(\.keyText)).count == 60_000)
        #expect(found.allSatisfy { $0.value?.hasPrefix(#"{"N":1,"#) == true })
    }

    /// Fault 11.
    /// One partition is read much faster than the other, and its open windows are more than may be held: it waits.
    @Test func partitionsThatAreAheadWait() throws {
        let workspace = try Workspace("ahead")
        let input = try workspace.createTopic("orders", partitions: 2)
        let padding = String(repeating: "x", count: 4000)
        let (records, windows) = (200_000, 1000)
        var orders: [InputRecord] = []
        for number in 0..<records {
            let time = Order.firstDay + Int64(number) * Int64(windows) * 1000 / Int64(records)
            orders.append(order(time, page: "p\(number)", partition: 0))
            if number % 40 == 0 { orders.append(order(time, page: "slow\(number)", partition: 1, more: padding)) }
        }
        try workspace.produce(orders, to: input)
        let output = workspace.topic("totals")
        let program = try workspace.write(
            Programs.aggregate(
                input, into: output, by: "page", window: .init(size: 1000, grace: 0), emit: "FINAL"),
            to: "totals.sql")
        let configuration = try workspace.write("mode: batch\nstate.memory.max: 3MiB\n", to: "millrace.yaml")
        let process = try workspace.run(
            "run", program, ["-c", configuration, "--application", workspace.topic("app")])
        #expect(process.error.contains("reading only the slowest partitions"), "\(process.error)")
        #expect(process.error.contains("\(input)/1)"))
        // All but what lies in the last window, which is open.
        #expect(try workspace.records(of: output).count == (records + records / 40) / windows * (windows - 1))
        #expect(!process.error.contains(" late ("), "\(process.error)")
    }

    private func order(_ time: Int64, page: String, partition: Int32, more: String = "") -> InputRecord {
        InputRecord(
            key: "u", value: #"{"amount":1,"ts":\#(time),"page":"\#(page)","more":"\#(more)"}"#, timestamp: time,
            partition: partition)
    }
}
