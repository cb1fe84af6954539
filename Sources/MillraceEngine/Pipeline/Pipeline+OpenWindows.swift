// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
package import MillraceReport

extension Pipeline {
    /// Panes looked at for one query; what lies behind is counted without being listed.
    private static let maximumPanes = 10_000

    /// The windows that a query holds; nil for a query without windows. Call it with no `process` under way.
    /// - Parameter limit: how many are listed.
    package func openWindows(_ query: Int, limit: Int) -> OpenWindows? {
        guard case .aggregate(let aggregation) = graph.program.queries[query].operation, aggregation.window != nil
        else { return nil }
        guard let geometry = PaneGeometry(aggregation.window) else {
            return OpenWindows(count: groupCount(query), next: [])
        }
        var entries: [Int64: Int] = [:]
        var budget = Pipeline.maximumPanes
        var longest = 0
        for scope in scopes[query].values {
            guard let scope = scope as? PaneScope else { continue }
            for part in scope.parts {
                longest = max(longest, part.state.panes.count)
                for pane in part.state.panes.prefix(max(budget, 0)) {
                    budget -= 1
                    scope.forEachWindow(of: pane, through: .max) { entries[$0, default: 0] += pane.index.count }
                }
            }
        }
        let first = entries.keys.sorted().prefix(limit)
        return OpenWindows(
            count: max(entries.count, longest),
            next: first.map { start in
                OpenWindows.Window(
                    start: start, end: start +| geometry.size, closing: geometry.closing(window: start),
                    entries: entries[start] ?? 0)
            })
    }
}
