// SPDX-License-Identifier: Apache-2.0

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
