// SPDX-License-Identifier: Apache-2.0
import MillraceReport

/// R = Σ P × S: the stages, and each running one's share of the rate at which the global result grows now.
enum StagesPart {
    /// After many rebalances there are many; the latest tell the story.
    private static let maximumStages = 12

    static func html(_ view: StatusView) -> HTML {
        let stages = view.snapshot.stages.suffix(maximumStages)
        guard !stages.isEmpty else { return "<section id=\"stages\"></section>" }
        let upstream = Set(stages.compactMap(\.report.upstream))
        let rows = stages.map { stage -> [HTML] in
            let report = stage.report
            let mode = report.mode.rawValue
            let product = report.yield * report.speed
            let isRead = upstream.contains(report.query)
            let share = view.snapshot.rate > 0 ? stage.recentRows / view.snapshot.rate : 0
            return [
                "<b>\(report.query)</b>",
                "<span class=\"chip \(mode)\">\(mode)</span> \(stage.isRunning ? "running" : "done")",
                "\(slice(stage))", "\(PageElements.count(report.records))", "\(PageElements.count(report.rows))",
                "\(NumberDisplay.decimal(report.yield))", "\(NumberDisplay.decimal(report.speed))",
                "\(NumberDisplay.decimal(product))",
                isRead
                    ? "<span class=\"quiet\">read on by another query</span>"
                    : stage.isRunning
                        ? "\(PageElements.bar(share, report.mode.rawValue, label: "share"))"
                        : "<span class=\"quiet\">done</span>",
            ]
        }
        let table = PageElements.table(
            [
                ("query", false), ("mode", false), ("slice", false), ("records", true), ("rows", true), ("P", true),
                ("S, 1/s", true), ("P × S, 1/s", true), ("share of R now", false),
            ], Array(rows))
        return """
            <section id="stages"><div class="row"><h2>Stages</h2>\
            <p class="right formula">R now = Σ P × S = <b>\(NumberDisplay.decimal(view.snapshot.rate))</b> \
            result rows/s</p></div>
            \(table)
            <p class="quiet">P: result rows per record. S: records per second over the whole stage. \
            R now: the rate at which the global result grows, over the last seconds; what is done does not count.</p>
            </section>
            """
    }

    private static func slice(_ stage: StageStatus) -> String {
        let slices = stage.report.slices
        guard let first = slices.first else { return "nothing" }
        let isOpen = stage.isRunning && stage.report.mode == .stream
        if slices.count == 1 {
            return "\(first.topic)/\(first.partition) [\(first.from), \(isOpen ? "∞" : "\(first.to)"))"
        }
        let records = slices.reduce(Int64(0)) { $0 + $1.to - $1.from }
        return "\(slices.count) partitions, " + (isOpen ? "without end" : "\(PageElements.count(records)) offsets")
    }
}
