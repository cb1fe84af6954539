// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Makes a plan of a writer's schema for the columns of a key or a value, by Avro's rules of resolution: numbers are
/// promoted, fields found by name, by an alias of the reader's schema or, as in ksqlDB, whatever the case of their
/// letters; what a record does not have is the default of the reader's schema, else NULL; what it has and no column
/// wants is passed over.
struct AvroPlanCompiler {
    typealias Target = ColumnTarget

    let writer: AvroSchema
    /// The schema that the columns were made from; nil: they were declared.
    let reader: AvroSchema?
    private(set) var reasons: [String] = []
    private var memory: [UnsafeMutableRawPointer] = []
    /// Steps that pass over records, which may contain themselves.
    var skippedRecords: [Int: AvroStepPointer] = [:]

    private init(writer: AvroSchema, reader: AvroSchema?) {
        self.writer = writer
        self.reader = reader
    }

    /// - Parameter bare: the only column has the value itself, not a record's field. The other columns are not read.
    static func plan(
        writer: AvroSchema, reader: AvroSchema?, targets: [Target], isBare: Bool
    ) -> AvroPlan {
        var compiler = AvroPlanCompiler(writer: writer, reader: reader)
        let root: AvroStep
        if isBare {
            root =
                targets.first.map { compiler.step(writer.root, reader?.root, to: $0) } ?? compiler.skipRoot()
        } else {
            root = compiler.root(targets)
        }
        let start = compiler.store([root])
        return AvroPlan(root: start, reasons: compiler.reasons, memory: compiler.memory)
    }

    // MARK: Memory

    private mutating func allocate<Element>(_ type: Element.Type, _ count: Int) -> UnsafeMutablePointer<Element> {
        let start = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        memory.append(UnsafeMutableRawPointer(start))
        return start
    }

    mutating func store<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let start = allocate(Element.self, elements.count)
        for (index, element) in elements.enumerated() { (start + index).initialize(to: element) }
        return start
    }

    private mutating func store(padded bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> {
        // More is looked at than is used, as in records.
        store(bytes + [UInt8](repeating: 0, count: RawRecords.padding))
    }

    mutating func with(_ operation: AvroStep.Operation, _ node: ColumnNode?, _ parts: [AvroStep]) -> AvroStep {
        var step = AvroStep(operation, node)
        if !parts.isEmpty { step.parts = store(parts) }
        step.partCount = parts.count
        return step
    }

    private mutating func refuse(_ node: ColumnNode?, _ reason: String) -> AvroStep {
        if reasons.last != reason { reasons.append(reason) }
        return AvroStep(.refuse, node, number: reasons.count - 1)
    }

    /// `LONG cannot be BOOLEAN`, by the reason's words in messages: what the schema has, for which column.
    private mutating func refuse(_ type: AvroType, _ target: Target) -> AvroStep {
        let logical = type.logicalType.map { " (\($0.name))" } ?? ""
        return refuse(target.node, "has \(type.title)\(logical)")
    }

    // MARK: The root

    private mutating func root(_ targets: [Target]) -> AvroStep {
        let (index, isOptional) = writer.withoutNull(writer.root)
        guard case .record(let fields) = writer[index].kind else {
            return refuse(nil, "is no record, but \(writer[index].title)")
        }
        let parts = self.fields(fields, reader.map { $0.withoutNull($0.root).index }, targets)
        let record = with(.record, nil, parts)
        guard isOptional, case .union(let branches) = writer[writer.root].kind, let optional = optional(branches) else {
            return record
        }
        return record.optional(nullByte: optional.nullByte)
    }

    /// What a union of null and another type has beside null, and the byte that stands for null.
    func optional(_ branches: [Int]) -> (branch: Int, nullByte: UInt8)? {
        guard branches.count == 2, let null = branches.firstIndex(where: { writer[$0].kind == .null }),
            writer[branches[1 - null]].kind != .null
        else { return nil }
        return (branches[1 - null], UInt8(null * 2))
    }

    // MARK: Records

    /// The fields of a record, each to the column that it belongs to, then the columns that it does not have.
    private mutating func fields(_ fields: [AvroField], _ readerIndex: Int?, _ targets: [Target]) -> [AvroStep] {
        let known = readerFields(readerIndex)
        let places = targets.map { target in
            AvroPlanCompiler.place(target.name, known.flatMap { AvroPlanCompiler.field(target.name, $0) }, fields)
        }
        var steps: [AvroStep] = []
        var skips: [Skip] = []
        for (index, field) in fields.enumerated() {
            guard let target = places.firstIndex(of: index) else {
                skips.append(skip(field.type))
                continue
            }
            let readerType = known.flatMap { AvroPlanCompiler.field(targets[target].name, $0)?.type }
            append(&skips, to: &steps)
            steps.append(step(field.type, readerType, to: targets[target]))
        }
        append(&skips, to: &steps)
        for (target, place) in zip(targets, places) where place == nil {
            steps.append(missing(known.flatMap { AvroPlanCompiler.field(target.name, $0) }, target))
        }
        return steps
    }

    private func readerFields(_ index: Int?) -> [AvroField]? {
        guard let reader, let index, case .record(let fields) = reader[reader.withoutNull(index).index].kind else {
            return nil
        }
        return fields
    }

    /// The field that a column was made from.
    private static func field(_ column: String, _ fields: [AvroField]) -> AvroField? {
        fields.first { $0.name == column } ?? fields.first { $0.name.uppercased() == column }
    }

    /// The index of the field of a record that is a column's.
    private static func place(_ column: String, _ reader: AvroField?, _ fields: [AvroField]) -> Int? {
        if let reader {
            for name in [reader.name] + reader.aliases {
                if let index = fields.firstIndex(where: { $0.name == name }) { return index }
            }
        }
        return fields.firstIndex { $0.name == column } ?? fields.firstIndex { $0.name.uppercased() == column }
    }

    private mutating func missing(_ field: AvroField?, _ target: Target) -> AvroStep {
        guard let field, let reader, let value = field.fallback else { return AvroStep(.null, target.node) }
        guard let bytes = AvroDefault.bytes(value, field.type, reader) else {
            return refuse(target.node, "does not have it, and its default fits no type of the schema in use")
        }
        var inner = AvroPlanCompiler(writer: reader, reader: reader)
        let part = inner.step(field.type, field.type, to: target)
        // The inner steps stay with this plan; a reason's number has to be its own.
        memory += inner.memory
        if let reason = inner.reasons.first { return refuse(target.node, reason) }
        var step = with(.fallback, target.node, [part])
        step.bytes = store(padded: bytes)
        step.number = bytes.count
        return step
    }

    // MARK: Types

    private mutating func step(_ index: Int, _ readerIndex: Int?, to target: Target) -> AvroStep {
        let type = writer[index]
        let node = target.node
        if case .structure(let members) = target.type, isWrappable(type) {
            return wrapped(index, members, readerIndex, target)
        }
        switch type.kind {
        case .union(let branches): return union(index, branches, readerIndex, to: target)
        case .null: return AvroStep(.null, node)
        case .record(let fields):
            guard case .structure(let members) = target.type else { return refuse(type, target) }
            return with(.structure, node, self.fields(fields, readerIndex, self.targets(members, node)))
        case .array(let items): return array(type, items, readerIndex, to: target)
        case .map(let values):
            guard case .map(.varchar, let value) = target.type else { return refuse(type, target) }
            let key = AvroStep(.text, node.pointee.children)
            let readerValue = readerPart(readerIndex)
            let part = step(
                values, readerValue, to: Target(name: "", node: node.pointee.children + 1, type: value))
            return with(.map, node, [key, part])
        case .enumeration(let symbols, _):
            guard case .varchar = target.type else { return refuse(type, target) }
            let steps = symbols.map { symbol($0, readerIndex, target) }
            return with(.enumeration, node, steps)
        default: return primitive(type, node) ?? refuse(type, target)
        }
    }

    private func targets(_ members: [Field], _ node: ColumnNode) -> [Target] {
        members.enumerated().map { Target(name: $1.name, node: node.pointee.children + $0, type: $1.type) }
    }

    /// The type of the items or values of the reader's array or map.
    private func readerPart(_ index: Int?) -> Int? {
        guard let reader, let index else { return nil }
        switch reader[reader.withoutNull(index).index].kind {
        case .array(let part), .map(let part): return part
        default: return nil
        }
    }

    private mutating func array(_ type: AvroType, _ items: Int, _ readerIndex: Int?, to target: Target) -> AvroStep {
        let node = target.node
        let part = readerPart(readerIndex)
        switch target.type {
        case .array(let element):
            let inner = Target(name: "", node: node.pointee.children, type: element)
            return with(.array, node, [step(items, part, to: inner)])
        case .map(let key, let value):
            guard writer.mapEntry(items) != nil, case .record(let fields) = writer[items].kind else {
                return refuse(type, target)
            }
            let members = [Field("key", key), Field("value", value)]
            return with(.entries, node, self.fields(fields, part, targets(members, node)))
        default: return refuse(type, target)
        }
    }

    /// The text of a symbol; of one that the reader's enum does not have its default.
    private mutating func symbol(_ symbol: String, _ readerIndex: Int?, _ target: Target) -> AvroStep {
        var text = symbol
        if let reader, let readerIndex,
            case .enumeration(let known, let fallback) = reader[reader.withoutNull(readerIndex).index].kind,
            !known.contains(symbol)
        {
            guard let fallback else {
                return refuse(target.node, "has the symbol \(symbol.prefix(100))")
            }
            text = fallback
        }
        let bytes = Array(text.utf8)
        var step = AvroStep(.symbol, target.node, number: bytes.count)
        step.bytes = store(padded: bytes)
        return step
    }

    // MARK: Unions

    private mutating func union(
        _ index: Int, _ branches: [Int], _ readerIndex: Int?, to target: Target
    ) -> AvroStep {
        if case .structure(let members) = target.type, isUnion(branches, members) {
            return unionStructure(branches, members, readerIndex, target)
        }
        if let (branch, nullByte) = optional(branches) {
            return step(branch, readerBranch(readerIndex, branch), to: target).optional(nullByte: nullByte)
        }
        return with(.union, target.node, branches.map { step($0, readerBranch(readerIndex, $0), to: target) })
    }

    /// Whether a STRUCT stands for a union of several types.
    private func isUnion(_ branches: [Int], _ members: [Field]) -> Bool {
        let names = branches.filter { writer[$0].kind != .null }.map { writer.unionFieldName($0) }
        return names.count > 1 && members.contains { member in names.contains(member.name) }
    }

    private mutating func unionStructure(
        _ branches: [Int], _ members: [Field], _ readerIndex: Int?, _ target: Target
    ) -> AvroStep {
        let fields = targets(members, target.node)
        var parts: [AvroStep] = []
        for branch in branches {
            if writer[branch].kind == .null {
                parts.append(AvroStep(.null, target.node))
                continue
            }
            let name = writer.unionFieldName(branch)
            let field = fields.firstIndex { $0.name == name }
            let inner =
                field.map { step(branch, readerBranch(readerIndex, branch), to: fields[$0]) } ?? skipStep(branch)
            var part = with(.record, nil, [inner])
            part.number = field ?? -1
            parts.append(part)
        }
        return with(.unionStructure, target.node, parts)
    }

    /// Whether it can only be a STRUCT as one type of a union of several.
    private func isWrappable(_ type: AvroType) -> Bool {
        switch type.kind {
        case .null, .union, .record: false
        default: true
        }
    }

    /// A type that became one of several in the reader's schema.
    private mutating func wrapped(
        _ index: Int, _ members: [Field], _ readerIndex: Int?, _ target: Target
    ) -> AvroStep {
        let fields = targets(members, target.node)
        let name = writer.unionFieldName(index)
        guard fields.contains(where: { $0.name == name }) else { return refuse(writer[index], target) }
        let parts = fields.map { field in
            field.name == name
                ? step(index, readerBranch(readerIndex, index), to: field) : AvroStep(.null, field.node)
        }
        return with(.structure, target.node, parts)
    }

    /// The type of the reader's that a branch of a union is read as.
    private func readerBranch(_ readerIndex: Int?, _ branch: Int) -> Int? {
        guard let reader, let readerIndex, case .union(let branches) = reader[readerIndex].kind else {
            return readerIndex
        }
        let type = writer[branch]
        return branches.first { reader[$0].title == type.title }
            ?? branches.first { reader[$0].kindName == type.kindName } ?? reader.withoutNull(readerIndex).index
    }
}
