// SPDX-License-Identifier: Apache-2.0

/// Why a key or a value could not be decoded, and where.
struct DecodeFailure {
    var reason = BadReason.malformed
    /// In the bytes of the key or value; nil: at their beginning.
    var place: BytePointer?
    /// The column that could not be converted; nil where the bytes are not of their format.
    var node: ColumnNode?

    init() {}

    init(_ reason: BadReason, at place: BytePointer, _ node: ColumnNode? = nil) {
        self.reason = reason
        self.place = place
        self.node = node
    }
}

/// A key or a value that could not be decoded. Its bytes must still be in memory.
struct FailedPart {
    var start: BytePointer
    var count: Int
    var failure: DecodeFailure

    /// Where it goes wrong, from the beginning of the key or value.
    var offset: Int { min(max((failure.place ?? start) - start, 0), count) }
}
