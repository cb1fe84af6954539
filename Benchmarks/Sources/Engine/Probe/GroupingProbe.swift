// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Opens the look-up of groups (`PaneState.assign`, without a window) to the micro benchmarks.
package final class GroupingProbe {
    private let state: PaneState
    private let selection = Selection()
    private let late = Selection()
    private let rows: UnsafeMutablePointer<Int32>
    private let slots: UnsafeMutablePointer<UInt32>
    private let times: UnsafeMutablePointer<Int64>
    private let watermarks: UnsafeMutablePointer<Int64>

    /// - Parameter batchRows: the most rows of one batch.
    package init(keyTypes: [DataType], batchRows: Int) {
        state = PaneState(geometry: .unbounded, calls: [], keyTypes: keyTypes, tracksChanges: false)
        rows = .allocate(capacity: batchRows)
        slots = .allocate(capacity: batchRows)
        times = .allocate(capacity: batchRows)
        times.initialize(repeating: 0, count: batchRows)
        watermarks = .allocate(capacity: batchRows)
        watermarks.initialize(repeating: 0, count: batchRows)
    }

    deinit {
        rows.deallocate()
        slots.deallocate()
        times.deallocate()
        watermarks.deallocate()
    }

    /// Finds the slots of the rows of one batch; returns the last one.
    package func assign(_ keys: [Column], rows count: Int) -> Int {
        selection.selectAll(rows: count)
        late.reset(rows: count)
        let counted = state.assign(
            selection, keys: keys, times: times, watermarks: watermarks, rows: rows, slots: slots, late: late,
            origin: nil)
        return counted == 0 ? 0 : Int(slots[counted - 1])
    }

    package var groupCount: Int { state.totalGroups }
}
