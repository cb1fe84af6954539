// SPDX-License-Identifier: Apache-2.0
import MillraceReport

/// What is still open, and some of the latest results, for each query.
enum WindowsPart {
    static func html(_ view: StatusView) -> HTML {
        "<section id=\"windows\" class=\"pair\">\(view.snapshot.queries.map(card))</section>"
    }

    private static func card(_ query: QueryStatus) -> HTML {
        """
        <article><div class="row"><h2>\(query.name)</h2>\
        <p class="right quiet">\(PageElements.count(Int64(query.entries))) \
        groups in memory</p></div>
        \(windows(query))
        \(results(query))
        </article>
        """
    }

    private static func windows(_ query: QueryStatus) -> HTML? {
        guard let windows = query.windows else { return nil }
        guard !windows.next.isEmpty else {
            return "<p>\(PageElements.count(Int64(windows.count))) open windows</p>"
        }
        let rows = windows.next.map { window -> [HTML] in
            [
                "\(TimeDisplay.short(window.start))", "\(TimeDisplay.short(window.closing))",
                "\(PageElements.count(Int64(window.entries)))",
            ]
        }
        let table = PageElements.table([("window from, UTC", false), ("final at", false), ("groups", true)], rows)
        return """
            <h3>\(PageElements.count(Int64(windows.count))) open \(windows.count == 1 ? "window" : "windows")\
            \(windows.count > windows.next.count ? ", the next to close" : "")</h3>\(table)
            """
    }

    private static func results(_ query: QueryStatus) -> HTML {
        guard !query.recentResults.isEmpty else { return "<h3>Latest results</h3><p class=\"quiet\">none yet</p>" }
        let deleted: HTML = "<span class=\"chip idle\">deleted</span>"
        let items = query.recentResults.reversed().map { result -> HTML in
            let window = result.windowStart.map { "<span class=\"quiet\">\(TimeDisplay.short($0))</span> " as HTML }
            let columns = result.columns.map { "<span class=\"cell\"><i>\($0.name)</i> \($0.value)</span> " as HTML }
            return """
                <li><b>\(result.key)</b> \(window)\(result.isDeleted ? deleted : nil)\(columns)</li>
                """
        }
        return "<h3>Latest results</h3><ul class=\"results\">\(items)</ul>"
    }
}
