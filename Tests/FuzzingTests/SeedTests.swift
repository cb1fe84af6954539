// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Every seed of the fuzzer, and every input that once showed a fault, through its target.
@Suite struct SeedTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fuzzing")

    private static func inputs(_ folder: String, _ target: String) throws -> [URL] {
        let directory = root.appendingPathComponent(folder).appendingPathComponent(target)
        guard FileManager.default.fileExists(atPath: directory.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }

    @Test(arguments: FuzzTarget.all.map(\.name)) func everySeed(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let seeds = try Self.inputs("Seeds", name)
        #expect(!seeds.isEmpty, "a target without seeds finds little")
        for file in try seeds + Self.inputs("Regressions", name) {
            let bytes = try [UInt8](Data(contentsOf: file))
            let start = ContinuousClock.now
            do {
                try target.run(bytes)
            } catch {
                Issue.record("\(file.lastPathComponent): \(error)")
            }
            #expect(ContinuousClock.now - start < .seconds(5), "\(file.lastPathComponent) takes too long")
        }
    }

    /// No input of a target that is not there.
    @Test func everyFolderHasItsTarget() throws {
        let names = Set(FuzzTarget.all.map(\.name))
        for folder in ["Seeds", "Regressions"] {
            let path = Self.root.appendingPathComponent(folder).path
            guard FileManager.default.fileExists(atPath: path) else { continue }
            for name in try FileManager.default.contentsOfDirectory(atPath: path) { #expect(names.contains(name)) }
        }
    }
}
