// SPDX-License-Identifier: Apache-2.0

/// Which results stand in the output at this moment, for queries that may have to delete one: HAVING that no longer
/// holds, sessions that merged. Kept only where the query needs it (EMIT CHANGES with HAVING or with sessions).
final class EmittedGroups {
    /// A window's bounds; (0, 0) without a window.
    struct Bounds: Hashable, Comparable {
        var start: Int64
        var end: Int64

        static func < (left: Bounds, right: Bounds) -> Bool {
            (left.start, left.end) < (right.start, right.end)
        }
    }

    private var index = GroupIndex()
    // One thread reads out a scope and its results; no access is made during another.
    @exclusivity(unchecked) private var table = SpanTable()

    /// Bytes of memory.
    var heldBytes: Int { index.heldBytes + table.heldBytes }

    /// The place of a result in its group, or −1; and the first result behind that place.
    private func find(_ bounds: Bounds, in group: Int) -> (number: Int32, next: Int32) {
        var number = table.first(of: group, endingAtOrBefore: bounds.end)
        while number >= 0 {
            let span = table.spans[Int(number)]
            if span.end < bounds.end { break }
            if span.start == bounds.start { return (number, number) }
            number = table.links[Int(number)].next
        }
        return (-1, number)
    }

    func contains(_ key: UnsafeRawBufferPointer, _ bounds: Bounds) -> Bool {
        let group = index.find(key)
        return group >= 0 && find(bounds, in: group).number >= 0
    }

    func insert(_ key: UnsafeRawBufferPointer, _ bounds: Bounds) {
        guard key.baseAddress != nil else { return }
        let group = index.intern(key)
        table.reserveGroups(index.count)
        let place = find(bounds, in: group)
        guard place.number < 0 else { return }
        _ = table.insert(SpanTable.Span(start: bounds.start, end: bounds.end), group: group, before: place.next)
    }

    func remove(_ key: UnsafeRawBufferPointer, _ bounds: Bounds) {
        let group = index.find(key)
        guard group >= 0 else { return }
        let number = find(bounds, in: group).number
        if number >= 0 { remove(number) }
    }

    private func remove(_ number: Int32) {
        table.remove(number)
        table.release(number)
    }

    /// Forgets the results of a key that lie within `bounds` and for which `isGone` holds.
    /// - Returns: them, in the order of their windows.
    func removeAll(
        _ key: UnsafeRawBufferPointer, within bounds: Bounds, where isGone: (_ bounds: Bounds) -> Bool
    ) -> [Bounds] {
        let group = index.find(key)
        guard group >= 0 else { return [] }
        var removed: [Bounds] = []
        var number = table.first(of: group, endingAtOrBefore: bounds.end)
        // They come by their ends, the latest first.
        while number >= 0, table.spans[Int(number)].end >= bounds.start {
            let span = table.spans[Int(number)]
            let result = Bounds(start: span.start, end: span.end)
            let next = table.links[Int(number)].next
            if bounds.start <= result.start, isGone(result) {
                removed.append(result)
                remove(number)
            }
            number = next
        }
        return removed.sorted()
    }

    /// Forgets the results of a key that lie within `bounds`.
    func removeAll(_ key: UnsafeRawBufferPointer, within bounds: Bounds) {
        let group = index.find(key)
        guard group >= 0 else { return }
        var number = table.first(of: group, endingAtOrBefore: bounds.end)
        while number >= 0, table.spans[Int(number)].end >= bounds.start {
            let next = table.links[Int(number)].next
            if table.spans[Int(number)].start >= bounds.start { remove(number) }
            number = next
        }
    }

    /// Forgets results that can no longer change.
    func removeAll(where isClosed: (_ key: UnsafeRawBufferPointer, _ bounds: Bounds) -> Bool) {
        for group in 0..<table.groupCount {
            var number = table.heads[group]
            while number >= 0 {
                let span = table.spans[Int(number)]
                let next = table.links[Int(number)].next
                if isClosed(index.key(group), Bounds(start: span.start, end: span.end)) { remove(number) }
                number = next
            }
        }
        tidy()
    }

    /// Keys without results cost memory: when they are the most, the index is made anew.
    func tidy() {
        if table.isMostlyEmpty { index = table.renumberGroups(index) }
    }
}
