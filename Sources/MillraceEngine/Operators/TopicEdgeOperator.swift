// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What a source that is declared over a sink's topic reads of the sink's rows, in one thread.
final class TopicEdgeOperator {
    /// The queries that read the source.
    let readers: [QueryGraph.Reader]
    private let columns: [CompiledExpression]
    private let keyColumns: Range<Int>
    private let isTable: Bool
    private let hasWindowedKey: Bool
    private let selection = Selection()
    private let failures = FailureCounts()
    /// Of the last batch: rows without a key, which are no rows of a table.
    private(set) var keylessRows = 0

    init(_ edge: TopicEdge, _ source: SourceDefinition, readers: [QueryGraph.Reader]) {
        self.readers = readers
        columns = edge.columns.map { CompiledExpression($0) }
        keyColumns = source.keyColumns.indices
        isTable = source.kind == .table
        hasWindowedKey = source.windowedKey != nil
    }

    /// - Parameters:
    ///   - input: rows of the sink, whose columns are those of `written`.
    /// - Returns: the rows of the source; valid until the next call.
    func rows(_ input: InputRows, written: [Column]) -> InputRows {
        // Widening numbers does not fail, and nothing else is computed.
        let found = columns.map {
            $0.evaluate(written, rows: input.rows, selection: input.selection, failures: failures)
        }
        keylessRows = 0
        var mapped = input
        mapped.columns.byIndex = found
        if !hasWindowedKey {
            // Who leaves the key out leaves its window out.
            mapped.windowStarts = nil
            mapped.windowEnds = nil
        }
        guard isTable else { return mapped }
        selection.reset(rows: input.selection.count)
        for position in 0..<input.selection.count {
            let row = Int(input.selection.indices[position])
            // A key is null where all of its columns are.
            if keyColumns.allSatisfy({ found[$0].isNull(row) }) {
                keylessRows += 1
            } else {
                selection.append(row)
            }
        }
        mapped.selection = selection
        return mapped
    }
}
