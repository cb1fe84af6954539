// SPDX-License-Identifier: Apache-2.0

/// The panes of a state by (start, firstWindow), in blocks of limited length: adding one anywhere, finding one and
/// taking the first ones away cost next to the same however many there are, in whatever order they come.
///
///     blocks     [ p p p p ]  [ p p p … 256 ]  [ p p ]       each sorted, none empty, in order
struct PaneList {
    typealias Pane = PaneState.Pane

    private static let blockLength = 256

    private(set) var count = 0
    private var blocks: [[Pane]] = []

    init() {}

    /// Of some panes in any order, each there once.
    init(_ panes: [Pane]) { for pane in panes { insert(pane) } }

    var isEmpty: Bool { count == 0 }

    var first: Pane? { blocks.first?.first }

    /// Bytes of memory, without the panes.
    var heldBytes: Int { count * MemoryLayout<Pane>.stride + blocks.count * 64 }

    /// The first place that is not before (start, firstWindow).
    private func place(_ start: Int64, _ firstWindow: Int64) -> (block: Int, index: Int) {
        var low = 0
        var high = blocks.count
        // The last block that begins before it, if there is one.
        while low < high {
            let middle = (low + high) / 2
            let pane = blocks[middle][0]
            if (pane.start, pane.firstWindow) < (start, firstWindow) { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return (0, 0) }
        let block = low - 1
        (low, high) = (0, blocks[block].count)
        while low < high {
            let middle = (low + high) / 2
            let pane = blocks[block][middle]
            if (pane.start, pane.firstWindow) < (start, firstWindow) { low = middle + 1 } else { high = middle }
        }
        return low == blocks[block].count ? (block + 1, 0) : (block, low)
    }

    /// The pane of (start, firstWindow), if there is one.
    func find(start: Int64, firstWindow: Int64) -> Pane? {
        let (block, index) = place(start, firstWindow)
        guard block < blocks.count else { return nil }
        let pane = blocks[block][index]
        return pane.start == start && pane.firstWindow == firstWindow ? pane : nil
    }

    /// Adds a pane whose (start, firstWindow) is not there yet.
    mutating func insert(_ pane: Pane) {
        count += 1
        var (block, index) = place(pane.start, pane.firstWindow)
        if index == 0, block > 0 {
            // At the end of the block before, not at the beginning of this one.
            block -= 1
            index = blocks[block].count
        }
        guard block < blocks.count else { return blocks.append([pane]) }
        if blocks[block].count == PaneList.blockLength {
            // Panes come mostly in order: the last block stays full, another one splits.
            if index == PaneList.blockLength { return blocks.insert([pane], at: block + 1) }
            let middle = PaneList.blockLength / 2
            blocks.insert(Array(blocks[block][middle...]), at: block + 1)
            blocks[block].removeSubrange(middle...)
            if index > middle { (block, index) = (block + 1, index - middle) }
        }
        blocks[block].insert(pane, at: index)
    }

    /// Calls `body` with the panes that start at or behind `start`, in order, as long as it returns true.
    @inline(__always)
    func forEach(from start: Int64 = .min, while body: (Pane) -> Bool) {
        var (block, index) = place(start, .min)
        while block < blocks.count {
            while index < blocks[block].count {
                guard body(blocks[block][index]) else { return }
                index += 1
            }
            (block, index) = (block + 1, 0)
        }
    }

    /// Takes the first panes away as long as `isGone` holds, and returns them.
    mutating func removeFirst(while isGone: (Pane) -> Bool) -> [Pane] {
        var removed: [Pane] = []
        var whole = 0
        for block in blocks.indices {
            let kept = blocks[block].firstIndex { !isGone($0) } ?? blocks[block].count
            removed += blocks[block][..<kept]
            if kept < blocks[block].count {
                blocks[block].removeFirst(kept)
                break
            }
            whole += 1
        }
        blocks.removeFirst(whole)
        count -= removed.count
        return removed
    }

    /// Takes all panes away and returns them.
    mutating func removeAll() -> [Pane] { removeFirst { _ in true } }
}

extension PaneList: Sequence {
    func makeIterator() -> FlattenSequence<[[Pane]]>.Iterator { blocks.joined().makeIterator() }
}
