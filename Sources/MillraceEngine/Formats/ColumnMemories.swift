// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The memories of a sink's key or value columns, made once and opened over each batch. Owner of the memory.
final class ColumnMemories {
    private let nodes: UnsafeMutableBufferPointer<ColumnMemory>
    /// Whether all cells are flat (see `FlatCell`).
    let isFlat: Bool
    /// Bytes of a row of flat cells at most, but for the bytes of its texts.
    private let fixedRoom: Int
    private let texts: [Int]
    /// Formats with a registry: the id of the schema that rows are written by.
    private(set) var schema: UInt32 = 0
    /// AVRO: how a row is written.
    private(set) var avro: AvroWriteStepPointer?
    /// Owner of those steps.
    private var avroWriter: AvroWriter?
    /// PROTOBUF: how a row is written.
    private(set) var protobuf: ProtobufWriteRoot?
    /// Owner of those steps, which rows do not touch: counting references to it costs more than a short row.
    private var protobufWriter: ProtobufWriter?
    /// AVRO: the only column has nothing around it.
    private(set) var isBare = false

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

    /// The columns of a sink's key or value, written in its format.
    convenience init(
        _ columns: [ColumnDefinition], _ format: FormatDefinition, isKey: Bool, schema id: Int32?
    ) throws(SourceError) {
        self.init(columns)
        schema = UInt32(bitPattern: id ?? format.schema?.id ?? 0)
        if case .json(let given)? = format.schema?.parsed, format.registered != nil {
            try given.check(columns, bare: format.isBare(columns.count, isKey: isKey) ? columns.first : nil)
        }
        guard format.name.traits.isWrittenBySchema, let base else { return }
        isBare = format.isBare(columns.count, isKey: isKey)
        let made: ParsedSchema
        if let given = format.schema {
            made = given.parsed
        } else {
            made = try ParsedSchema(of: columns, format, isKey: isKey)
        }
        switch made {
        case .avro(let schema):
            let writer = try AvroWriter(schema, columns, first: base, isBare: isBare)
            avroWriter = writer
            avro = writer.root
        case .protobuf(let schema):
            let writer = try ProtobufWriter(schema, columns, first: base)
            protobufWriter = writer
            protobuf = writer.root
        case .json: break
        }
    }

    /// Whether there are rows that the schema to write by does not take.
    var hasRequired: Bool { avroWriter?.hasRequired ?? false }

    /// What is null in a row, and the schema to write by does not let be null.
    func missing(_ row: Int) -> String? { avroWriter?.missing(row) }

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
