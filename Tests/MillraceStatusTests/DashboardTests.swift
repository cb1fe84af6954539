// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
@testable import MillraceStatus

/// The dashboard and the alert rules ask for nothing that is not there.
struct DashboardTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(arguments: ["docker/grafana/millrace.json", "docker/grafana/alerts.yml"])
    func everyMetricExists(file: String) throws {
        let text = try String(contentsOf: DashboardTests.root.appendingPathComponent(file), encoding: .utf8)
        let metrics = StatusMetrics.text(try StatusFixture.fullView())
        let names = Set(text.matches(of: /millrace_[a-z_]+/).map { String($0.output) })
        #expect(names.count > 5)
        for name in names where name != "millrace_" {
            let family = name.hasSuffix("_bucket") ? String(name.dropLast("_bucket".count)) : name
            #expect(metrics.contains("# TYPE \(family) "), "\(name)")
        }
    }

    @Test func theDashboardIsJSON() throws {
        let data = try Data(contentsOf: DashboardTests.root.appendingPathComponent("docker/grafana/millrace.json"))
        let dashboard = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect((dashboard["panels"] as? [Any])?.count ?? 0 > 10)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: Tools.promtool)))
    func promtoolTakesTheRules() throws {
        let path = DashboardTests.root.appendingPathComponent("docker/grafana/alerts.yml").path
        let (code, output) = try Tools.run(Tools.promtool, ["check", "rules", path])
        #expect(code == 0, "\(output)")
    }
}
