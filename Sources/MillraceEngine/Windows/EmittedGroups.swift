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

    private var boundsByKey: [[UInt8]: [Bounds]] = [:]

    func contains(_ key: UnsafeRawBufferPointer, _ bounds: Bounds) -> Bool {
        boundsByKey[Array(key)]?.contains(bounds) ?? false
    }

    func insert(_ key: UnsafeRawBufferPointer, _ bounds: Bounds) {
        let key = Array(key)
        if boundsByKey[key]?.contains(bounds) != true { boundsByKey[key, default: []].append(bounds) }
    }

    func remove(_ key: UnsafeRawBufferPointer, _ bounds: Bounds) {
        let key = Array(key)
        boundsByKey[key]?.removeAll { $0 == bounds }
        if boundsByKey[key]?.isEmpty == true { boundsByKey[key] = nil }
    }

    /// All results of a key, in the order of their windows.
    func bounds(_ key: UnsafeRawBufferPointer) -> [Bounds] {
        (boundsByKey[Array(key)] ?? []).sorted()
    }

    /// Forgets results that can no longer change.
    func removeAll(where isClosed: (_ key: [UInt8], _ bounds: Bounds) -> Bool) {
        for (key, bounds) in boundsByKey {
            let kept = bounds.filter { !isClosed(key, $0) }
            if kept.count != bounds.count { boundsByKey[key] = kept.isEmpty ? nil : kept }
        }
    }
}
