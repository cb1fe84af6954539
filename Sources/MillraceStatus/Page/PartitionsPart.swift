// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Where each partition stands. Those furthest behind come first where there are many.
enum PartitionsPart {
    private static let maximumRows = 64

    static func html(_ view: StatusView) -> HTML {
        let all = view.snapshot.partitions
        guard !all.isEmpty else { return "<section id=\"partitions\"></section>" }
        let shown =
            all.count <= maximumRows
            ? all : Array(all.sorted { ($1.lag, $0.partition) < ($0.lag, $1.partition) }.prefix(maximumRows))
        // In a backfill partitions are read one faster than the other, and nobody has to see to it.
        let holding = Set(
            view.snapshot.state == .live ? view.snapshot.queries.compactMap { $0.heldBy?.partition } : [])
        let rows = shown.map { partition -> [HTML] in
            let marks = [
                partition.idleMilliseconds.map {
                    "<span class=\"chip idle\">idle \(NumberDisplay.milliseconds($0))</span> " as HTML
                },
                holding.contains(partition.partition) ? "<span class=\"chip held\">holds results back</span>" : nil,
            ].compactMap { $0 }
            let watermark: HTML =
                partition.watermark.map { "\(TimeDisplay.short($0))" } ?? "<span class=\"quiet\">none yet</span>"
            return [
                "<b>\(partition.partition.description)</b>", "\(PageElements.count(partition.offset))",
                "\(PageElements.count(partition.end))", "\(PageElements.count(partition.lag))",
                partition.lag > 0
                    ? "\(NumberDisplay.milliseconds(partition.lagMilliseconds))" : "<span class=\"quiet\">–</span>",
                watermark, "\(PageElements.count(partition.handOver))",
                marks.isEmpty
                    ? "<span class=\"quiet\">\(partition.lag > 0 ? "reading" : "at the end")</span>" : "\(marks)",
            ]
        }
        let table = PageElements.table(
            [
                ("partition", false), ("offset", true), ("end", true), ("lag", true), ("lag time", true),
                ("watermark, UTC", false), ("hand-over", true), ("state", false),
            ], rows)
        let hidden = all.count - shown.count
        let more: HTML = "<p class=\"quiet\">and \(hidden) more, which are less behind: see the JSON</p>"
        return """
            <section id="partitions"><div class="row"><h2>Partitions</h2>\
            <p class="right quiet">\(all.count) here</p></div>
            \(table)
            \(hidden > 0 ? more : nil)
            </section>
            """
    }
}
