// SPDX-License-Identifier: Apache-2.0
import MillraceTestKit
import Testing

@Suite struct EngineGoldenTests {
    /// Fault 12, 56, 58, 59.
    /// Every case in all ways gives what the file says.
    @Test(arguments: GoldenFiles.names)
    func engineMatchesFile(name: String) throws {
        let golden = try GoldenFiles.read(name)
        guard golden.error == nil else { return }
        let plan = try golden.plan()
        for way in DriverWay.all(for: golden.log, seed: 1) where try way.isPossible(golden.plan()) {
            let comparison = try Comparison(plan, over: golden.log, way)
            #expect(comparison.isEqual, "\(comparison.difference)")
            if way.isBounded {
                #expect(comparison.actual.sorted() == golden.results.map(way.published).sorted(), "\(way)")
            }
            if !comparison.isEqual { return }
        }
    }
}
