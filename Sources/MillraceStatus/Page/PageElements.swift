// SPDX-License-Identifier: Apache-2.0
import MillraceReport

/// Pieces that several parts of the page are made of.
enum PageElements {
    /// A bar, for shares; widths are attributes, which the page's security policy lets pass.
    /// - Parameter label: what it says, for those who do not see it.
    static func bar(_ share: Double, _ style: String, label: String) -> HTML {
        let width = String(Int((min(max(share, 0), 1) * 1000).rounded()))
        return """
            <svg class="bar \(style)" viewBox="0 0 1000 8" preserveAspectRatio="none" role="img" aria-label="\(label)">\
            <rect class="track" width="1000" height="8"/><rect class="fill" width="\(width)" height="8"/></svg>
            """
    }

    /// A line through values of some minutes, the newest at the right end.
    static func sparkline(_ values: [Double], label: String) -> HTML {
        let capacity = 300 / HistoryPoint.seconds
        let highest = max(values.max() ?? 0, 1e-9)
        let start = capacity - values.count
        let points = values.enumerated().map { index, value in
            let x = Double(start + index) * 300 / Double(max(capacity - 1, 1))
            return "\(Int(x.rounded())),\(Int((38 - 34 * value / highest).rounded()))"
        }
        guard points.count > 1 else { return "" }
        let first = points[0].prefix { $0 != "," }
        return """
            <svg class="spark" viewBox="0 0 300 40" preserveAspectRatio="none" role="img" aria-label="\(label)">\
            <polygon points="\("\(first),40 " + points.joined(separator: " ") + " 300,40")"/>\
            <polyline points="\(points.joined(separator: " "))"/></svg>
            """
    }

    /// A table that becomes a list of cards where there is little room.
    static func table(_ columns: [(title: String, isNumber: Bool)], _ rows: [[HTML]]) -> HTML {
        let heads = columns.map { column -> HTML in
            "<th scope=\"col\"\(column.isNumber ? " class=\"n\"" : "" as HTML)>\(column.title)</th>"
        }
        let body = rows.map { row -> HTML in
            let cells = zip(columns, row).map { column, cell -> HTML in
                "<td data-label=\"\(column.title)\"\(column.isNumber ? " class=\"n\"" : "" as HTML)>\(cell)</td>"
            }
            return "<tr>\(cells)</tr>"
        }
        return "<table><thead><tr>\(heads)</tr></thead><tbody>\(body)</tbody></table>"
    }

    static func count(_ value: Int64) -> String { NumberDisplay.count(value) }

    static func rate(_ value: Double) -> String { "\(NumberDisplay.decimal(value))/s" }
}
