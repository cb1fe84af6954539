// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Sessions in a changelog: one entry a key, with all its sessions, because they have no lasting name of their own.
///
///     number of sessions │ each: start, length, accumulators; the latest end first
extension SessionScope {
    private struct Member {
        var part: SessionState
        var session: Int32
        var span: SpanTable.Span
    }

    /// Writes the keys of which a session changed or went.
    func flushSessions(into changelog: ChangelogWriter) {
        let keys = GroupIndex()
        for part in parts { part.addChangedKeys(to: keys) }
        write(keys, into: changelog)
    }

    /// Writes all sessions of some keys.
    func write(_ keys: GroupIndex, into changelog: ChangelogWriter) {
        for number in 0..<keys.count {
            let key = keys.key(number)
            let members = members(of: key, hash: keys.hash(number))
            if members.isEmpty {
                changelog.delete(name: key)
                continue
            }
            let sessions = sessions(members)
            changelog.put(pane: nil, key: key) { writer in
                writer.append(count: sessions.count)
                for session in sessions { write(session, to: &writer) }
            }
            for member in members { member.part.accumulators.marks?.noteStored(Int(member.session)) }
        }
    }

    /// The sessions of a key in all parts, the latest end first.
    private func members(of key: UnsafeRawBufferPointer, hash: UInt64) -> [Member] {
        guard let base = key.baseAddress else { return [] }
        var members: [Member] = []
        for part in parts {
            let group = part.index.find(base, count: key.count, hash: hash)
            guard group >= 0 else { continue }
            var session = part.table.heads[group]
            while session >= 0 {
                members.append(Member(part: part, session: session, span: part.span(session)))
                session = part.table.links[Int(session)].next
            }
        }
        return members
    }

    /// What of the members is one session. Where several parts may have some of it, those at most a gap apart are.
    private func sessions(_ members: [Member]) -> [[Member]] {
        if isPartitionAffine || parts.count == 1 { return members.map { [$0] } }
        var sessions: [[Member]] = []
        var end = Int64.min
        for member in members.sorted(by: { ($0.span.start, $0.span.end) < ($1.span.start, $1.span.end) }) {
            if !sessions.isEmpty, member.span.start -| gap <= end {
                sessions[sessions.count - 1].append(member)
            } else {
                sessions.append([member])
            }
            end = max(end, member.span.end)
        }
        return sessions.reversed()
    }

    private func write(_ members: [Member], to writer: inout StateWriter) {
        let start = members.map(\.span.start).min() ?? 0
        writer.append(start)
        writer.append((members.map(\.span.end).max() ?? 0) -| start)
        if members.count == 1 {
            return members[0].part.accumulators.write(Int(members[0].session), to: &writer)
        }
        scratch.clear(slot: scratchSlot)
        for member in members {
            scratch.merge(scratchSlot, from: member.part.accumulators, slot: Int(member.session))
        }
        scratch.write(scratchSlot, to: &writer)
    }

    /// Adds the sessions of one key to the first part.
    func loadSessions(_ entry: ChangelogImage.Entry) throws(StateError) {
        guard let part = parts.first else { return }
        try readSessions(entry) { (span, reader) throws(StateError) in
            let session = part.makeSession(entry.name, span)
            try part.accumulators.read(Int(session), from: &reader)
            part.accumulators.marks?.noteStored(Int(session))
        }
    }

    /// Calls `body` with the span of each session of an entry; it has to read the accumulators.
    func readSessions(
        _ entry: ChangelogImage.Entry, _ body: (SpanTable.Span, inout StateReader) throws(StateError) -> Void
    ) throws(StateError) {
        guard entry.kind == .sessions else { throw StateError("it is of another kind of window") }
        try builder.keyEncoding.check(entry.name)
        var reader = StateReader(entry.value)
        for _ in 0..<(try reader.countOfWhatFollows()) {
            let start = try reader.int64()
            let length = try reader.int64()
            guard start >= 0, length >= 0, length <= EventTimes.latest, start <= EventTimes.latest else {
                throw StateError("a session from \(start) of \(length) ms")
            }
            try body(SpanTable.Span(start: start, end: start +| length), &reader)
        }
        try reader.finish()
    }
}

extension SessionState {
    /// Adds the keys whose sessions the changelog does not have as they are.
    func addChangedKeys(to keys: GroupIndex) {
        guard let marks = accumulators.marks else { return }
        func add(_ key: UnsafeRawBufferPointer) {
            if key.baseAddress != nil { _ = keys.intern(key) }
        }
        for first in stride(from: 0, to: table.numberCount, by: AccumulatorSet.chunkSize) {
            marks.forEachChanged(from: first) { place in
                let session = first + place
                guard session < table.numberCount, table.links[session].group >= 0 else { return }
                add(index.key(group(Int32(session))))
            }
        }
        marks.takeDropped(add)
    }

    /// Notes the key of a session that goes.
    func noteDropped(_ session: Int32) {
        guard let marks = accumulators.marks, marks.isStored(Int(session)) else { return }
        marks.noteDropped(UnsafeRawBufferPointer(start: nil, count: 0), index.key(group(session)))
    }
}
