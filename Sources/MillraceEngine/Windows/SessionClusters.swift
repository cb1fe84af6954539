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

    /// Gives back memory for more than `most` clusters, when there are none.
    mutating func trim(to most: Int) {
        assert(all.isEmpty)
        if all.capacity > most { all = [] }
        if members.capacity > most { members = [] }
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
        var edges: [Edge] = []
        for (number, part) in parts.enumerated() {
            let group = part.index.find(base, count: key.count, hash: hash)
            guard group >= 0 else { continue }
            let earlier = part.firstSession(of: group, endingAtOrBefore: cluster.end)
            let later = earlier < 0 ? part.table.last(group) : part.table.before(earlier)
            edges.append(Edge(part: number, earlier: earlier, later: later))
        }
        // What one part adds may reach a session of another one. Each session is added once, so that a cluster takes
        // as long as it is large.
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for place in edges.indices where widen(&cluster, at: &edges[place]) { isGrowing = true }
        }
        cluster.memberCount = Int32(members.count) - cluster.firstMember
    }

    /// Where a part's sessions of a key are not of the cluster yet: the next ones on both sides of it.
    private struct Edge {
        var part: Int
        var earlier: Int32
        var later: Int32
    }

    /// Adds what lies at most a gap from a cluster; returns whether anything does.
    private mutating func widen(_ cluster: inout Cluster, at edge: inout Edge) -> Bool {
        let part = parts[edge.part]
        let count = members.count
        while edge.earlier >= 0, part.span(edge.earlier).end + gap >= cluster.start {
            add(edge.earlier, of: edge.part, to: &cluster)
            edge.earlier = part.table.links[Int(edge.earlier)].next
        }
        while edge.later >= 0, part.span(edge.later).start - gap <= cluster.end {
            add(edge.later, of: edge.part, to: &cluster)
            edge.later = part.table.before(edge.later)
        }
        return members.count > count
    }

    private mutating func add(_ session: Int32, of number: Int, to cluster: inout Cluster) {
        let span = parts[number].span(session)
        cluster.start = min(cluster.start, span.start)
        cluster.end = max(cluster.end, span.end)
        cluster.isDirty = cluster.isDirty || parts[number].isDirty(session)
        members.append(Member(part: Int32(number), session: session))
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
        var session = part.firstSession(of: part.group(cluster.session), endingAtOrBefore: bounds.end)
        while session >= 0, part.span(session).end == bounds.end {
            if part.span(session).start == bounds.start { return true }
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
        // Taken out meanwhile, so that sorting needs no copy.
        var clusters: [Cluster] = []
        swap(&clusters, &all)
        clusters.sort { left, right in
            if keyPrecedes(left, right) { return true }
            return !keyPrecedes(right, left) && left.start < right.start
        }
        all = clusters
    }

    /// Orders the clusters by (end, key, start).
    mutating func sortByEnd() {
        // Taken out meanwhile, so that sorting needs no copy.
        var clusters: [Cluster] = []
        swap(&clusters, &all)
        clusters.sort { left, right in
            if left.end != right.end { return left.end < right.end }
            if keyPrecedes(left, right) { return true }
            return !keyPrecedes(right, left) && left.start < right.start
        }
        all = clusters
    }
}
