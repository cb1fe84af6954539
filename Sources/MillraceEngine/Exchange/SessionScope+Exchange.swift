// SPDX-License-Identifier: Apache-2.0

/// Sessions on their way through an exchange: one record a key, with all its sessions, as in a changelog.
extension SessionScope {
    /// Writes all sessions, and forgets them.
    func handOverSessions(to exchange: ChangelogWriter) {
        let keys = GroupIndex()
        for part in parts { part.addKeys(to: keys) }
        write(keys, into: exchange)
        for part in parts { part.removeAll() }
    }

    /// Adds what another process, or this one, has made of a key to its sessions here.
    func mergeSessions(_ entry: ChangelogImage.Entry, by scratch: MergeSlot) throws(StateError) {
        guard let part = parts.last else { return }
        try readSessions(entry) { (span, reader) throws(StateError) in
            try scratch.read(from: &reader)
            part.merge(entry.name, span, scratch)
        }
    }
}

extension SessionState {
    /// Adds the keys that have sessions.
    func addKeys(to keys: GroupIndex) {
        for group in 0..<table.groupCount where table.heads[group] >= 0 {
            let key = index.key(group)
            if let base = key.baseAddress { _ = keys.intern(base, count: key.count, hash: index.hash(group)) }
        }
    }

    /// Drops all sessions.
    func removeAll() {
        takeSessions(endingBefore: .max) { drop($0) }
        tidy()
    }
}
