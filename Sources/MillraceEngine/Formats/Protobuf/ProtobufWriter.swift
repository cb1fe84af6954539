// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

typealias ProtobufWriteStepPointer = UnsafeMutablePointer<ProtobufWriteStep>

/// One field of a message that columns are written as.
struct ProtobufWriteStep {
    enum Operation: UInt8 {
        case int32, int64, sint32, sint64, fixed32, fixed64, double, float, boolean
        /// VARCHAR and BYTES.
        case bytes
        case timestamp, date, time, decimal
        /// `parts`: of a STRUCT.
        case message
        /// `parts`: the field `value` of a message around a value.
        case wrapper
        /// `parts`: of the elements, the keys and the values.
        case array, packed, map
    }

    var operation: Operation
    /// Where it comes from; of the root: the first column.
    var node: ColumnNode
    /// Number and kind of the field, as they stand in a record.
    var tag: UInt64
    /// Whether zero, false and no bytes are written; else they are what is not there.
    var writesZero = false
    var parts: ProtobufWriteStepPointer?
    var partCount = 0
}

/// A message, as rows are written by it: plain values, valid as long as its `ProtobufWriter` is there.
struct ProtobufWriteRoot {
    /// The fields of the message.
    let message: ProtobufWriteStep
    /// The bytes that say where the message is in its file.
    let path: UnsafePointer<UInt8>
    let pathCount: Int
}

/// How keys or values are written by a schema. Owner of its steps.
final class ProtobufWriter {
    let root: ProtobufWriteRoot
    private let path: UnsafeMutablePointer<UInt8>
    private let arrays: [ProtobufWriteStepPointer]

    /// - Parameter first: the columns, one after the other; their rows are looked at when they are written.
    /// - Throws: where a column cannot be written as the schema has it.
    init(_ schema: ProtobufSchema, _ columns: [ColumnDefinition], first: ColumnNode) throws(SourceError) {
        guard let message = schema.first else {
            throw SourceError("the schema to write by has no message", at: nil)
        }
        var compiler = ProtobufWriteCompiler(schema: schema)
        let fields = try compiler.message(message, columns.map { Field($0.name, $0.type) }, first, first, tag: 0)
        arrays = compiler.arrays
        // One byte 0: the first message.
        path = .allocate(capacity: 1)
        path.initialize(to: 0)
        root = ProtobufWriteRoot(message: fields, path: UnsafePointer(path), pathCount: 1)
    }

    deinit {
        path.deallocate()
        for pointer in arrays { pointer.deallocate() }
    }
}

/// Makes the steps of a `ProtobufWriter`.
private struct ProtobufWriteCompiler {
    let schema: ProtobufSchema
    private(set) var arrays: [ProtobufWriteStepPointer] = []

    init(schema: ProtobufSchema) { self.schema = schema }

    private mutating func with(
        _ operation: ProtobufWriteStep.Operation, _ node: ColumnNode, tag: UInt64, _ parts: [ProtobufWriteStep]
    ) -> ProtobufWriteStep {
        let start = ProtobufWriteStepPointer.allocate(capacity: max(parts.count, 1))
        for (index, part) in parts.enumerated() { (start + index).initialize(to: part) }
        arrays.append(start)
        var step = ProtobufWriteStep(operation: operation, node: node, tag: tag)
        (step.parts, step.partCount) = (start, parts.count)
        return step
    }

    /// - Parameters:
    ///   - children: the members, one after the other.
    ///   - node: of the STRUCT.
    mutating func message(
        _ index: Int, _ members: [Field], _ children: ColumnNode, _ node: ColumnNode, tag: UInt64
    ) throws(SourceError) -> ProtobufWriteStep {
        let fields = schema.messages[index].fields
        if let required = fields.first(where: \.isRequired) {
            throw SourceError(
                "the schema to write by requires \(required.name), which a row with NULL does not have", at: nil)
        }
        var parts: [(number: Int32, step: ProtobufWriteStep)] = []
        var oneofs: [Int: String] = [:]
        for (place, member) in members.enumerated() {
            let exact = fields.first { $0.name == member.name }
            guard let field = exact ?? fields.first(where: { $0.name.uppercased() == member.name }) else {
                throw SourceError("the schema to write by has no field for \(member.name)", at: nil)
            }
            if let oneof = field.oneof, let other = oneofs.updateValue(member.name, forKey: oneof) {
                throw SourceError(
                    "the schema to write by has a oneof for \(other) and \(member.name), of which a record has one",
                    at: nil)
            }
            parts.append((field.number, try step(field, children + place, member)))
        }
        parts.sort { $0.number < $1.number }
        return with(.message, node, tag: tag, parts.map(\.step))
    }

    private func unwritable(_ field: ProtobufField, _ member: Field) -> SourceError {
        SourceError(
            "the schema to write by has \(field.isRepeated ? "repeated " : "")\(field.typeName(schema)) for "
                + "\(member.name), as which \(member.type.sqlName) cannot be written", at: nil)
    }

    private func tag(_ field: ProtobufField, wire: UInt8? = nil) -> UInt64 {
        UInt64(UInt32(bitPattern: field.number)) &<< 3 | UInt64(wire ?? ProtobufPlanCompiler.wire(field.kind))
    }

    private mutating func step(
        _ field: ProtobufField, _ node: ColumnNode, _ member: Field
    ) throws(SourceError) -> ProtobufWriteStep {
        let children = node.pointee.children
        switch (field.isRepeated, member.type) {
        case (true, .array(let element)):
            var part = try single(field, children, Field(member.name, element))
            part.writesZero = true
            // Numbers stand one behind the other without their tags.
            let isPacked = ProtobufPlanCompiler.wire(field.kind) != 2
            return with(isPacked ? .packed : .array, node, tag: tag(field, wire: isPacked ? 2 : nil), [part])
        case (true, .map(let key, let value)):
            guard case .message(let index) = field.kind, schema.messages[index].isEntry else { break }
            let fields = schema.messages[index].fields
            let parts = [
                try step(fields[0], children, Field("the key of \(member.name)", key)),
                try step(fields[1], children + 1, Field("the value of \(member.name)", value)),
            ]
            return with(.map, node, tag: tag(field), parts)
        case (false, _): return try single(field, node, member)
        default: break
        }
        throw unwritable(field, member)
    }

    private mutating func single(
        _ field: ProtobufField, _ node: ColumnNode, _ member: Field
    ) throws(SourceError) -> ProtobufWriteStep {
        let tag = tag(field)
        if case .message(let index) = field.kind {
            if let operation = known(field, member.type) {
                return ProtobufWriteStep(operation: operation, node: node, tag: tag)
            }
            if case .structure(let members) = member.type {
                return try message(index, members, node.pointee.children, node, tag: tag)
            }
            guard schema.wellKnown(field.kind)?.isWrapper == true, let value = schema.messages[index].fields.first
            else {
                throw unwritable(field, member)
            }
            return with(.wrapper, node, tag: tag, [try single(value, node, member)])
        }
        guard let operation = Self.scalar(field.kind, member.type) else { throw unwritable(field, member) }
        var step = ProtobufWriteStep(operation: operation, node: node, tag: tag)
        step.writesZero = field.hasPresence
        return step
    }

    private func known(_ field: ProtobufField, _ type: DataType) -> ProtobufWriteStep.Operation? {
        switch (schema.wellKnown(field.kind), type) {
        case (.timestamp, .timestamp): .timestamp
        case (.date, .date): .date
        case (.time, .time): .time
        case (.decimal, .decimal): .decimal
        default: nil
        }
    }

    private static func scalar(_ kind: ProtobufField.Kind, _ type: DataType) -> ProtobufWriteStep.Operation? {
        switch (kind, type) {
        case (.bool, .boolean): .boolean
        case (.int32, .integer), (.int64, .integer): .int32
        case (.sint32, .integer), (.sint64, .integer): .sint32
        case (.sfixed32, .integer): .fixed32
        case (.int64, .bigint): .int64
        case (.sint64, .bigint): .sint64
        case (.sfixed64, .bigint): .fixed64
        case (.double, .double): .double
        case (.float, .double): .float
        case (.string, .varchar), (.bytes, .bytes): .bytes
        default: nil
        }
    }
}
