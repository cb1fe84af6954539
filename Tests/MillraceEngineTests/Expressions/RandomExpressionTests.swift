// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

@Suite struct RandomExpressionTests {
    /// Each seed: 250 expressions, each compiled once and run over three batches of different sizes and selections.
    @Test(arguments: 0..<12 as Range<UInt64>)
    func agreesWithTheReference(seed: UInt64) {
        var random = RandomExpressions(seed: seed)
        for number in 0..<250 {
            let type = RandomExpressions.types[number % RandomExpressions.types.count]
            let expression = random.expression(type, depth: 1 + number % 4)
            let compiled = CompiledExpression(expression)
            #expect(compiled.type == type)
            for rows in [
                Int.random(in: 0...40, using: &random.random), 16, Int.random(in: 0...20, using: &random.random),
            ] {
                let data = (0..<rows).map { _ in RandomExpressions.schema.map { random.value($0) } }
                let percent = [100, 60, 10].randomElement(using: &random.random) ?? 100
                let chosen = (0..<rows).filter { _ in
                    percent == 100 || Int.random(in: 0..<100, using: &random.random) < percent
                }
                if let difference = difference(compiled, expression, data, chosen) {
                    Issue.record("seed \(seed), expression \(number): \(difference)\n\(expression)")
                    return
                }
            }
        }
    }

    private func difference(
        _ compiled: CompiledExpression, _ expression: Expression, _ data: [[Value]], _ chosen: [Int]
    ) -> String? {
        let columns = RandomExpressions.schema.indices.map { index in
            column(RandomExpressions.schema[index], data.map { $0[index] })
        }
        let counts = FailureCounts()
        let result = compiled.evaluate(columns, rows: data.count, selection: selection(chosen), failures: counts)
        if result.count != data.count { return "\(result.count) rows instead of \(data.count)" }
        var expectedCounts: [EvaluationFailure: Int] = [:]
        for row in chosen {
            var reference = ReferenceInterpreter(data[row])
            let expected = reference.evaluate(expression)
            expectedCounts.merge(reference.failures, uniquingKeysWith: +)
            if !same(result.value(row), expected) {
                return "row \(row) of \(data.count): \(result.value(row)), expected \(expected)"
            }
        }
        return nonZero(counts) == expectedCounts ? nil : "failures \(nonZero(counts)), expected \(expectedCounts)"
    }
}
