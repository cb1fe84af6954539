// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// The arithmetic of time windows and their panes. All times in ms, not negative.
///
/// Every window is a run of whole panes, so that a record is added once, whatever the number of windows it is in:
///
///     hopping, size 10, advance 4: pane = gcd(10, 4) = 2
///     time        0   2   4   6   8   10  12  14
///     panes       |---|---|---|---|---|---|---|
///     window 0    [===================)
///     window 4            [===================)
///
/// A tumbling window is its own pane; no window at all is one pane that never closes.
struct PaneGeometry: Equatable {
    /// Int64.max: not windowed.
    let size: Int64
    let advance: Int64
    let pane: Int64
    let grace: Int64

    /// Not windowed.
    static let unbounded = PaneGeometry(size: .max, advance: .max, grace: 0)

    init(size: Int64, advance: Int64, grace: Int64) {
        self.size = size
        self.advance = advance
        self.grace = grace
        var (left, right) = (size, advance)
        while right != 0 { (left, right) = (right, left % right) }
        pane = left
    }

    /// Nil for sessions, which have no panes.
    init?(_ window: Window?) {
        switch window?.kind {
        case nil: self = .unbounded
        case .tumbling(let size)?: self.init(size: size, advance: size, grace: window?.grace ?? 0)
        case .hopping(let size, let advance)?:
            self.init(size: size, advance: advance, grace: window?.grace ?? 0)
        case .session?: return nil
        }
    }

    var isWindowed: Bool { size != .max }

    func paneStart(_ time: Int64) -> Int64 { isWindowed ? time - time % pane : 0 }

    /// The first window (start) that has the pane in it.
    func firstWindow(pane start: Int64) -> Int64 {
        guard isWindowed, start >= size else { return 0 }
        // The lowest multiple of advance above start − size.
        return (start - size) / advance * advance + advance
    }

    /// The last window (start) that has the pane in it.
    func lastWindow(pane start: Int64) -> Int64 { isWindowed ? start - start % advance : 0 }

    /// Whether records of these windows can lie in such a pane.
    func contains(_ place: PanePlace) -> Bool {
        place.start % pane == 0 && place.firstWindow % advance == 0
            && firstWindow(pane: place.start)...max(lastWindow(pane: place.start), firstWindow(pane: place.start))
                ~= place.firstWindow
    }

    /// The watermark from which on the window takes no more records and is final: its end and the grace.
    func closing(window start: Int64) -> Int64 {
        let (end, overflow) = start.addingReportingOverflow(size)
        if overflow { return .max }
        let (closing, tooFar) = end.addingReportingOverflow(grace)
        return tooFar ? .max : closing
    }

    /// The last window (start) that is final at a watermark; −1: none.
    func lastFinalWindow(watermark: Int64) -> Int64 {
        guard isWindowed, watermark != .min else { return -1 }
        let (room, overflow) = size.addingReportingOverflow(grace)
        guard !overflow, watermark >= room else { return -1 }
        if watermark == .max { return .max }
        let start = watermark - room
        return start - start % advance
    }
}
