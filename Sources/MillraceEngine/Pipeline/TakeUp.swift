// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Which queries take which of the records that are read again after a start, worked out of a source's entries once.
struct TakeUp {
    /// A committed watermark of a root, which holds from an offset on.
    struct Mark {
        /// Index into the source's roots.
        var root: Int
        var offset: Int64
        var watermark: Watermark
    }

    /// Where the re-read begins, with the watermarks of the roots there.
    private(set) var start: SourcePartition.Checkpoint
    /// By query: the first offset that its state is made of.
    private(set) var takes: [Int64]
    /// By query: the first offset whose results are new.
    private(set) var emits: [Int64]
    /// By root of the source: the first offset that some query reads through it.
    private(set) var begins: [Int64]
    private(set) var marks: [Mark] = []
    /// Where any of these changes, ascending: no batch of the re-read goes across one.
    private(set) var boundaries: [Int64] = []

    /// All queries go on from one place.
    /// - Parameter flush: what was loaded: those queries take nothing before it.
    init(
        from start: SourcePartition.Checkpoint, roots: Int, queries: Int, flush: SourcePartition.Flush?
    ) {
        self.start = start
        takes = (0..<queries).map { TakeUp.first(start.offset, $0, flush) }
        emits = Array(repeating: .max, count: queries)
        begins = Array(repeating: start.offset, count: roots)
        boundaries = TakeUp.boundaries(takes, after: start.offset)
    }

    /// - Parameters:
    ///   - entries: at least one; each query is in one of them.
    ///   - roots: by root of the source, the queries that it feeds.
    ///   - firstOffsets: of queries that began in the middle of the log, by index: they never take what is before.
    init(
        _ entries: [SourcePartition.Entry], roots: [Set<Int>], queries: Int, firstOffsets: [Int: Int64],
        flush: SourcePartition.Flush?
    ) {
        precondition(!entries.isEmpty, "a source is read from somewhere")
        let read = entries.map(\.checkpoint.offset).min() ?? 0
        takes = Array(repeating: read, count: queries)
        emits = Array(repeating: .max, count: queries)
        for entry in entries {
            for query in entry.queries {
                takes[query] = TakeUp.first(
                    max(entry.checkpoint.offset, firstOffsets[query] ?? .min), query, flush)
                emits[query] = entry.emits
            }
        }
        begins = []
        start = SourcePartition.Checkpoint(offset: read, watermarks: [])
        for (root, fed) in roots.enumerated() {
            let reading = entries.filter { !$0.queries.isDisjoint(with: fed) }
            let first = reading.flatMap { entry in
                entry.queries.intersection(fed).map { max(entry.checkpoint.offset, firstOffsets[$0] ?? .min) }
            }.min()
            begins.append(first ?? read)
            let known = reading.map {
                Mark(root: root, offset: $0.checkpoint.offset, watermark: $0.checkpoint.watermarks[root])
            }
            let earliest = known.map(\.offset).min() ?? read
            start.watermarks.append(known.filter { $0.offset == earliest }.map(\.watermark).max() ?? .none)
            marks += known.filter { $0.offset > earliest && $0.watermark != .none }
        }
        boundaries = TakeUp.boundaries(
            takes + emits.filter { $0 != .max } + begins + marks.map(\.offset), after: read)
    }

    private static func first(_ offset: Int64, _ query: Int, _ flush: SourcePartition.Flush?) -> Int64 {
        guard let flush, flush.queries.contains(query) else { return offset }
        return max(offset, flush.checkpoint.offset)
    }

    private static func boundaries(_ offsets: [Int64], after start: Int64) -> [Int64] {
        Set(offsets.filter { $0 > start }).sorted()
    }

    /// The first place within `offset ... last` before which a batch that begins at `offset` has to end; nil: none.
    func boundary(after offset: Int64, through last: Int64) -> Int64? {
        boundaries.first { $0 > offset && $0 <= last }
    }
}
