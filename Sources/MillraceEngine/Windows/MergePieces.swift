// SPDX-License-Identifier: Apache-2.0

/// Groups of several panes, cut by their keys into pieces that are merged one after the other: a merge of a whole
/// window would take as much memory again as the window does.
///
///     pane 1    a  c  d │ f  g  m │ …         each in the order of its keys
///     pane 2    b  c    │ e       │ …
///     merged    a b c d │ e f g m │ …         a piece ends with the same key in all panes
struct MergePieces {
    typealias Part = (source: PaneOfPart, groups: ArraySlice<UInt32>)

    /// Groups of all panes together that a piece has, about.
    private static let length = 8192
    /// From so many groups on there are pieces; where they keep values of any length, from so many on.
    private static let threshold = 1 << 16
    private static let thresholdWithValues = 1 << 12

    private var rest: [Part]
    private let length: Int

    /// - Parameter parts: the groups of each in the order of their keys.
    init(_ parts: [(source: PaneOfPart, groups: [UInt32])]) {
        rest = parts.map { ($0.source, $0.groups[...]) }
        length = max(MergePieces.length / max(parts.count, 1), 16)
    }

    /// Whether so many groups had better be merged in pieces.
    static func areWorthwhile(groups count: Int, of accumulators: AccumulatorSet) -> Bool {
        count > (accumulators.keepsValues ? thresholdWithValues : threshold)
    }

    /// The next groups; empty: there are none left.
    mutating func next() -> [Part] {
        var bound: UnsafeRawBufferPointer?
        for (source, groups) in rest where !groups.isEmpty {
            let key = source.pane.index.key(Int(groups.prefix(length).last.unsafelyUnwrapped))
            if let found = bound, !KeyEncoding.precedes(key, found) { continue }
            bound = key
        }
        guard let bound else { return [] }
        var piece: [Part] = []
        for place in rest.indices {
            let count = MergePieces.count(rest[place], through: bound)
            guard count > 0 else { continue }
            piece.append((rest[place].source, rest[place].groups.prefix(count)))
            rest[place].groups.removeFirst(count)
        }
        return piece
    }

    /// How many groups have keys up to a bound.
    private static func count(_ part: Part, through bound: UnsafeRawBufferPointer) -> Int {
        var low = part.groups.startIndex
        var high = part.groups.endIndex
        while low < high {
            let middle = (low + high) / 2
            let isBehind = KeyEncoding.precedes(bound, part.source.pane.index.key(Int(part.groups[middle])))
            if isBehind { high = middle } else { low = middle + 1 }
        }
        return low - part.groups.startIndex
    }
}
