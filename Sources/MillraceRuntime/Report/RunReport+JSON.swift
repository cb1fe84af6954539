// SPDX-License-Identifier: Apache-2.0

extension RunReport {
    /// The report as one line of JSON, as `--report` writes it:
    ///
    ///     {"stages":[{"query","mode","slices":[{"topic","partition","from","to"}],"records","rows","P","S",
    ///                 "elapsedMs"}],
    ///      "R","accounts":[{"query","topic","partition","read","used","filtered","late","bad"}]}
    package var json: String {
        let stages = stages.map(\.json).joined(separator: ",")
        let accounts = accounts.map(\.json).joined(separator: ",")
        return "{\"stages\":[\(stages)],\"R\":\(ReportJSON.number(rate)),\"accounts\":[\(accounts)]}"
    }
}

extension StageReport {
    fileprivate var json: String {
        ReportJSON.object([
            ("query", ReportJSON.string(query)), ("mode", ReportJSON.string(mode.rawValue)),
            ("slices", "[\(slices.map(\.json).joined(separator: ","))]"),
            ("records", "\(records)"), ("rows", "\(rows)"), ("P", ReportJSON.number(yield)),
            ("S", ReportJSON.number(speed)), ("elapsedMs", ReportJSON.number(elapsedMilliseconds)),
        ])
    }
}

extension StageReport.Slice {
    fileprivate var json: String {
        ReportJSON.object([
            ("topic", ReportJSON.string(topic)), ("partition", "\(partition)"), ("from", "\(from)"), ("to", "\(to)"),
        ])
    }
}

extension AccountReport {
    fileprivate var json: String {
        ReportJSON.object([
            ("query", ReportJSON.string(query)), ("topic", ReportJSON.string(topic)), ("partition", "\(partition)"),
            ("read", "\(read)"), ("used", "\(used)"), ("filtered", "\(filtered)"), ("late", "\(late)"),
            ("bad", "\(bad)"),
        ])
    }
}

/// The few pieces of JSON that a report is made of.
private enum ReportJSON {
    /// Values are JSON already.
    static func object(_ members: [(name: String, value: String)]) -> String {
        "{" + members.map { "\(string($0.name)):\($0.value)" }.joined(separator: ",") + "}"
    }

    /// The shortest text that reads back as the same number.
    static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "0" }

    static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
