// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `--dead-letter`: late and bad records are kept, with where they come from and why they are there.
@Suite(.enabled(if: Environment.isReady)) struct DeadLetterTests {
    @Test(arguments: [1, 3])
    func keepsLateAndBadRecords(threads: Int) throws {
        let workspace = try Workspace("dead")
        let input = try workspace.createTopic("orders")
        let rejected = workspace.topic("rejected")
        var source = Order.Source(partitions: 4, seed: 70)
        let orders = source.next(5_000)
        try workspace.produce(orders.map(\.record), to: input)
        let aggregate = AggregateCase(key: "page", window: AggregateCase.window, emit: "CHANGES", threads: threads)
        let program = try workspace.write(aggregate.program(input, workspace.topic("totals")), to: "totals.sql")
        let application = workspace.topic("app")
        let process = try workspace.start(
            "run", program, aggregate.options + ["--application", application, "--dead-letter", rejected])
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 4)
        #expect(try process.stop() == 0)

        let originals = Dictionary(
            uniqueKeysWithValues: try workspace.records(of: input).map { ("\($0.partition)@\($0.offset)", $0) })
        let letters = try workspace.records(of: rejected)
        let expected = aggregate.expectation(orders, partitions: 4)
        let reasons = Dictionary(grouping: letters) { $0.headers["millrace.reason"] ?? "none" }
        #expect(reasons["none"] == nil)
        let late = letters.filter { ($0.headers["millrace.reason"] ?? "").contains("late") }
        #expect(late.count == expected.accounts.reduce(0) { $0 + $1.late }, "\(reasons.mapValues(\.count))")
        #expect(letters.count - late.count == expected.accounts.reduce(0) { $0 + $1.bad })
        var places = Set<String>()
        for letter in letters {
            let place = "\(letter.headers["millrace.partition"] ?? "")@\(letter.headers["millrace.offset"] ?? "")"
            places.insert(place)
            let original = try #require(originals[place])
            #expect(letter.headers["millrace.topic"] == input)
            #expect(letter.headers["millrace.query"]?.isEmpty == false)
            #expect(letter.key == original.key && letter.value == original.value)
            #expect(letter.timestamp == original.timestamp)
        }
        #expect(places.count == letters.count)
    }
}
