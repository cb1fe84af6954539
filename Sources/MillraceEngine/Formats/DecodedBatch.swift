// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// What became of one record.
package enum RowStatus: UInt8, Sendable {
    case ok
    /// The value is null (or the JSON text `null`): value columns are NULL, key columns are decoded.
    case nullValue
    /// The record could not be decoded: all columns are NULL, and `DecodedBatch.badRows` says why.
    case bad
}

/// Why a record could not be decoded.
package enum BadReason: UInt8, Sendable, CaseIterable {
    /// The text is not valid in its format to its end.
    case malformed
    /// Not UTF-8.
    case invalidText
    /// A value of another type, or a text that is none of the column's type.
    case wrongType
    /// A number that does not fit the column.
    case outOfRange
    /// DELIMITED: not as many fields as columns.
    case fieldCount
    /// KAFKA: not as many bytes as the type has.
    case wrongLength
    /// A windowed key without the bytes of its window.
    case noWindow
    /// Formats with a registry: the bytes do not begin with the id of a schema.
    case noSchemaID
    /// There is no schema that can be used under the id.
    case unknownSchema
    /// The schema that the record was written by cannot be read as the columns.
    case unresolvable

    /// The reason in words, as counters and dead letters name it.
    package var text: String {
        switch self {
        case .malformed: "not valid in its format"
        case .invalidText: "not UTF-8"
        case .wrongType: "wrong type"
        case .outOfRange: "out of range"
        case .fieldCount: "wrong number of fields"
        case .wrongLength: "wrong length"
        case .noWindow: "no window behind the key"
        case .noSchemaID: "no schema id"
        case .unknownSchema: "unknown schema"
        case .unresolvable: "schema does not fit"
        }
    }
}

/// Records as columns. Made by `RecordDecoder.makeBatch` and reused over its `decode` calls. Not thread-safe.
package final class DecodedBatch {
    /// One a requested column, in the order of the request; each has `rows` rows.
    package let columns: [Column]
    package internal(set) var rows = 0
    /// One a row.
    package private(set) var status: UnsafeMutablePointer<RowStatus>
    /// In ascending order of rows; rare.
    package internal(set) var badRows: [BadRow] = []
    /// Ids of schemas that the decoder's table does not have, in ascending order: rows that need them are bad. Whoever
    /// can get the schemas adds them to the table and decodes again.
    package internal(set) var unknownSchemas: [Int32] = []
    /// How many rows are `nullValue`.
    package internal(set) var nullValues = 0
    /// The windows' bounds in ms, one a row, where the source's key is windowed (0 in bad rows); nil elsewhere.
    package private(set) var windowStarts: UnsafeMutablePointer<Int64>?
    package private(set) var windowEnds: UnsafeMutablePointer<Int64>?
    private let isWindowed: Bool
    private var capacity = 0

    init(types: [DataType], isWindowed: Bool) {
        columns = types.map { Column($0) }
        self.isWindowed = isWindowed
        status = .allocate(capacity: 1)
    }

    deinit {
        status.deallocate()
        windowStarts?.deallocate()
        windowEnds?.deallocate()
    }

    /// Forgets the rows and makes room for `rows` new ones.
    func reset(rows: Int) {
        for column in columns {
            column.removeAll()
            column.reserve(rows)
        }
        badRows.removeAll(keepingCapacity: true)
        unknownSchemas.removeAll(keepingCapacity: true)
        nullValues = 0
        self.rows = rows
        guard rows > capacity else { return }
        capacity = rows
        status.deallocate()
        status = .allocate(capacity: rows)
        guard isWindowed else { return }
        windowStarts?.deallocate()
        windowEnds?.deallocate()
        windowStarts = .allocate(capacity: rows)
        windowEnds = .allocate(capacity: rows)
    }
}
