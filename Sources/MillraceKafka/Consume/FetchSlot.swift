// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import MillraceCore

/// One assigned partition, as plain memory for the fetch callback.
struct FetchSlot {
    var partition: Int32
    /// The topic's name as a C string, owned by the slot.
    var topicName: UnsafeMutablePointer<CChar>?
    /// The topic object of the messages, once seen; stays valid while the partition is assigned.
    var topic: OpaquePointer?
    var isActive = false
    var isPaused = false
    var hasReachedEnd = false
    /// Where the end was when it was last reached; −1 before.
    var endOffset: Int64 = -1
    /// The lowest offset that is still to come; −1 = not known yet.
    var nextOffset: Int64
    /// Of a partition that has told an error: librdkafka may have left out what it could not read, so that nothing
    /// behind it is taken, nor an end, until the partition is assigned anew.
    static let takesNothing = Int64.max
    var isBroken: Bool { nextOffset == FetchSlot.takesNothing }
    /// Records that came although their offset had been passed.
    var duplicates: Int = 0
    /// The batch that is being filled; the slot owns one reference.
    var records: Unmanaged<RawRecords>
}

/// Where the next record of the current slot's batch goes: its memory, taken out of the object so that the callback
/// touches no class.
struct BatchCursor {
    var count = 0
    var capacity = 0
    var byteCount = 0
    var byteCapacity = 0
    var offsets: UnsafeMutablePointer<Int64>
    var timestamps: UnsafeMutablePointer<Int64>
    var partitions: UnsafeMutablePointer<Int32>
    var keyStarts: UnsafeMutablePointer<Int>
    var keyLengths: UnsafeMutablePointer<Int32>
    var valueStarts: UnsafeMutablePointer<Int>
    var valueLengths: UnsafeMutablePointer<Int32>
    var bytes: UnsafeMutableRawPointer

    init(_ records: RawRecords) {
        count = records.count
        capacity = records.capacity
        byteCount = records.byteCount
        byteCapacity = records.byteCapacity
        offsets = records.offsets
        timestamps = records.timestamps
        partitions = records.partitions
        keyStarts = records.keyStarts
        keyLengths = records.keyLengths
        valueStarts = records.valueStarts
        valueLengths = records.valueLengths
        bytes = records.bytes
    }

    /// Tells the object what has been written into its memory.
    func store(into records: RawRecords) {
        records.count = count
        records.byteCount = byteCount
    }
}
