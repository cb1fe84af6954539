// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

typealias AvroWriteStepPointer = UnsafeMutablePointer<AvroWriteStep>

/// One step of a plan that writes columns as Avro's bytes.
struct AvroWriteStep {
    enum Operation: UInt8 {
        case null, boolean, int32, int64, double
        /// VARCHAR and BYTES, with their length.
        case bytes
        /// `number`: bytes of a fixed, −1: as few as the value needs.
        case decimal
        case array, map, entries, structure
        /// Null or one other type. `number`: the byte that stands for null.
        case optional
        /// The same bytes in each row. `number`: how many.
        case constant
        /// Two parts: what stands for null, and all others.
        case defaulted
        /// A value that must not be null: see `missing`. `number`: what it is called, by its place in the names.
        case required
    }

    var operation: Operation
    /// Where it comes from; of the root: the first column.
    var node: ColumnNode
    var parts: AvroWriteStepPointer?
    var partCount = 0
    var number = 0
    /// Of a constant.
    var bytes: UnsafePointer<UInt8>?
}

/// How keys or values are written by a schema. Owner of its steps.
final class AvroWriter {
    let root: AvroWriteStepPointer
    private let arrays: [AvroWriteStepPointer]
    private let constants: [UnsafeMutableBufferPointer<UInt8>]
    /// What values that must not be null are called; none: every row can be written.
    private let names: [String]

    /// - Parameter first: the columns, one after the other; their rows are looked at when they are written.
    /// - Throws: where a column cannot be written as the schema has it.
    init(
        _ schema: AvroSchema, _ columns: [ColumnDefinition], first: ColumnNode, isBare: Bool
    ) throws(SourceError) {
        var compiler = AvroWriteCompiler(schema: schema)
        let step: AvroWriteStep
        if isBare, let column = columns.first {
            let field = Field(column.name, column.type)
            step = try compiler.step(schema.root, first, field, isNullable: false)
        } else {
            let (index, _) = schema.withoutNull(schema.root)
            guard index == schema.root, case .record(let fields) = schema[index].kind else {
                throw SourceError("the schema to write by is no record, but \(schema.rootType.title)", at: nil)
            }
            step = try compiler.record(fields, columns.map { Field($0.name, $0.type) }, first, first)
        }
        root = compiler.store([step])
        arrays = compiler.arrays
        constants = compiler.constants
        names = compiler.names
    }

    deinit {
        for pointer in arrays { pointer.deallocate() }
        for bytes in constants { bytes.deallocate() }
    }

    /// Whether there are rows that cannot be written.
    var hasRequired: Bool { !names.isEmpty }

    /// What is null in a row and must not be; nil: the row can be written.
    func missing(_ row: Int) -> String? { missing(root, row) }

    private func missing(_ step: AvroWriteStepPointer, _ row: Int) -> String? {
        guard let parts = step.pointee.parts else { return nil }
        let node = step.pointee.node
        switch step.pointee.operation {
        case .required: return node.pointee.isNull(row) ? names[step.pointee.number] : missing(parts, row)
        case .optional: return node.pointee.isNull(row) ? nil : missing(parts, row)
        case .defaulted: return node.pointee.isNull(row) ? nil : missing(parts + 1, row)
        case .structure:
            for index in 0..<step.pointee.partCount {
                if let name = missing(parts + index, row) { return name }
            }
            return nil
        case .array, .map, .entries:
            for item in Int(node.pointee.offsets[row])..<Int(node.pointee.offsets[row + 1]) {
                for index in 0..<step.pointee.partCount {
                    if let name = missing(parts + index, item) { return name }
                }
            }
            return nil
        case .null, .boolean, .int32, .int64, .double, .bytes, .decimal, .constant: return nil
        }
    }
}

/// Makes the steps of an `AvroWriter`.
private struct AvroWriteCompiler {
    let schema: AvroSchema
    private(set) var arrays: [AvroWriteStepPointer] = []
    private(set) var constants: [UnsafeMutableBufferPointer<UInt8>] = []
    private(set) var names: [String] = []

    init(schema: AvroSchema) { self.schema = schema }

    mutating func store(_ steps: [AvroWriteStep]) -> AvroWriteStepPointer {
        let start = AvroWriteStepPointer.allocate(capacity: max(steps.count, 1))
        for (index, step) in steps.enumerated() { (start + index).initialize(to: step) }
        arrays.append(start)
        return start
    }

    private mutating func with(
        _ operation: AvroWriteStep.Operation, _ node: ColumnNode, _ parts: [AvroWriteStep]
    ) -> AvroWriteStep {
        var step = AvroWriteStep(operation: operation, node: node)
        step.parts = store(parts)
        step.partCount = parts.count
        return step
    }

    /// - Parameters:
    ///   - children: the members, one after the other.
    ///   - node: of the STRUCT.
    mutating func record(
        _ fields: [AvroField], _ members: [Field], _ children: ColumnNode, _ node: ColumnNode
    ) throws(SourceError) -> AvroWriteStep {
        var parts: [AvroWriteStep] = []
        var written: Set<Int> = []
        for field in fields {
            let exact = members.firstIndex { $0.name == field.name }
            guard let member = exact ?? members.firstIndex(where: { $0.name == field.name.uppercased() }) else {
                parts.append(try extra(field, node))
                continue
            }
            written.insert(member)
            parts.append(try value(field, children + member, members[member]))
        }
        if let missing = members.indices.first(where: { !written.contains($0) }) {
            throw SourceError("the schema to write by has no field for \(members[missing].name)", at: nil)
        }
        return with(.structure, node, parts)
    }

    /// The value of a field that a column is for.
    private mutating func value(
        _ field: AvroField, _ node: ColumnNode, _ member: Field
    ) throws(SourceError) -> AvroWriteStep {
        if schema.withoutNull(field.type).index != field.type {
            return try step(field.type, node, member, isNullable: true)
        }
        guard let bytes = field.fallback.flatMap({ AvroDefault.bytes($0, field.type, schema) }) else {
            return try notNull(field.type, node, member)
        }
        return with(.defaulted, node, [constant(bytes, node), try required(field.type, node, member)])
    }

    /// A field that no column is for.
    private mutating func extra(_ field: AvroField, _ node: ColumnNode) throws(SourceError) -> AvroWriteStep {
        let fallback = field.fallback ?? (schema.withoutNull(field.type).index != field.type ? .null : nil)
        guard let fallback, let bytes = AvroDefault.bytes(fallback, field.type, schema) else {
            throw SourceError(
                "the schema to write by has a field \(field.name), which is no column and has no default", at: nil)
        }
        return constant(bytes, node)
    }

    private mutating func constant(_ bytes: [UInt8], _ node: ColumnNode) -> AvroWriteStep {
        let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
        _ = memory.update(fromContentsOf: bytes)
        constants.append(memory)
        var step = AvroWriteStep(operation: .constant, node: node)
        step.number = bytes.count
        step.bytes = memory.baseAddress.map { UnsafePointer($0) }
        return step
    }

    private mutating func notNull(
        _ index: Int, _ node: ColumnNode, _ field: Field
    ) throws(SourceError) -> AvroWriteStep {
        var step = with(.required, node, [try required(index, node, field)])
        step.number = names.count
        names.append(field.name)
        return step
    }

    mutating func step(
        _ index: Int, _ node: ColumnNode, _ field: Field, isNullable: Bool
    ) throws(SourceError) -> AvroWriteStep {
        let (inner, isOptional) = schema.withoutNull(index)
        if isOptional, case .union(let branches) = schema[index].kind {
            guard branches.count == 2 else { throw unwritable(schema[index], field) }
            var step = with(.optional, node, [try required(inner, node, field)])
            step.number = schema[branches[0]].kind == .null ? 0 : 2
            return step
        }
        // A null key or value without a record around it is a record without one.
        return isNullable ? try notNull(index, node, field) : try required(index, node, field)
    }

    private func unwritable(_ type: AvroType, _ field: Field) -> SourceError {
        SourceError(
            "the schema to write by has \(type.title) for \(field.name), as which \(field.type.sqlName) cannot be "
                + "written", at: nil)
    }

    private mutating func required(
        _ index: Int, _ node: ColumnNode, _ field: Field
    ) throws(SourceError) -> AvroWriteStep {
        let type = schema[index]
        if let operation = AvroWriteCompiler.primitive(type, field.type) {
            var step = AvroWriteStep(operation: operation, node: node)
            if case .fixed(let size) = type.kind { step.number = size } else { step.number = -1 }
            return step
        }
        let children = node.pointee.children
        switch (type.kind, field.type) {
        case (.array(let items), .array(let element)):
            return with(.array, node, [try step(items, children, Field(field.name, element), isNullable: true)])
        case (.array(let items), .map(let key, let value)):
            guard case .record = schema[items].kind, let entry = schema.mapEntry(items) else { break }
            return with(
                .entries, node,
                [
                    try step(entry.key, children, Field("the key of \(field.name)", key), isNullable: true),
                    try step(entry.value, children + 1, Field("the value of \(field.name)", value), isNullable: true),
                ])
        case (.map(let values), .map(.varchar, let value)):
            let key = AvroWriteStep(operation: .bytes, node: children)
            let part = try step(values, children + 1, Field("the value of \(field.name)", value), isNullable: true)
            return with(.map, node, [key, part])
        case (.record(let fields), .structure(let members)): return try record(fields, members, children, node)
        default: break
        }
        throw unwritable(type, field)
    }

    /// How a value without parts is written; nil where it cannot be.
    private static func primitive(_ type: AvroType, _ column: DataType) -> AvroWriteStep.Operation? {
        switch (type.kind, column, type.logicalType) {
        case (.boolean, .boolean, _): .boolean
        case (.int, .integer, nil), (.int, .date, .date), (.int, .time, .timeMilliseconds), (.long, .integer, nil):
            .int32
        case (.long, .bigint, nil), (.long, .timestamp, .timestampMilliseconds): .int64
        case (.double, .double, _): .double
        case (.string, .varchar, _), (.bytes, .bytes, nil): .bytes
        case (.bytes, .decimal(let precision, let scale), let logical),
            (.fixed, .decimal(let precision, let scale), let logical):
            logical == .decimal(precision: precision, scale: scale) ? .decimal : nil
        default: nil
        }
    }
}
