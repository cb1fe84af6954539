// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// A filter over orders that keep coming, and what it has to publish of them.
struct FilteredOrders {
    let workspace: Workspace
    let input: String
    let output: String
    let application: String
    let program: String
    private let partitions: Int32
    /// Where its processes connect; the test's own clients may take another way.
    private let bootstrap: String
    private(set) var orders: [Order] = []
    private(set) var source: Order.Source

    init(
        _ name: String, partitions: Int32 = 4, first: Int = 1000, bootstrap: String? = nil, through: String? = nil
    ) throws {
        try self.init(
            try Workspace(name, bootstrap: bootstrap), partitions: partitions, first: first, through: through)
    }

    /// Writes the first orders.
    init(
        _ workspace: Workspace, partitions: Int32, first: Int = 1000, through: String? = nil,
        configuration: [String: String] = [:]
    ) throws {
        self.workspace = workspace
        self.bootstrap = through ?? workspace.bootstrap
        input = try workspace.createTopic("orders", partitions: partitions, configuration: configuration)
        output = workspace.topic("wanted")
        application = workspace.topic("app")
        program = try workspace.write(Programs.filter(input, into: output, above: 50), to: "wanted.sql")
        self.partitions = partitions
        source = Order.Source(partitions: partitions, seed: 101)
        try produce(first)
    }

    mutating func produce(_ count: Int) throws {
        let more = source.next(count)
        orders += more
        try workspace.produce(more.map(\.record), to: input)
    }

    /// One far later order in each partition, which makes everything before it final.
    mutating func produceClosing() throws {
        let closing = source.closing()
        orders += closing
        try workspace.produce(closing.map(\.record), to: input)
    }

    /// Orders that keep arriving, until `stop`.
    func arriving() -> LiveOrders { LiveOrders(source, to: input, properties: workspace.properties) }

    mutating func stop(_ live: LiveOrders) throws {
        let arrived = try live.stop()
        orders += arrived.orders
        source = arrived.source
    }

    func start(
        _ options: [String] = [], fault: String? = nil, interval: String = "100ms", environment: [String: String] = [:]
    ) throws -> MillraceProcess {
        try MillraceProcess(
            ["run", program, "-b", bootstrap, "--application", application, "--commit-interval", interval] + options,
            directory: workspace.directory,
            environment: environment.merging(fault.map { ["MILLRACE_FAULT": $0] } ?? [:]) { $1 })
    }

    func waitUntilCaughtUp(_ process: MillraceProcess, seconds: Double = 60) throws {
        try workspace.waitUntilCaughtUp(process, application, input, partitions: partitions, seconds: seconds)
    }

    /// What was published is what a recomputation gives.
    func check() throws {
        let found = try workspace.records(of: output).compactMap(\.value)
        let expected = Expectation.filtered(orders, above: 50).map { "{\"ID\":\($0.id),\"AMOUNT\":\($0.amount)}" }
        let (missing, wrong) = (Set(expected).subtracting(found), Set(found).subtracting(expected))
        #expect(missing.isEmpty && wrong.isEmpty, "missing \(missing.prefix(3)), wrong \(wrong.prefix(3))")
        #expect(found.count == expected.count)
    }

    /// Lets the process read to the end, stops it, and compares.
    func finish(_ process: MillraceProcess, seconds: Double = 60) throws {
        try waitUntilCaughtUp(process, seconds: seconds)
        #expect(try process.stop() == 0, "\(process.error)")
        try check()
    }
}
