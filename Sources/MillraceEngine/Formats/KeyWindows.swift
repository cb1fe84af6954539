// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The windows behind the keys of a source: takes them off into the batch's bounds.
struct KeyWindows {
    private let starts: UnsafeMutablePointer<Int64>?
    private let ends: UnsafeMutablePointer<Int64>?
    private let size: Int64
    /// Bytes behind the key's own: 0, 8 or 16.
    let suffixLength: Int

    init(_ windowedKey: WindowedKey?, _ batch: DecodedBatch) {
        starts = batch.windowStarts
        ends = batch.windowEnds
        suffixLength = KeyWindows.suffixLength(windowedKey)
        if case .time(let milliseconds) = windowedKey { size = milliseconds } else { size = 0 }
    }

    static func suffixLength(_ windowedKey: WindowedKey?) -> Int {
        switch windowedKey {
        case nil: 0
        case .time: 8
        case .session: 16
        }
    }

    /// Reads the bounds behind a key of `length` bytes; false where the key is null or too short for them.
    func take(_ key: BytePointer, length: Int, row: Int) -> Bool {
        guard length >= 0, let starts, let ends else { return false }
        let first = number(key + length)
        if suffixLength == 8 {
            starts[row] = first
            let (end, overflow) = first.addingReportingOverflow(size)
            ends[row] = overflow ? Int64.max : end
        } else {
            starts[row] = number(key + length + 8)
            ends[row] = first
        }
        return true
    }

    func clear(_ row: Int) {
        starts?[row] = 0
        ends?[row] = 0
    }

    private func number(_ place: BytePointer) -> Int64 {
        Int64(bigEndian: UnsafeRawPointer(place).loadUnaligned(as: Int64.self))
    }
}
