// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The windows of a query that still take records, for people who watch a run.
package struct OpenWindows: Hashable, Sendable {
    /// One window, over all partitions. Times in ms.
    package struct Window: Hashable, Sendable {
        package var start: Int64
        /// Exclusive.
        package var end: Int64
        /// The watermark that makes it final: its end and the grace.
        package var closing: Int64
        /// Groups held for it; one that is in several partitions, threads, stages or panes counts once for each.
        package var entries: Int

        package init(start: Int64, end: Int64, closing: Int64, entries: Int) {
            self.start = start
            self.end = end
            self.closing = closing
            self.entries = entries
        }
    }

    /// How many there are; sessions are counted one by one.
    package var count: Int
    /// The first of them that will close, in that order; empty for sessions.
    package var next: [Window]

    package init(count: Int, next: [Window]) {
        self.count = count
        self.next = next
    }
}

extension Pipeline {
    /// The windows that a query holds; nil for a query without windows. Call it with no `process` under way. Only those
    /// that are listed are looked at one by one: of the others, their panes at the most.
    /// - Parameter limit: how many are listed.
    package func openWindows(_ query: Int, limit: Int) -> OpenWindows? {
        guard case .aggregate(let aggregation) = graph.program.queries[query].operation, aggregation.window != nil
        else { return nil }
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
