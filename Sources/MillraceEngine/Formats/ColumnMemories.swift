// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// The memories of a sink's key or value columns, made once and opened over each batch. Owner of the memory.
final class ColumnMemories {
    private let nodes: UnsafeMutableBufferPointer<ColumnMemory>
    /// Whether all cells are flat (see `FlatCell`).
    let isFlat: Bool
    /// Bytes of a row of flat cells at most, but for the bytes of its texts.
    private let fixedRoom: Int
    private let texts: [Int]

    init(_ columns: [ColumnDefinition]) {
        let nodes = UnsafeMutableBufferPointer<ColumnMemory>.allocate(capacity: columns.count)
        self.nodes = nodes
        for (index, column) in columns.enumerated() {
            nodes.initializeElement(at: index, to: ColumnMemory(column.type, name: column.name, columnIndex: index))
        }
        isFlat = nodes.allSatisfy { FlatCell.isFlat($0.kind) }
        texts = nodes.indices.filter { nodes[$0].kind == .varchar }
        fixedRoom = nodes.reduce(2) { $0 + $1.labelRoom + FlatCell.room }
    }

    deinit {
        for node in nodes { node.destroy() }
        nodes.deallocate()
    }

    var count: Int { nodes.count }

    /// Nil where there are no columns.
    var base: UnsafeMutablePointer<ColumnMemory>? { nodes.isEmpty ? nil : nodes.baseAddress }

    /// Whether several columns are all NULL in a row: as a key they are a null key.
    @inline(never)
    func areNull(_ row: Int) -> Bool { nodes.count > 1 && nodes[0].isNull(row) && nodes.allSatisfy { $0.isNull(row) } }

    /// The most bytes that a row of flat cells needs as an object.
    @inline(__always)
    func room(row: Int) -> Int {
        var room = fixedRoom
        for index in texts { room &+= FlatCell.room(ofText: nodes[index].bytes(row).count) }
        return room
    }

    /// Looks at the columns of a batch; they must be those of the sink, in its order.
    func open(_ columns: [Column]) {
        precondition(columns.count == nodes.count, "not the sink's columns")
        for (index, column) in columns.enumerated() { nodes[index].open(column) }
    }
}
