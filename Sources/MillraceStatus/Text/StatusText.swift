// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceReport

/// The status for a terminal: what `millrace status` prints.
package struct StatusText {
    private static let maximumPartitions = 12

    private let view: StatusView

    private var snapshot: StatusSnapshot { view.snapshot }

    /// Lines with a newline at the end.
    package static func text(_ view: StatusView) -> String {
        let text = StatusText(view: view)
        let blocks = [
            text.head, text.stages, text.partitions, text.windows, text.rejections, text.snapshot.keys.map(\.text),
        ]
        return blocks.filter { !$0.isEmpty }.map { $0.map(printable).joined(separator: "\n") + "\n" }
            .joined(separator: "\n")
    }

    /// Without what a terminal would take for a command: some of it comes from data.
    private static func printable(_ line: String) -> String {
        var result = ""
        for scalar in line.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
        return result
    }

    private var head: [String] {
        let since = NumberDisplay.milliseconds(max(view.nowMilliseconds -| snapshot.stateSinceMilliseconds, 0))
        var lines = [
            "\(view.identity.application)  \(snapshot.state.rawValue) for \(since)  "
                + "R = \(NumberDisplay.decimal(snapshot.rate)) result rows/s  lag \(NumberDisplay.count(snapshot.lag))",
            StatusSentence.of(view).text,
        ]
        if let backfill = snapshot.backfill, backfill.handOverMilliseconds == nil {
            let left = backfill.secondsLeft.map { ", \(NumberDisplay.seconds($0)) left" } ?? ""
            lines.append(
                "backfill \(NumberDisplay.count(backfill.done)) of \(NumberDisplay.count(backfill.total)), "
                    + "\(NumberDisplay.percent(backfill.progress))\(left)")
        }
        return lines
    }

    private var stages: [String] {
        guard !snapshot.stages.isEmpty else { return [] }
        var table = TextTable([
            ("STAGE", .left), ("MODE", .left), ("", .left), ("RECORDS", .right), ("ROWS", .right), ("P", .right),
            ("S (1/s)", .right), ("P × S", .right), ("NOW (1/s)", .right),
        ])
        for stage in snapshot.stages {
            let report = stage.report
            table.append([
                report.query, report.mode.rawValue, stage.isRunning ? "running" : "done",
                NumberDisplay.count(report.records), NumberDisplay.count(report.rows),
                NumberDisplay.decimal(report.yield), NumberDisplay.decimal(report.speed),
                NumberDisplay.decimal(report.yield * report.speed),
                stage.isRunning ? NumberDisplay.decimal(stage.recentSpeed) : "",
            ])
        }
        let load = snapshot.load
        return table.lines + [
            "busy \(NumberDisplay.percent(load.busy)), blocked \(NumberDisplay.percent(load.blocked)), "
                + "\(NumberDisplay.count(Int64(snapshot.commits.committed))) commits"
        ]
    }

    private var partitions: [String] {
        guard !snapshot.partitions.isEmpty else { return [] }
        var table = TextTable([
            ("PARTITION", .left), ("OFFSET", .right), ("END", .right), ("LAG", .right), ("LAG TIME", .right),
            ("WATERMARK", .left), ("", .left),
        ])
        let worst = snapshot.partitions.sorted { ($1.lag, $0.partition) < ($0.lag, $1.partition) }
        for partition in worst.prefix(StatusText.maximumPartitions) {
            table.append([
                partition.partition.description, NumberDisplay.count(partition.offset),
                NumberDisplay.count(partition.end), NumberDisplay.count(partition.lag),
                partition.lag > 0 ? NumberDisplay.milliseconds(partition.lagMilliseconds) : "",
                partition.watermark.map { TimeDisplay.short($0) } ?? "none",
                partition.idleMilliseconds.map { "idle \(NumberDisplay.milliseconds($0))" } ?? "",
            ])
        }
        let hidden = worst.count - StatusText.maximumPartitions
        return table.lines + (hidden > 0 ? ["and \(hidden) more, which are less behind"] : [])
    }

    private var windows: [String] {
        snapshot.queries.compactMap { query in
            guard let windows = query.windows else { return nil }
            let next = windows.next.first.map {
                ", the next, from \(TimeDisplay.short($0.start)), closes at \(TimeDisplay.short($0.closing))"
            }
            return "\(query.name): \(NumberDisplay.count(Int64(windows.count))) open windows, "
                + "\(NumberDisplay.count(Int64(query.entries))) groups in memory" + (next ?? "")
        }
    }

    private var rejections: [String] {
        snapshot.rejections.map { rejection in
            let places = rejection.samples.map(\.text).joined(separator: ", ")
            let reason = rejection.title.isEmpty ? "" : ": \(rejection.title)"
            return "\(rejection.query): \(NumberDisplay.count(rejection.count)) \(rejection.kind.rawValue)\(reason)"
                + (places.isEmpty ? "" : " (\(places))")
        }
    }
}
