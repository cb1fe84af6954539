// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport

/// What the names on the command line choose.
struct Selection {
    var workloads: [Workload] = []
    var specials: [Special] = []

    /// Without names: everything but the growth curves. `all`: those too.
    init(_ names: [String]) throws {
        if names.isEmpty || names == ["all"] {
            workloads = Catalogue.throughput.filter { $0.family == nil || names == ["all"] }
            specials = Special.allCases
            return
        }
        for name in names {
            let chosen = Catalogue.throughput.filter { $0.name == name || $0.family == name }
            if let special = Special(rawValue: name) {
                specials.append(special)
            } else if chosen.isEmpty {
                throw Failure("there is no workload \(name); --list shows them")
            }
            workloads += chosen
        }
    }

    static var list: String {
        var table = [(String, String)]()
        for workload in Catalogue.throughput {
            let family = workload.family.map { " (\($0))" } ?? ""
            table.append((workload.name + family, workload.summary))
        }
        for special in Special.allCases { table.append((special.rawValue, special.summary)) }
        let width = table.map(\.0.count).max() ?? 0
        return table.map { $0.0 + String(repeating: " ", count: width + 2 - $0.0.count) + $0.1 }
            .joined(separator: "\n")
    }
}

/// Measurements that are no comparison with the raw reader.
enum Special: String, CaseIterable {
    case firstResult = "first-result"
    case idle
    case latency

    struct Outcome {
        var text: String
        var json: Any
        var failures = 0
    }

    var summary: String {
        switch self {
        case .firstResult: return "from the start of a replay to its first result"
        case .idle: return "CPU and memory while nothing comes, for a minute"
        case .latency: return "from produce to visible at read_committed, live filter"
        }
    }

    func measure(_ bench: Bench) throws -> Outcome {
        switch self {
        case .firstResult: return try FirstResult(bench).measure()
        case .idle: return try Idle(bench).measure()
        case .latency: return try LiveLatency(bench).measure()
        }
    }
}
