// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// One record that an aggregation may count, with the watermark of its source partition before it.
struct Candidate {
    var occurrence: Occurrence
    var group: [Value]
    var watermarkBefore: Watermark
}

/// The records of one group and window.
struct WindowGroup {
    var group: [Value]
    var window: ResultWindow?
    var members: [Occurrence]
    /// The least watermark at which it is final; nil without a window.
    var finalAt: Int128?
    /// Set where the group is one partition's own.
    var place: TopicPartition?
}

/// Which windows a record counts for, and the windows with all that counts, straight from the definitions of the
/// design, section 2.1.
struct WindowRules {
    let window: Window?
    let isAffine: Bool
    /// Number of candidates by partition that counted for no window.
    private(set) var late: [TopicPartition: Int] = [:]
    private(set) var groups: [WindowGroup] = []

    init(_ window: Window?, isAffine: Bool, _ candidates: [Candidate]) {
        self.window = window
        self.isAffine = isAffine
        guard let window else {
            for candidate in candidates { add(candidate, nil, finalAt: nil) }
            return
        }
        switch window.kind {
        case .tumbling(let size): timeWindows(candidates, size: size, advance: size, grace: window.grace)
        case .hopping(let size, let advance): timeWindows(candidates, size: size, advance: advance, grace: window.grace)
        case .session(let gap):
            if isAffine {
                affineSessions(candidates, gap: gap, grace: window.grace)
            } else {
                regroupedSessions(candidates, gap: gap, grace: window.grace)
            }
        }
    }

    private mutating func add(_ candidate: Candidate, _ window: ResultWindow?, finalAt: Int128?) {
        let place = isAffine ? candidate.occurrence.place : nil
        let found = groups.firstIndex {
            $0.window == window && $0.place == place && $0.group == candidate.group
        }
        if let found {
            groups[found].members.append(candidate.occurrence)
        } else {
            groups.append(
                WindowGroup(
                    group: candidate.group, window: window, members: [candidate.occurrence], finalAt: finalAt,
                    place: place))
        }
    }

    private mutating func timeWindows(_ candidates: [Candidate], size: Int64, advance: Int64, grace: Int64) {
        for candidate in candidates {
            var counts = false
            let time = candidate.occurrence.time
            var start = time / advance * advance
            // Every window [start, start + size) with the time in it; none starts before the epoch.
            while start >= 0, start > time - size {
                let window = ResultWindow(start: start, end: start + size)
                let close = Int128(window.end) + Int128(grace)
                if close > Int128(candidate.watermarkBefore) {
                    counts = true
                    add(candidate, window, finalAt: close)
                }
                start -= advance
            }
            if !counts { late[candidate.occurrence.place, default: 0] += 1 }
        }
    }

    // MARK: Sessions

    private mutating func affineSessions(_ candidates: [Candidate], gap: Int64, grace: Int64) {
        for candidate in candidates {
            let occurrence = candidate.occurrence
            let watermark = Int128(candidate.watermarkBefore)
            let slack = Int128(gap) + Int128(grace)
            let touched = groups.indices.filter { index in
                let session = groups[index]
                guard session.group == candidate.group, session.place == occurrence.place,
                    let window = session.window, Int128(window.end) + slack >= watermark
                else { return false }
                return occurrence.time >= window.start - gap && occurrence.time <= window.end + gap
            }
            var joined = ResultWindow(start: occurrence.time, end: occurrence.time)
            var members: [Occurrence] = []
            for index in touched {
                joined.start = min(joined.start, groups[index].window?.start ?? joined.start)
                joined.end = max(joined.end, groups[index].window?.end ?? joined.end)
                members += groups[index].members
            }
            guard Int128(joined.end) + slack >= watermark else {
                late[occurrence.place, default: 0] += 1
                continue
            }
            for index in touched.reversed() { groups.remove(at: index) }
            groups.append(
                WindowGroup(
                    group: candidate.group, window: joined, members: members + [occurrence],
                    finalAt: Int128(joined.end) + slack + 1, place: occurrence.place))
        }
    }

    private mutating func regroupedSessions(_ candidates: [Candidate], gap: Int64, grace: Int64) {
        var counting: [Candidate] = []
        for candidate in candidates {
            let close = Int128(candidate.occurrence.time) + Int128(gap) + Int128(grace)
            if close >= Int128(candidate.watermarkBefore) {
                counting.append(candidate)
            } else {
                late[candidate.occurrence.place, default: 0] += 1
            }
        }
        var clusters: [WindowGroup] = []
        let byTime = counting.enumerated().sorted {
            ($0.element.occurrence.time, $0.offset) < ($1.element.occurrence.time, $1.offset)
        }
        for candidate in byTime.map(\.element) {
            let time = candidate.occurrence.time
            let near = clusters.lastIndex { cluster in
                cluster.group == candidate.group && time - (cluster.window?.end ?? time) <= gap
            }
            if let near {
                clusters[near].window?.end = time
                clusters[near].members.append(candidate.occurrence)
            } else {
                clusters.append(
                    WindowGroup(
                        group: candidate.group, window: ResultWindow(start: time, end: time),
                        members: [candidate.occurrence], finalAt: nil, place: nil))
            }
        }
        for index in clusters.indices {
            let end = Int128(clusters[index].window?.end ?? 0)
            clusters[index].finalAt = end + 2 * Int128(gap) + Int128(grace) + 1
        }
        groups = clusters
    }
}
