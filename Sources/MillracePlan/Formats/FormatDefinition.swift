// SPDX-License-Identifier: Apache-2.0

/// A serialisation format with its parameters.
package struct FormatDefinition: Hashable, Sendable {
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case json = "JSON"
        case delimited = "DELIMITED"
        /// Kafka's own primitives: big-endian INT, BIGINT, DOUBLE; UTF-8 text; raw bytes. One column.
        case kafka = "KAFKA"
        /// No bytes at all: a key that is not there.
        case none = "NONE"
    }

    package var name: Name
    /// DELIMITED: the byte between columns.
    package var delimiter: UInt8
    /// JSON: whether a single column is written as an object with one field (true) or bare (false). Keys are bare.
    package var wrapsSingleValue: Bool

    package init(_ name: Name, delimiter: UInt8 = UInt8(ascii: ","), wrapsSingleValue: Bool = true) {
        self.name = name
        self.delimiter = delimiter
        self.wrapsSingleValue = wrapsSingleValue
    }
}
