// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The rows that were made of some rows of a batch, with all that rows have: a copy each of what their row had.
///
///     batch rows     0   1   2            lengths  2  0  3
///     sources        0   0   2   2   2
///     elements       0   1   0   1   2    sub-offset: the row's own | element << shift
final class RowCopies {
    /// By made row: the row of the batch, and which of that row's.
    private(set) var sources: UnsafeMutablePointer<Int32>
    private(set) var elements: UnsafeMutablePointer<Int32>
    private(set) var count = 0
    let capacity: Int
    private let selection: Selection
    private let parents: UnsafeMutablePointer<Int32>
    private let times: UnsafeMutablePointer<Int64>
    private let watermarks: UnsafeMutablePointer<Int64>
    private let offsets: UnsafeMutablePointer<Int64>
    private let subOffsets: UnsafeMutablePointer<Int64>
    private let windowStarts: UnsafeMutablePointer<Int64>
    private let windowEnds: UnsafeMutablePointer<Int64>
    private let flags: UnsafeMutablePointer<ResultBatch.Flags>

    init(capacity: Int) {
        self.capacity = capacity
        selection = Selection(capacity: capacity)
        sources = .allocate(capacity: capacity)
        elements = .allocate(capacity: capacity)
        parents = .allocate(capacity: capacity)
        times = .allocate(capacity: capacity)
        watermarks = .allocate(capacity: capacity)
        offsets = .allocate(capacity: capacity)
        subOffsets = .allocate(capacity: capacity)
        windowStarts = .allocate(capacity: capacity)
        windowEnds = .allocate(capacity: capacity)
        flags = .allocate(capacity: capacity)
    }

    deinit {
        sources.deallocate()
        elements.deallocate()
        parents.deallocate()
        times.deallocate()
        watermarks.deallocate()
        offsets.deallocate()
        subOffsets.deallocate()
        windowStarts.deallocate()
        windowEnds.deallocate()
        flags.deallocate()
    }

    var sourceRows: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(start: sources, count: count) }

    func removeAll() { count = 0 }

    /// Makes some rows of one; there is room for them.
    @inline(__always)
    func append(_ source: Int32, elements range: Range<Int>) {
        var next = count
        for element in range {
            sources[next] = source
            elements[next] = Int32(truncatingIfNeeded: element)
            next &+= 1
        }
        count = next
    }

    /// The made rows as a batch.
    /// - Parameters:
    ///   - columns: of the scan, by made row.
    ///   - shift: of the elements in the sub-offset.
    func rows(of input: InputRows, columns: [Column], shift: Int) -> InputRows {
        selection.selectAll(rows: count)
        var made = input
        made.rows = count
        made.selection = selection
        made.columns = InputColumns(byIndex: [], pseudo: input.columns.pseudo, scanned: columns)
        made.times = copy(input.times, to: times)
        made.watermarks = input.watermarks.map { copy($0, to: watermarks) }
        made.offsets = input.offsets.map { copy($0, to: offsets) }
        made.flags = input.flags.map { copy($0, to: flags) }
        made.windowStarts = input.windowStarts.map { copy($0, to: windowStarts) }
        made.windowEnds = input.windowEnds.map { copy($0, to: windowEnds) }
        made.parents = input.parents.map { copy($0, to: parents) } ?? UnsafePointer(sources)
        for place in 0..<count { subOffsets[place] = Int64(elements[place]) &<< Int64(shift) }
        if let outer = input.subOffsets {
            for place in 0..<count { subOffsets[place] |= outer[Int(sources[place])] }
        }
        made.subOffsets = UnsafePointer(subOffsets)
        return made
    }

    private func copy<Element>(
        _ source: UnsafePointer<Element>, to target: UnsafeMutablePointer<Element>
    ) -> UnsafePointer<Element> {
        for place in 0..<count { target[place] = source[Int(sources[place])] }
        return UnsafePointer(target)
    }
}
