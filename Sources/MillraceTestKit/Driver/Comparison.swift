// SPDX-License-Identifier: Apache-2.0
package import MillracePlan

/// The engine's answer in one way of running next to the reference's.
package struct Comparison {
    package let way: DriverWay
    package let expected: [String]
    package let actual: [String]
    package let expectedAccounts: [AccountKey: RecordAccount]
    package let actualAccounts: [AccountKey: RecordAccount]

    package var isEqual: Bool { expected == actual && expectedAccounts == actualAccounts }

    /// Throws where the engine or the reference does not run the program.
    package init(_ program: ProgramPlan, over log: SimulatedLog, _ way: DriverWay) throws {
        self.way = way
        let reference = try Reference.run(program, over: log, way.isBounded ? .bounded : .unbounded)
        let outcome =
            try way.processes > 0
            ? GroupDriver.run(program, over: log, way) : PipelineDriver.run(program, over: log, way)
        let reduction = ChangeReduction(program)
        let numbers = Dictionary(uniqueKeysWithValues: program.queries.enumerated().map { ($1.name, $0) })
        let ordered = reference.orderedKeys
        expected = CanonicalOrder.lines(
            reduction.reduced(reference.rows.map { (numbers[$0.query] ?? 0, way.published($0.line)) }),
            ordered: ordered)
        actual = CanonicalOrder.lines(
            reduction.reduced(outcome.lines.map { ($0.query, way.published($0.text)) }), ordered: ordered)
        expectedAccounts = reference.accounts
        actualAccounts = outcome.accounts
    }

    /// The first differences, for a failed test.
    package var difference: String {
        var text = "\(way)\n"
        let expectedSet = Set(expected)
        let actualSet = Set(actual)
        for line in expected.filter({ !actualSet.contains($0) }).prefix(5) { text += "missing    \(line)\n" }
        for line in actual.filter({ !expectedSet.contains($0) }).prefix(5) { text += "unexpected \(line)\n" }
        if expectedSet == actualSet, expected != actual {
            text += "the same lines, but \(expected.count) expected, \(actual.count) found, or in another order\n"
        }
        for (key, account) in expectedAccounts.sorted(by: { $0.key < $1.key }) where actualAccounts[key] != account {
            text +=
                "account \(key.query) \(key.place): expected \(account), "
                + "found \(String(describing: actualAccounts[key]))\n"
        }
        return text
    }
}
