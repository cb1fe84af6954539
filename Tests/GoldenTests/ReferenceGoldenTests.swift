// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceTestKit
import Testing

@Suite struct ReferenceGoldenTests {
    /// With GOLDEN_COMPLETE=1 the files' expectations are rewritten from the reference, for a person to check.
    private static let isCompleting = ProcessInfo.processInfo.environment["GOLDEN_COMPLETE"] == "1"

    @Test func thereAreCases() {
        #expect(GoldenFiles.names.count >= 40)
    }

    @Test(arguments: GoldenFiles.names)
    func referenceMatchesFile(name: String) throws {
        let golden = try GoldenFiles.read(name)
        if let mistake = golden.error {
            let error = #expect(throws: SourceError.self) { try golden.plan() }
            #expect(error?.location == mistake.location)
            let text = "\(error?.message ?? "") \(error?.hint ?? "")"
            #expect(text.contains(mistake.fragment), "got: \(text)")
            return
        }
        let (results, accounts) = try golden.reference()
        if Self.isCompleting {
            let text = golden.rewritten(results: results, accounts: golden.accounts == nil ? nil : accounts)
            try text.write(to: GoldenFiles.url(name), atomically: true, encoding: .utf8)
            return
        }
        #expect(results == golden.results)
        if let expected = golden.accounts { #expect(accounts == expected) }
    }
}
