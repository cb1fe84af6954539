// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Makes a plan of a writer's message for the columns of a key or a value: fields are found by name, whatever the case
/// of their letters, as in ksqlDB; a oneof is a STRUCT, or each of its fields a column of its own.
struct ProtobufPlanCompiler {
    typealias Target = ColumnTarget

    /// Numbers of fields that are looked up in a table.
    private static let tableLimit = 1024
    /// Numbers of fields whose marks are.
    private static let markLimit: Int32 = 255

    let schema: ProtobufSchema
    private var reasons: [String] = []
    private var memory: [UnsafeMutableRawPointer] = []

    private init(schema: ProtobufSchema) { self.schema = schema }

    /// - Parameter message: its index; nil: the schema has none where the record says.
    static func plan(_ schema: ProtobufSchema, message: Int?, targets: [Target]) -> ProtobufPlan {
        var compiler = ProtobufPlanCompiler(schema: schema)
        var steps: ProtobufMessageSteps
        if let message {
            steps = compiler.message(message, targets)
        } else {
            steps = compiler.steps([], unions: [], highest: 0)
            steps.refusal = compiler.refuse("has no message where the record says").note
        }
        let root = compiler.allocate(ProtobufMessageSteps.self, 1)
        root.initialize(to: steps)
        return ProtobufPlan(root: root, reasons: compiler.reasons, memory: compiler.memory)
    }

    // MARK: Memory

    private mutating func allocate<Element>(_ type: Element.Type, _ count: Int) -> UnsafeMutablePointer<Element> {
        let start = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        memory.append(UnsafeMutableRawPointer(start))
        return start
    }

    private mutating func store(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> {
        let start = allocate(UInt8.self, bytes.count + RawRecords.padding)
        start.initialize(repeating: 0, count: bytes.count + RawRecords.padding)
        for (index, byte) in bytes.enumerated() { start[index] = byte }
        return start
    }

    private mutating func refuse(_ reason: String, _ node: ColumnNode? = nil) -> ProtobufStep {
        if reasons.last != reason { reasons.append(reason) }
        var step = ProtobufStep(.refuse)
        step.absence = .refuse
        step.note = reasons.count - 1
        step.node = node
        return step
    }

    // MARK: Messages

    /// The steps of a message; each with the number of its field, nil where the message has none for a column.
    /// - Parameter highest: the highest number of its fields.
    private mutating func steps(
        _ steps: [(number: Int32?, step: ProtobufStep)], unions: [ColumnNode], highest: Int32
    ) -> ProtobufMessageSteps {
        let start = allocate(ProtobufStep.self, steps.count)
        for (index, entry) in steps.enumerated() { (start + index).initialize(to: entry.step) }
        let small = steps.compactMap(\.number).filter { Int($0) < Self.tableLimit }.max().map { Int($0) + 1 } ?? 0
        let table = allocate(UInt16.self, small)
        table.initialize(repeating: 0, count: max(small, 1))
        var beyond: [(number: Int32, step: Int)] = []
        for (index, entry) in steps.enumerated() {
            guard let number = entry.number else { continue }
            if Int(number) < small, index < Int(UInt16.max) {
                table[Int(number)] = UInt16(index + 1)
            } else {
                beyond.append((number, index))
            }
        }
        beyond.sort { $0.number < $1.number }
        let others = allocate((number: Int32, step: Int).self, beyond.count)
        for (index, entry) in beyond.enumerated() { (others + index).initialize(to: entry) }
        let places = allocate(ProtobufUnion.self, unions.count)
        for (index, node) in unions.enumerated() { (places + index).initialize(to: ProtobufUnion(node: node)) }
        let (marks, markCount) = self.marks(steps, highest: highest)
        return ProtobufMessageSteps(
            steps: start, count: steps.count, marks: marks, markCount: markCount, table: table, tableCount: small,
            beyond: others,
            beyondCount: beyond.count, unions: places, unionCount: unions.count)
    }

    /// What is done with each field, up to a number.
    private mutating func marks(
        _ steps: [(number: Int32?, step: ProtobufStep)], highest: Int32
    ) -> (UnsafeMutablePointer<ProtobufMark>, Int) {
        let count = (Int(min(highest, Self.markLimit)) + 1) * 8
        let marks = allocate(ProtobufMark.self, count)
        for mark in 0..<count {
            // No field has the number 0.
            let action = mark < 8 ? .other : ProtobufMark.Action.skip(wire: mark & 7)
            (marks + mark).initialize(to: ProtobufMark(action: action))
        }
        for entry in steps {
            guard let number = entry.number, Int(number) < count / 8 else { continue }
            let first = marks + Int(number) * 8
            for wire in 0..<8 { first[wire].action = .other }
            guard let action = entry.step.action else { continue }
            first[Int(entry.step.wire)] = ProtobufMark(action: action, node: entry.step.node)
        }
        return (marks, count)
    }

    private mutating func message(_ index: Int, _ targets: [Target]) -> ProtobufMessageSteps {
        let message = schema.messages[index]
        var found: [(field: ProtobufField, target: Target)] = []
        var result: [(number: Int32?, step: ProtobufStep)] = []
        var unions: [ColumnNode] = []
        for target in targets {
            let field = Self.field(target.name, message)
            // A STRUCT is the oneof of that name rather than a field of a oneof, which is no column where columns come
            // from a schema.
            if field == nil || field?.oneof != nil, let oneof = Self.oneof(target.name, message),
                case .structure(let members) = target.type
            {
                unions.append(target.node)
                for (place, member) in members.enumerated() {
                    let inner = Target(name: member.name, node: target.node.pointee.children + place, type: member.type)
                    let field = message.fields.first { $0.oneof == oneof && Self.matches($0.name, member.name) }
                    if let field {
                        found.append((field, inner))
                    } else {
                        result.append((nil, absent(inner.node)))
                    }
                }
            } else if let field {
                found.append((field, target))
            } else {
                result.append((nil, absent(target.node)))
            }
        }
        for (field, target) in found { result.append((field.number, step(field, to: target))) }
        // What is not read of a oneof that is read takes back what is.
        let oneofs = Set(found.compactMap(\.field.oneof))
        for field in message.fields {
            guard let oneof = field.oneof, oneofs.contains(oneof), !found.contains(where: { $0.field == field }) else {
                continue
            }
            var step = ProtobufStep(.skip)
            (step.wire, step.oneof, step.note) = (Self.wire(field.kind), oneof, Int(field.number))
            result.append((field.number, step))
        }
        for place in result.indices where result[place].step.oneof >= 0 {
            let nodes = result.indices.filter { $0 != place && result[$0].step.oneof == result[place].step.oneof }
                .compactMap { result[$0].step.node }
            let others = allocate(ColumnNode.self, nodes.count)
            for (index, node) in nodes.enumerated() { (others + index).initialize(to: node) }
            result[place].step.others = others
            result[place].step.otherCount = nodes.count
        }
        return steps(result, unions: unions, highest: message.fields.map(\.number).max() ?? 0)
    }

    private static func matches(_ field: String, _ column: String) -> Bool {
        field == column || field.uppercased() == column
    }

    private static func field(_ column: String, _ message: ProtobufMessage) -> ProtobufField? {
        message.fields.first { $0.name == column } ?? message.fields.first { $0.name.uppercased() == column }
    }

    private static func oneof(_ column: String, _ message: ProtobufMessage) -> Int? {
        message.oneofs.indices.first { matches(ProtobufSchema.oneofName(message, $0), column) }
    }

    /// A column that no field of the message is.
    private func absent(_ node: ColumnNode) -> ProtobufStep {
        var step = ProtobufStep(.skip)
        step.node = node
        return step
    }

    // MARK: Fields

    private mutating func step(_ field: ProtobufField, to target: Target) -> ProtobufStep {
        var result: ProtobufStep
        switch (field.isRepeated, target.type) {
        case (true, .map(let key, let value)): result = entry(field, key, value, target)
        case (_, .array(let element)):
            // A field that is not repeated yet has one value at most.
            let inner = Target(name: target.name, node: target.node.pointee.children, type: element)
            result = single(field, to: inner)
            result.isRepeated = true
            result.absence = result.operation == .refuse ? .refuse : .array
        case (true, _): result = refuse("has repeated \(field.typeName(schema))")
        case (false, _):
            result = single(field, to: target)
            if result.operation != .refuse { fallback(field, &result) }
        }
        result.element = result.element ?? target.node
        result.node = target.node
        if let oneof = field.oneof { result.oneof = oneof }
        return result
    }

    private mutating func entry(
        _ field: ProtobufField, _ key: DataType, _ value: DataType, _ target: Target
    ) -> ProtobufStep {
        guard case .message(let index) = field.kind, schema.messages[index].isEntry else {
            return refuse("has repeated \(field.typeName(schema))")
        }
        let children = target.node.pointee.children
        let steps = message(
            index,
            [Target(name: "key", node: children, type: key), Target(name: "value", node: children + 1, type: value)])
        var result = ProtobufStep(.entry)
        result.message = store(steps)
        (result.wire, result.isRepeated, result.absence) = (2, true, .map)
        return result
    }

    private mutating func store(_ steps: ProtobufMessageSteps) -> ProtobufMessagePointer {
        let pointer = allocate(ProtobufMessageSteps.self, 1)
        pointer.initialize(to: steps)
        return pointer
    }

    /// How one value is read.
    private mutating func single(_ field: ProtobufField, to target: Target) -> ProtobufStep {
        let node = target.node
        var step: ProtobufStep?
        switch field.kind {
        case .enumeration(let index): step = enumeration(index, node)
        case .message(let index): step = message(field, index, target)
        case .group: break
        default: step = ProtobufPlanCompiler.scalar(field.kind, node)
        }
        guard var step else { return refuse("has \(field.typeName(schema))") }
        if step.operation == .refuse { return step }
        step.wire = Self.wire(field.kind)
        step.element = node
        return step
    }

    private mutating func message(_ field: ProtobufField, _ index: Int, _ target: Target) -> ProtobufStep? {
        let kind = target.node.pointee.kind
        switch (schema.wellKnown(field.kind), kind) {
        case (.timestamp, .timestamp): return ProtobufStep(.timestamp)
        case (.date, .date): return ProtobufStep(.date)
        case (.time, .time): return ProtobufStep(.time)
        case (.decimal, .decimal): return ProtobufStep(.decimal)
        default: break
        }
        if case .structure(let members) = target.type {
            var step = ProtobufStep(.message)
            step.message = store(
                message(
                    index,
                    members.enumerated().map { place, member in
                        Target(name: member.name, node: target.node.pointee.children + place, type: member.type)
                    }))
            return step
        }
        guard schema.wellKnown(field.kind)?.isWrapper == true else { return nil }
        let inner = Target(name: "value", node: target.node, type: target.type)
        var step = ProtobufStep(.wrapper)
        step.message = store(message(index, [inner]))
        // What cannot be read in the wrapper cannot be read at all.
        guard step.message?.pointee.steps.pointee.operation != .refuse else {
            return refuse("has \(field.typeName(schema))")
        }
        return step
    }

    static func wire(_ kind: ProtobufField.Kind) -> UInt8 {
        switch kind {
        case .int32, .int64, .uint32, .uint64, .sint32, .sint64, .bool, .enumeration: 0
        case .fixed64, .sfixed64, .double: 1
        case .string, .bytes, .message: 2
        case .group: 3
        case .fixed32, .sfixed32, .float: 5
        }
    }

    private static func form(_ kind: ProtobufField.Kind) -> ProtobufStep.Form? {
        switch kind {
        case .int32: .int32
        case .int64: .int64
        case .uint32: .uint32
        case .uint64: .uint64
        case .sint32: .sint32
        case .sint64: .sint64
        case .fixed32: .fixed32
        case .fixed64: .fixed64
        case .sfixed32: .sfixed32
        case .sfixed64: .sfixed64
        default: nil
        }
    }

    /// Nil where the column cannot have it.
    private static func scalar(_ kind: ProtobufField.Kind, _ node: ColumnNode) -> ProtobufStep? {
        let column = node.pointee.kind
        if let form = form(kind) {
            let isShort = [.int32, .sint32, .sfixed32].contains(form)
            switch column {
            case .bigint, .double, .decimal, .varchar, .timestamp: break
            case .integer, .date, .time: guard isShort else { return nil }
            default: return nil
            }
            var step = ProtobufStep(form == .int64 && column == .bigint ? .bigint : .number)
            step.form = form
            if form == .int32, column == .integer { step.operation = .integer }
            return step
        }
        switch (kind, column) {
        case (.bool, .boolean), (.bool, .varchar): return ProtobufStep(.boolean)
        case (.float, .double): return ProtobufStep(.float)
        case (.double, .double): return ProtobufStep(.double)
        case (.string, .varchar), (.bytes, .varchar): return ProtobufStep(.text)
        case (.string, .bytes), (.bytes, .bytes): return ProtobufStep(.bytes)
        default: return nil
        }
    }

    private mutating func enumeration(_ index: Int, _ node: ColumnNode) -> ProtobufStep? {
        let enumeration = schema.enumerations[index]
        var step = ProtobufStep(.enumeration)
        step.isClosed = !enumeration.isOpen
        switch node.pointee.kind {
        case .integer, .bigint: return step
        case .varchar: break
        default: return nil
        }
        // Of several names of a number the first one is meant.
        var known: Set<Int32> = []
        let symbols = enumeration.symbols.filter { known.insert($0.number).inserted }.sorted { $0.number < $1.number }
        let places = allocate(ProtobufSymbol.self, symbols.count)
        for (index, symbol) in symbols.enumerated() {
            let bytes = Array(symbol.name.utf8)
            (places + index).initialize(
                to: ProtobufSymbol(number: symbol.number, bytes: store(bytes), count: bytes.count))
        }
        (step.symbols, step.symbolCount) = (places, symbols.count)
        return step
    }

    // MARK: What is not there

    /// What a field is that is not in a record: proto2 may say it.
    private mutating func fallback(_ field: ProtobufField, _ step: inout ProtobufStep) {
        if field.fallback == nil, field.hasPresence { return }
        let text = field.fallback.map { String(decoding: $0, as: UTF8.self) }
        step.absence = .zero
        switch field.kind {
        case .message, .group: step.absence = .null
        case .string, .bytes:
            guard let bytes = field.fallback else { return }
            (step.fallbackBytes, step.fallbackCount) = (store(bytes), bytes.count)
        case .bool: step.fallbackBits = text == "true" ? 1 : 0
        case .float, .double:
            let value = text.flatMap { Double($0) ?? ProtobufField.integer($0).map { Double($0) } } ?? 0
            step.fallbackBits = value.bitPattern
        case .enumeration(let index):
            let symbols = schema.enumerations[index].symbols
            let symbol = symbols.first { $0.name == text } ?? symbols.first
            step.fallbackBits = UInt64(bitPattern: Int64(symbol?.number ?? 0))
        default:
            let isNegative = text?.hasPrefix("-") == true
            let magnitude = text.map { String($0.drop { $0 == "-" }) }
            let value = magnitude.flatMap { ProtobufField.integer($0) } ?? 0
            step.fallbackBits =
                magnitude.flatMap { UInt64($0) } ?? UInt64(bitPattern: value)
            if isNegative { step.fallbackBits = 0 &- step.fallbackBits }
        }
    }
}
