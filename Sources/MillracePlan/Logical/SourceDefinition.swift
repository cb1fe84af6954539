// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A stream or a table over a topic: declared by CREATE STREAM/TABLE with columns, or made by a query.
package struct SourceDefinition: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// Each record is a fact.
        case stream = "STREAM"
        /// Each record replaces the one before it with the same key; a null value deletes.
        case table = "TABLE"
    }

    /// Which version of a joined table a row sees.
    package enum Versions: String, Hashable, Sendable {
        /// That of the row's time.
        case event
        /// What the table holds when the slice begins, at all times before.
        case start
    }

    package var name: String
    package var kind: Kind
    package var topic: String
    /// NONE without key columns.
    package var keyFormat: FormatDefinition
    /// Without key columns: the format that WITH names for keys, which results that have a key inherit; nil: none.
    package var keylessFormat: FormatDefinition?
    package var valueFormat: FormatDefinition
    /// Key columns first, then the others, each in the order of the declaration.
    package var columns: [ColumnDefinition]
    /// `WITH (TIMESTAMP = …)`; nil: the Kafka record's timestamp. Of a sink: what the output's timestamp is taken from.
    package var timestamp: TimestampDefinition?
    /// Set where the key carries a window behind its own bytes.
    package var windowedKey: WindowedKey?
    /// `PARTITIONS`, for a topic that has to be created; nil: as many as the input has.
    package var partitions: Int?
    /// `REPLICAS`; nil: the broker's default.
    package var replicas: Int?
    /// `RETENTION_MS`; nil: the broker's default.
    package var retentionMilliseconds: Int64?
    /// `CLEANUP_POLICY`, as Kafka spells it; nil: the broker's default.
    package var cleanupPolicy: String?
    /// CREATE SOURCE: no query of the program may write it.
    package var isReadOnly: Bool
    /// `VERSIONS`, of a table.
    package var versions: Versions
    /// Where the statement that made it begins.
    package var location: SourceLocation

    package init(
        name: String, kind: Kind, topic: String, keyFormat: FormatDefinition,
        keylessFormat: FormatDefinition? = nil, valueFormat: FormatDefinition,
        columns: [ColumnDefinition], timestamp: TimestampDefinition? = nil, windowedKey: WindowedKey? = nil,
        partitions: Int? = nil, replicas: Int? = nil, retentionMilliseconds: Int64? = nil,
        cleanupPolicy: String? = nil, isReadOnly: Bool = false, versions: Versions = .event,
        location: SourceLocation
    ) {
        self.name = name
        self.kind = kind
        self.topic = topic
        self.keyFormat = keyFormat
        self.keylessFormat = keylessFormat
        self.valueFormat = valueFormat
        self.columns = columns
        self.timestamp = timestamp
        self.windowedKey = windowedKey
        self.partitions = partitions
        self.replicas = replicas
        self.retentionMilliseconds = retentionMilliseconds
        self.cleanupPolicy = cleanupPolicy
        self.isReadOnly = isReadOnly
        self.versions = versions
        self.location = location
    }

    package var keyColumns: ArraySlice<ColumnDefinition> { columns.prefix { $0.role == .key } }
    /// The columns that lie in the record's value.
    package var valueColumns: [ColumnDefinition] { columns.filter { $0.role == .value } }

    /// The key format that results inherit; nil: there is none.
    package var inheritedKeyFormat: FormatDefinition? { keyColumns.isEmpty ? keylessFormat : keyFormat }

    /// Whether the only value column is written without anything around it, so that its NULL is a null value.
    package var hasBareValue: Bool {
        guard valueFormat.name.traits.wrapsSingleValues else { return valueColumns.count == 1 }
        return valueFormat.isBare(valueColumns.count, isKey: false)
    }
}

package struct ColumnDefinition: Hashable, Sendable {
    package enum Role: Hashable, Sendable {
        /// KEY or PRIMARY KEY.
        case key
        case value
        /// HEADERS: ARRAY<STRUCT<KEY STRING, VALUE BYTES>>.
        case headers
        /// HEADER('name'): BYTES, the last header of that name.
        case header(String)
    }

    package var name: String
    package var type: DataType
    package var role: Role

    package init(_ name: String, _ type: DataType, _ role: Role) {
        self.name = name
        self.type = type
        self.role = role
    }
}

/// The window behind the bytes of a key.
///
///     time window   key bytes | start (8 bytes, big-endian ms)
///     session       key bytes | end (8 bytes) | start (8 bytes)
package enum WindowedKey: Hashable, Sendable {
    /// TUMBLING or HOPPING of this size.
    case time(sizeMilliseconds: Int64)
    case session
}
