// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Elements of the arrays or maps of many rows, side by side: what the bodies of a lambda are evaluated over. It takes
/// so many at once that what the bodies make of them stays small.
///
///     rows of the batch        elements               columns: x   captured
///     0  [1, 2]   'a'          0 of row 0, 1 of row 0           1   'a'
///     1  [3]      'b'          2 of row 1                       2   'a'
///                                                               3   'b'
final class ElementBatch {
    /// Parameters, then captures.
    private let columns: [Column]
    private let parts: Int
    private let bodies: [ExpressionNode]
    private let selection = Selection(capacity: 1)
    private let mostElements: Int
    /// Where the elements are in the collection's columns, and the rows that they belong to.
    private(set) var elements: [Int32] = []
    private(set) var rows: [Int32] = []
    private var bytes = 0

    private static let mostBytes = 1 << 20
    private static let mostMegabytes = 64

    init(_ call: LambdaCall) {
        columns = (call.parameters + call.captures.map(\.type)).map { Column($0) }
        parts = call.parameters.count
        bodies = call.bodies.map(ExpressionCompiler.compile)
        let growth = call.bodies.reduce(ValueGrowth(factor: 0, bytes: 0)) { $0.or(ValueGrowth.most($1)) }
        // As many as a batch has rows, unless the data decide how large a value gets.
        mostElements =
            growth.factor > Self.mostMegabytes
            ? 8 : max(min(1024, (Self.mostMegabytes << 20) / max(growth.bytes, 1)), 8)
    }

    var isEmpty: Bool { elements.isEmpty }

    var isFull: Bool { elements.count >= mostElements || bytes >= Self.mostBytes }

    /// - Parameter size: of what it and the captures of its row take.
    func append(_ element: Int, of row: Int, size: Int) {
        elements.append(Int32(truncatingIfNeeded: element))
        rows.append(Int32(truncatingIfNeeded: row))
        bytes += size
    }

    /// What the bodies give for the elements, one row each.
    func evaluate(_ parts: [Column], _ captures: [Column], _ failures: FailureCounts) -> [Column] {
        elements.withUnsafeBufferPointer { elements in
            for (column, source) in zip(columns, parts) { column.gather(source, elements) }
        }
        rows.withUnsafeBufferPointer { rows in
            for (column, source) in zip(columns.dropFirst(self.parts), captures) { column.gather(source, rows) }
        }
        selection.selectAll(rows: elements.count)
        let input = EvaluationInput(columns: columns, rows: elements.count, failures: failures)
        return bodies.map { $0.evaluate(input, selection) }
    }

    func removeAll() {
        elements.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        bytes = 0
    }

    /// How much some rows of columns take where that is not the same for all.
    static func size(_ columns: [Column], _ row: Int) -> Int {
        var size = 0
        for column in columns {
            switch column.layout {
            case .bits, .fixed: break
            default: size += column.payloadBytes(row..<row + 1)
            }
        }
        return size
    }
}
