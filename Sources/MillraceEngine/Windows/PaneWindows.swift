// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The windows that read one of some panes, found by arithmetic: none is looked at that reads no pane, and none of them
/// lies in memory before it is its turn.
///
///     panes       [4]  [6]                      [90]              size 10, advance 2
///     windows     0 … 6                         82 … 90           a run each: first and last start
struct PaneWindows {
    /// Panes, and the lowest and the highest start of those of their windows that are wanted.
    struct Source {
        var panes: PaneList
        var bounds: ClosedRange<Int64>
    }

    private let geometry: PaneGeometry
    private let sources: [Source]

    init(_ geometry: PaneGeometry, of sources: [Source]) {
        self.geometry = geometry
        self.sources = sources.filter { !$0.panes.isEmpty }
    }

    /// Calls `body` with the start of each window, ascending.
    func forEach(_ body: (_ window: Int64) -> Void) {
        visit { window in
            body(window)
            return true
        }
    }

    /// The first ones.
    func first(_ limit: Int) -> [Int64] {
        var found: [Int64] = []
        visit { window in
            if found.count < limit { found.append(window) }
            return found.count < limit
        }
        return found
    }

    private func visit(while body: (_ window: Int64) -> Bool) {
        forEachRun { run in
            var window = run.lowerBound
            while true {
                guard body(window) else { return false }
                // The next one may lie beyond what a time can be.
                let (next, overflow) = window.addingReportingOverflow(geometry.advance)
                guard !overflow, next <= run.upperBound else { return true }
                window = next
            }
        }
    }

    /// How many there are: panes are looked at, not windows.
    var count: Int {
        var count = 0
        forEachRun { run in
            count = count +| Int(clamping: (run.upperBound - run.lowerBound) / geometry.advance +| 1)
            return true
        }
        return count
    }

    /// Calls `body` with the first and the last start of each run of windows that follow one on the other, as long as
    /// it returns true.
    private func forEachRun(_ body: (ClosedRange<Int64>) -> Bool) {
        guard geometry.isWindowed else {
            if !sources.isEmpty { _ = body(0...0) }
            return
        }
        // The next run of each source.
        var pending = sources.map { run(from: 0, of: $0) }
        while var run = pending.compactMap(\.self).min(by: { $0.lowerBound < $1.lowerBound }) {
            for case let other? in pending where other.lowerBound <= run.upperBound +| geometry.advance {
                run = run.lowerBound...max(run.upperBound, other.upperBound)
            }
            guard body(run) else { return }
            let next = run.upperBound +| geometry.advance
            for (place, source) in sources.enumerated() {
                guard let known = pending[place], known.lowerBound < next else { continue }
                pending[place] = self.run(from: next, of: source)
            }
        }
    }

    /// The first run of windows from a start on that read a source's panes.
    ///
    /// Panes come by their starts, and so do the last windows that read them; the first ones do but for panes of
    /// records that were late for some of theirs. Such a pane may be passed over, and belongs to the next run then.
    private func run(from start: Int64, of source: Source) -> ClosedRange<Int64>? {
        // The first multiple of the advance.
        var next = max(start, source.bounds.lowerBound, 0)
        if next % geometry.advance != 0 { next = next - next % geometry.advance +| geometry.advance }
        let last = source.bounds.upperBound
        guard next <= last else { return nil }
        var run: ClosedRange<Int64>?
        source.panes.forEach(from: next) { pane in
            let first = max(pane.firstWindow, next)
            let latest = geometry.lastWindow(pane: pane.start)
            guard first <= latest else { return true }
            guard let found = run else {
                run = first...latest
                return latest < last || geometry.firstWindow(pane: pane.start) < first
            }
            let adjacent = found.upperBound +| geometry.advance
            let earliest = geometry.firstWindow(pane: pane.start)
            if first <= adjacent {
                run = min(found.lowerBound, first)...latest
            } else if earliest > adjacent {
                return false
            }
            // Behind the last window that is wanted an earlier beginning of the run may still be found.
            return found.upperBound < last || earliest < found.lowerBound
        }
        guard let found = run, found.lowerBound <= last else { return nil }
        return found.lowerBound...min(found.upperBound, last - last % geometry.advance)
    }
}
