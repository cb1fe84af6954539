// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

@testable import MillracePlan

struct ValueGrowthTests {
    private static let text = Expression.column(0, .varchar)

    private static func replace(_ expression: Expression, by new: String) -> Expression {
        .call("REPLACE", [expression, .literal(.text("a"), .varchar), .literal(.text(new), .varchar)], .varchar)
    }

    @Test func aReplacementGrowsWithItsText() {
        let growth = ValueGrowth.most(Self.replace(Self.text, by: "abc"))
        #expect(growth.factor == 4 && !growth.isUnbounded)
    }

    /// Chains of REPLACE that clean texts are long: each call is looked at once.
    @Test(.timeLimit(.minutes(1))) func aNestOfCallsTakesTimeByItsDepth() {
        let nest = (0..<60).reduce(Self.text) { nest, _ in Self.replace(nest, by: "") }
        #expect(!ValueGrowth.most(nest).isUnbounded)
    }
}
