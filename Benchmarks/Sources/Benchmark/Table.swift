// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Text in columns: the first one to the left, the others to the right.
struct Table {
    private var rows: [[String]]

    init(_ head: [String]) { rows = [head] }

    mutating func add(_ row: [String]) { rows.append(row) }

    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + space : space + cell.0
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

extension Double {
    func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }

    /// In thousands.
    var thousands: String { (self / 1000).text(0) + " k" }
}

extension Measurement.Span {
    var json: [String: Any] { ["median": median, "min": lowest, "max": highest] }
}

extension Measurement {
    static var head: [String] {
        [
            "workload", "results/rec", "records/s", "min–max", "S", "raw", "share", "tuned", "share", "CPU µs",
            "raw µs", "raw +", "tuned µs", "tuned +", "peak MB", "raw MB", "alloc/rec", "raw",
        ]
    }

    var row: [String] {
        guard failure == nil else {
            return [workload.name, "FAILED"] + Array(repeating: "", count: Measurement.head.count - 2)
        }
        return [
            workload.name, resultsPerRecord.text(3), rate.median.thousands,
            "\(rate.lowest.thousands)–\(rate.highest.thousands)",
            workload.way == .recovery ? "–" : stageSpeed.median.thousands, rawRate.median.thousands,
            (share.median * 100).text(0) + " %", tunedRawRate.median.thousands,
            (tunedShare.median * 100).text(0) + " %", microseconds.median.text(2), rawMicroseconds.median.text(2),
            aboveRaw.median.text(2), tunedRawMicroseconds.median.text(2), aboveTunedRaw.median.text(2),
            peakMegabytes.median.text(0), rawPeakMegabytes.median.text(0),
            allocations?.text(3) ?? "–", rawAllocations?.text(3) ?? "–",
        ]
    }

    var json: [String: Any] {
        var object: [String: Any] = [
            "name": workload.name, "summary": workload.summary, "way": workload.way.rawValue,
            "threads": workload.threads, "topic": topic, "records": records, "results": results ?? 0,
            "recordsPerSecond": rate.json, "rawRecordsPerSecond": rawRate.json, "stageSpeed": stageSpeed.json,
            "shareOfRaw": share.json, "cpuMicroseconds": microseconds.json,
            "rawCPUMicroseconds": rawMicroseconds.json, "microsecondsAboveRaw": aboveRaw.json,
            "tunedRawRecordsPerSecond": tunedRawRate.json, "shareOfTunedRaw": tunedShare.json,
            "tunedRawCPUMicroseconds": tunedRawMicroseconds.json, "microsecondsAboveTunedRaw": aboveTunedRaw.json,
            "peakMegabytes": peakMegabytes.json, "rawPeakMegabytes": rawPeakMegabytes.json,
            "seconds": product.map(\.seconds), "rawSeconds": raw.map(\.seconds),
        ]
        if let allocations { object["allocationsPerRecord"] = allocations }
        if let rawAllocations { object["rawAllocationsPerRecord"] = rawAllocations }
        if let failure { object["failure"] = failure }
        return object
    }
}
