// SPDX-License-Identifier: Apache-2.0
import MillraceReport

/// Writes the text form of Prometheus, version 0.0.4: a family's help and type once, then its samples.
struct PrometheusText {
    enum Kind: String {
        case counter, gauge, histogram
    }

    typealias Label = (name: String, value: String)

    private(set) var text = ""
    private let prefix: String
    private let common: [Label]

    /// - Parameters:
    ///   - prefix: of every name.
    ///   - common: labels of every sample.
    init(prefix: String, common: [Label]) {
        self.prefix = prefix
        self.common = common
    }

    /// One family. A family without samples is left out.
    mutating func family(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [Label], value: Double)]
    ) {
        guard !samples.isEmpty else { return }
        begin(name, kind, help)
        for sample in samples { add(name, sample.labels, sample.value) }
    }

    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
        if let value { family(name, kind, help, [([], value)]) }
    }

    mutating func histogram(_ name: String, _ help: String, _ histogram: DurationHistogram) {
        begin(name, .histogram, help)
        var below = 0
        for (bound, count) in zip(DurationHistogram.bounds, histogram.counts) {
            below += count
            add("\(name)_bucket", [("le", PrometheusText.number(bound))], Double(below))
        }
        add("\(name)_bucket", [("le", "+Inf")], Double(histogram.count))
        add("\(name)_sum", [], histogram.sumSeconds)
        add("\(name)_count", [], Double(histogram.count))
    }

    private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(prefix)\(name) \(PrometheusText.escaped(help, quotes: false))\n"
        text += "# TYPE \(prefix)\(name) \(kind.rawValue)\n"
    }

    private mutating func add(_ name: String, _ labels: [Label], _ value: Double) {
        let all = (common + labels).map { "\($0.name)=\"\(PrometheusText.escaped($0.value, quotes: true))\"" }
        text += "\(prefix)\(name)\(all.isEmpty ? "" : "{\(all.joined(separator: ","))}") "
        text += PrometheusText.number(value) + "\n"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), value.magnitude < 9e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
