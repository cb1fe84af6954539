// SPDX-License-Identifier: Apache-2.0

/// A source that is declared over a topic which a query of the same program writes: it reads the rows of the query's
/// sink in memory, as if it were read by the sink's name.
///
///     query ─► sink (topic x) ─► columns ─► source declared over x ─► queries that read it
package struct TopicEdge: Hashable, Sendable {
    /// Name of the sink whose rows are read.
    package var writer: String
    /// Name of the declared source.
    package var reader: String
    /// One a column of the reader, over the columns of the writer: what a record of the writer has for it.
    package var columns: [Expression]

    package init(writer: String, reader: String, columns: [Expression]) {
        self.writer = writer
        self.reader = reader
        self.columns = columns
    }
}
