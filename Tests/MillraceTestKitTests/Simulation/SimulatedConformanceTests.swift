// SPDX-License-Identifier: Apache-2.0
import MillraceTestKit
import Testing

/// The simulated cluster does what brokers do; `ConformanceTests` of IntegrationTests runs the same cases on one.
struct SimulatedConformanceTests {
    @Test(arguments: ConformanceCase.all) func holds(_ conformance: ConformanceCase) throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            try conformance.run(on: SimulatedCluster(seed: seed), prefix: "c")
        }
    }

    @Test func namesAreUnique() {
        #expect(Set(ConformanceCase.all.map(\.name)).count == ConformanceCase.all.count)
        #expect(ConformanceCase.all.count >= 60)
    }
}
