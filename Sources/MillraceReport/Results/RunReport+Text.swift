// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension RunReport {
    /// The report for people, without a newline at the end.
    package var text: String {
        var lines = stageLines
        lines.append("R = Σ P × S = \(NumberDisplay.decimal(rate)) result rows/s")
        lines += chainLines
        lines += [""] + accountLines
        lines += rejectionLines
        lines += keys.map(\.text)
        lines += failures.map(\.text)
        lines += notes.map(\.text)
        for partial in partials {
            lines += ["", "\(partial.query): partial results of the stages, and their merge, the global result"]
            lines += partial.lines
        }
        return lines.joined(separator: "\n")
    }

    /// What did not get into the results, and why there are none: what is more than figures, line by line.
    package var warnings: [String] {
        rejectionLines + keys.map(\.text) + failures.map(\.text) + notes.map(\.text)
    }

    private var stageLines: [String] {
        var table = TextTable([
            ("STAGE", .left), ("MODE", .left), ("SLICE", .left), ("RECORDS", .right), ("ROWS", .right), ("P", .right),
            ("S (1/s)", .right), ("TIME", .right),
        ])
        for stage in stages {
            table.append([
                stage.query, stage.mode.rawValue, stage.sliceText, NumberDisplay.count(stage.records),
                NumberDisplay.count(stage.rows), NumberDisplay.decimal(stage.yield), NumberDisplay.decimal(stage.speed),
                NumberDisplay.duration(nanoseconds: stage.elapsedNanoseconds),
            ])
        }
        return table.lines
    }

    /// For queries in a row: how their yields and speeds make the chain's.
    private var chainLines: [String] {
        var stageOf: [String: StageReport] = [:]
        for stage in stages { stageOf[stage.query] = stageOf[stage.query]?.merged(with: stage) ?? stage }
        let upstream = Set(stages.compactMap(\.upstream))
        var seen: Set<String> = []
        return stages.compactMap { stage in
            guard stage.upstream != nil, !upstream.contains(stage.query), seen.insert(stage.query).inserted else {
                return nil
            }
            var chain: [StageReport] = []
            var next: String? = stage.query
            while let name = next, let link = stageOf[name], !chain.contains(where: { $0.query == name }) {
                chain.insert(link, at: 0)
                next = link.upstream
            }
            guard chain.count > 1 else { return nil }
            let yield = chain.reduce(1) { $0 * $1.yield }
            let names = chain.map(\.query).joined(separator: " → ")
            let slowest = chain.min { $0.speed < $1.speed } ?? stage
            return "\(names) in a row: yields multiply, P = \(NumberDisplay.decimal(yield)); "
                + "the slowest governs, S = \(NumberDisplay.decimal(slowest.speed)) (\(slowest.query))"
        }
    }

    private var accountLines: [String] {
        var table = TextTable([
            ("ACCOUNT", .left), ("PARTITION", .left), ("READ", .right), ("USED", .right), ("FILTERED", .right),
            ("LATE", .right), ("BAD", .right),
        ])
        for (name, account) in shownAccounts {
            let numbers = [account.read, account.used, account.filtered, account.late, account.bad]
            table.append([account.query, name] + numbers.map(NumberDisplay.count))
        }
        let wrong = accounts.filter { !$0.isBalanced }.map {
            "internal error: \($0.query) \($0.topic)/\($0.partition): used + filtered + late + bad is not what was read"
        }
        return table.lines + wrong
    }

    /// One line a partition, or, where a topic has many, one line for all of them.
    private var shownAccounts: [(name: String, account: AccountReport)] {
        var shown: [(name: String, account: AccountReport)] = []
        for account in accounts {
            let all = accounts.filter { $0.query == account.query && $0.topic == account.topic }
            if all.count <= RunReport.maximumPartitionLines {
                // The rows of an aggregation belong to no partition.
                let name = account.partition < 0 ? account.topic : "\(account.topic)/\(account.partition)"
                shown.append((name, account))
            } else if account == all.first {
                var sum = account
                sum.read = all.reduce(0) { $0 + $1.read }
                sum.used = all.reduce(0) { $0 + $1.used }
                sum.filtered = all.reduce(0) { $0 + $1.filtered }
                sum.late = all.reduce(0) { $0 + $1.late }
                sum.bad = all.reduce(0) { $0 + $1.bad }
                sum.superseded = all.reduce(0) { $0 + $1.superseded }
                shown.append(("\(account.topic): \(all.count) partitions", sum))
            }
        }
        return shown
    }

    private static let maximumPartitionLines = 8

    private var rejectionLines: [String] {
        rejections.map { rejection in
            let places = rejection.samples.map(\.text).joined(separator: ", ")
            let reason = rejection.kind == .late ? "" : ": \(rejection.account)"
            return "\(rejection.query): \(NumberDisplay.count(rejection.count)) \(rejection.kind.rawValue)\(reason)"
                + (places.isEmpty ? "" : " (\(places)" + (rejection.hasMore ? ", …)" : ")"))
        }
    }
}

extension RejectionReport {
    fileprivate var hasMore: Bool { count > Int64(samples.count) }
}

extension StageReport {
    /// `orders/0 [0, 120)`; of several partitions their number.
    fileprivate var sliceText: String {
        guard let first = slices.first else { return "nothing" }
        if slices.count == 1 { return "\(first.topic)/\(first.partition) [\(first.from), \(first.to))" }
        var topics: [String] = []
        for slice in slices where !topics.contains(slice.topic) { topics.append(slice.topic) }
        return "\(topics.joined(separator: ", ")): \(slices.count) partitions"
    }

    /// Both stages of one query as one.
    fileprivate func merged(with other: StageReport) -> StageReport {
        StageReport(
            query: query, upstream: upstream, mode: other.mode, slices: slices + other.slices,
            records: records &+ other.records, rows: rows &+ other.rows,
            elapsedNanoseconds: elapsedNanoseconds +| other.elapsedNanoseconds)
    }
}
