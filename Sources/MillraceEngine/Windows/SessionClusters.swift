// SPDX-License-Identifier: Apache-2.0

/// Sessions of the merged result, while they are read out: the parts' sessions of a key that are, one to the next, at
/// most a gap apart. With one part each session stands for itself, and nothing is looked up.
struct SessionClusters {
    struct Cluster {
        var start: Int64
        var end: Int64
        /// The first bytes of the key, big-endian: what most comparisons of keys need.
        var keyPrefix: UInt64
        /// The session that it was found by.
        var part: Int32
        var session: Int32
        /// Its place in `members`; −1: it is that one session.
        var firstMember: Int32
        var memberCount: Int32
        /// Some of it changed since it was last emitted.
        var isDirty: Bool

        var bounds: EmittedGroups.Bounds { EmittedGroups.Bounds(start: start, end: end) }
        var isSingle: Bool { firstMember < 0 }
    }

    private struct Member {
        var part: Int32
        var session: Int32
    }

    let gap: Int64
    var parts: [SessionState] = []
    private(set) var all: [Cluster] = []
    private var members: [Member] = []

    init(gap: Int64) { self.gap = gap }

    mutating func removeAll() {
        all.removeAll(keepingCapacity: true)
        members.removeAll(keepingCapacity: true)
    }

    mutating func append(_ cluster: Cluster) { all.append(cluster) }

    /// Valid until the next row is added to the part.
    func key(_ cluster: Cluster) -> UnsafeRawBufferPointer {
        let part = parts[Int(cluster.part)]
        return part.index.key(part.group(cluster.session))
    }

    /// The cluster of a session.
    mutating func find(part number: Int, session: Int32) -> Cluster {
        let part = parts[number]
        let span = part.span(session)
        var cluster = Cluster(
            start: span.start, end: span.end, keyPrefix: Self.prefix(part.index.key(part.group(session))),
            part: Int32(number), session: session, firstMember: -1, memberCount: 1,
            isDirty: part.isDirty(session))
        if parts.count > 1 { extend(&cluster) }
        return cluster
    }

    private static func prefix(_ key: UnsafeRawBufferPointer) -> UInt64 {
        guard let base = key.baseAddress else { return 0 }
        if key.count >= 8 { return UInt64(bigEndian: base.loadUnaligned(as: UInt64.self)) }
        var prefix: UInt64 = 0
        for place in 0..<key.count { prefix |= UInt64(key[place]) &<< UInt64(56 &- 8 &* place) }
        return prefix
    }

    /// Adds the sessions of all parts that belong to a cluster.
    private mutating func extend(_ cluster: inout Cluster) {
        let part = parts[Int(cluster.part)]
        let group = part.group(cluster.session)
        let key = part.index.key(group)
        let hash = part.index.hash(group)
        guard let base = key.baseAddress else { return }
        cluster.firstMember = Int32(members.count)
        var extent = -1 as Int64
        // What one part adds may reach a session of another one.
        while cluster.end - cluster.start != extent {
            extent = cluster.end - cluster.start
            members.removeSubrange(Int(cluster.firstMember)...)
            for (number, part) in parts.enumerated() {
                let group = part.index.find(base, count: key.count, hash: hash)
                if group >= 0 { addMembers(of: part, number, group, to: &cluster) }
            }
        }
        cluster.memberCount = Int32(members.count) - cluster.firstMember
    }

    private mutating func addMembers(of part: SessionState, _ number: Int, _ group: Int, to cluster: inout Cluster) {
        var session = part.table.heads[group]
        while session >= 0 {
            let span = part.span(session)
            // All that follow end earlier.
            if span.end + gap < cluster.start { return }
            if span.start - gap <= cluster.end {
                cluster.start = min(cluster.start, span.start)
                cluster.end = max(cluster.end, span.end)
                cluster.isDirty = cluster.isDirty || part.isDirty(session)
                members.append(Member(part: Int32(number), session: session))
            }
            session = part.table.links[Int(session)].next
        }
    }

    /// Calls `body` with each session of a cluster.
    func forEachMember(of cluster: Cluster, _ body: (_ part: SessionState, _ session: Int32) -> Void) {
        if cluster.isSingle { return body(parts[Int(cluster.part)], cluster.session) }
        let first = Int(cluster.firstMember)
        for place in first..<(first + Int(cluster.memberCount)) {
            body(parts[Int(members[place].part)], members[place].session)
        }
    }

    /// Calls `body` with each session of each cluster.
    func forEachMember(_ body: (_ part: SessionState, _ session: Int32) -> Void) {
        for cluster in all { forEachMember(of: cluster, body) }
    }

    /// Whether the part of a cluster has a session of the same key with these bounds.
    func hasLike(_ cluster: Cluster, _ bounds: EmittedGroups.Bounds) -> Bool {
        let part = parts[Int(cluster.part)]
        var session = part.table.heads[part.group(cluster.session)]
        while session >= 0, part.span(session).end >= bounds.end {
            let span = part.span(session)
            if span.end == bounds.end, span.start == bounds.start { return true }
            session = part.table.links[Int(session)].next
        }
        return false
    }

    // MARK: order

    private func keyPrecedes(_ left: Cluster, _ right: Cluster) -> Bool {
        left.keyPrefix != right.keyPrefix
            ? left.keyPrefix < right.keyPrefix : KeyEncoding.precedes(key(left), key(right))
    }

    func haveSameKey(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (all[left], all[right])
        if left.part == right.part {
            let part = parts[Int(left.part)]
            return part.group(left.session) == part.group(right.session)
        }
        return key(left).elementsEqual(key(right))
    }

    /// Orders the clusters by (key, start).
    mutating func sortByKey() {
        let clusters = all
        all = clusters.sorted { left, right in
            if keyPrecedes(left, right) { return true }
            return !keyPrecedes(right, left) && left.start < right.start
        }
    }

    /// Orders the clusters by (end, key, start).
    mutating func sortByEnd() {
        let clusters = all
        all = clusters.sorted { left, right in
            if left.end != right.end { return left.end < right.end }
            if keyPrecedes(left, right) { return true }
            return !keyPrecedes(right, left) && left.start < right.start
        }
    }
}
