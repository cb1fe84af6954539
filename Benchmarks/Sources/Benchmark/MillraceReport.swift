// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import Foundation

/// What `--report` of the product says, as far as the benchmarks look at it.
struct MillraceReport {
    var read = 0
    var used = 0
    var late = 0
    var bad = 0
    var rows = 0
    /// The stage's own S, records a second.
    var stageSpeed = 0.0

    init(path: String) throws {
        let object = try JSON.object(try String(contentsOfFile: path, encoding: .utf8))
        for account in object["accounts"] as? [[String: Any]] ?? [] {
            read += Int(JSON.number(account, "read"))
            used += Int(JSON.number(account, "used"))
            late += Int(JSON.number(account, "late"))
            bad += Int(JSON.number(account, "bad"))
        }
        for stage in object["stages"] as? [[String: Any]] ?? [] {
            rows += Int(JSON.number(stage, "rows"))
            stageSpeed = max(stageSpeed, JSON.number(stage, "S"))
        }
    }
}
