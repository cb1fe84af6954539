// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// The memories of a sink's key or value columns, made once and opened over each batch. Owner of the memory.
final class ColumnMemories {
    private let nodes: UnsafeMutableBufferPointer<ColumnMemory>

    init(_ columns: [ColumnDefinition]) {
        nodes = .allocate(capacity: columns.count)
        for (index, column) in columns.enumerated() {
            nodes.initializeElement(at: index, to: ColumnMemory(column.type, name: column.name, columnIndex: index))
        }
    }

    deinit {
        for node in nodes { node.destroy() }
        nodes.deallocate()
    }

    var count: Int { nodes.count }

    /// Nil where there are no columns.
    var base: UnsafeMutablePointer<ColumnMemory>? { nodes.isEmpty ? nil : nodes.baseAddress }

    /// Looks at the columns of a batch; they must be those of the sink, in its order.
    func open(_ columns: [Column]) {
        precondition(columns.count == nodes.count, "not the sink's columns")
        for (index, column) in columns.enumerated() { nodes[index].open(column) }
    }
}
