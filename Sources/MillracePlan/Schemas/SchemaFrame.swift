// SPDX-License-Identifier: Apache-2.0

/// What stands before a key or a value that was written by a schema of a registry: a byte 0, and the schema's id in
/// four bytes, big-endian.
package enum SchemaFrame {
    package static let length = 5

    /// The id that bytes begin with; nil: they do not begin so. For single records: readers of batches have their own.
    package static func id(_ bytes: [UInt8]) -> Int32? {
        guard bytes.count >= length, bytes[0] == 0 else { return nil }
        return bytes[1..<length].reduce(Int32(0)) { $0 << 8 | Int32($1) }
    }
}
