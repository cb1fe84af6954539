// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillracePlan
import MillraceSQL
import MillraceSettings
import Testing

/// The programs and configurations that we hand out are valid.
struct WorkedProgramsTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("config").path

    @Test(arguments: [
        ("numbers", ["TOTAL"]), ("revenue", ["REVENUE_PER_PAGE"]), ("sensors", ["SENSOR_SESSIONS", "SENSOR_ALARMS"]),
        ("pageviews", ["PAGES_PER_DAY", "LONGEST_PER_DAY"]),
    ])
    func configurationsLeadToPrograms(name: String, sinks: [String]) throws {
        let configuration = try Configuration.parse(
            try TextFile.read("\(Self.folder)/\(name).yaml"), directory: Self.folder)
        guard case .file(let path, _) = configuration.program else { throw NoProgram() }
        #expect(configuration.application == name)
        #expect(configuration.kafka.map(\.name) == ["bootstrap.servers"])
        let plan = try SQL.compile(try TextFile.read(path))
        #expect(plan.queries.map(\.sink.name) == sinks)
    }

    @Test func allOfThemAreTested() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
        #expect(names.count { $0.hasSuffix(".sql") } == 4)
        #expect(names.count { $0.hasSuffix(".yaml") } == 4)
    }

    private struct NoProgram: Error {}
}
