// SPDX-License-Identifier: Apache-2.0

/// Why a key or a value could not be decoded, and where.
struct DecodeFailure {
    var reason = BadReason.malformed
    /// In the bytes of the key or value; nil: at their beginning.
    var place: BytePointer?
    /// The column that could not be converted; nil where the bytes are not of their format.
    var node: ColumnNode?
    /// Formats with a registry: the id of the schema that the record was written by.
    var schema: Int32?
    /// PROTOBUF: which of its messages, as `ProtobufKey` has it.
    var path: UInt64 = 0
    /// `unresolvable`: which of the reasons of the schema's plan it is.
    var note = 0

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
