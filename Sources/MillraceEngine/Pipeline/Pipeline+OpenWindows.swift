// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
package import MillraceReport

extension Pipeline {
    /// The windows that a query holds; nil for a query without windows. Call it with no `process` under way. Only those
    /// that are listed are looked at one by one: of the others, their panes at the most.
    /// - Parameter limit: how many are listed.
    package func openWindows(_ query: Int, limit: Int) -> OpenWindows? {
        guard let aggregation = graph.aggregation(query), aggregation.window != nil else { return nil }
        guard let geometry = PaneGeometry(aggregation.window) else {
            return OpenWindows(count: groupCount(query), next: [])
        }
        let sources = scopes[query].values.compactMap { $0 as? PaneScope }.flatMap(\.openPanes)
        let windows = PaneWindows(geometry, of: sources)
        let starts = windows.first(limit)
        return OpenWindows(
            count: windows.count,
            next: zip(starts, entries(ofWindows: starts, geometry, sources)).map { start, entries in
                OpenWindows.Window(
                    start: start, end: start +| geometry.size, closing: geometry.closing(window: start),
                    entries: entries)
            })
    }

    /// How many groups each window has; each pane is looked at once.
    private func entries(ofWindows starts: [Int64], _ geometry: PaneGeometry, _ sources: [PaneWindows.Source]) -> [Int]
    {
        var entries = starts.map { _ in 0 }
        guard let first = starts.first, let last = starts.last else { return [] }
        for source in sources {
            source.panes.forEach(from: first) { pane in
                guard pane.start < last +| geometry.size else { return false }
                for (place, start) in starts.enumerated()
                where pane.firstWindow <= start && start <= pane.start && pane.start < start +| geometry.size {
                    entries[place] += pane.index.count
                }
                return true
            }
        }
        return entries
    }
}
