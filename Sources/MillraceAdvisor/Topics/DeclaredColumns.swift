// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport
import MillraceSQL

/// The columns that hold values of some shape, as CREATE STREAM declares them.
struct DeclaredColumns: Equatable {
    struct Column: Equatable {
        /// As it is written in SQL.
        var name: String
        var type: DataType
        var shape: ValueShape

        var declaration: String { "\(name) \(DeclaredColumns.sql(type))" }

        /// Whether TIMESTAMP of WITH takes it.
        var canBeTime: Bool { [.bigint, .timestamp, .varchar].contains(type) }
    }

    private(set) var columns: [Column] = []
    /// What a reader of the statement has to know, one sentence each.
    private(set) var notes: [String] = []

    /// The deepest STRUCT; what lies deeper is text.
    private static let maximumDepth = 8
    private static let maximumColumns = 300

    /// The fields of objects.
    init(fieldsOf shape: ValueShape) {
        let all = DeclaredColumns.fields(of: shape)
        let shown = all.declared.prefix(DeclaredColumns.maximumColumns)
        for (name, field) in zip(DeclaredColumns.identifiers(shown.map(\.name)), shown) {
            append(name, field.shape)
        }
        if shown.count < all.declared.count {
            let count = all.declared.count - shown.count
            notes.append("\(count) more fields are left out; the type MAP<VARCHAR, VARCHAR> takes all.")
        }
        if !all.skipped.isEmpty {
            notes.append(
                "No column can be declared for the \(all.skipped.count == 1 ? "field" : "fields") "
                    + all.skipped.prefix(5).map { "\"\(VisibleText.of($0))\"" }.joined(separator: ", ") + ".")
        }
        noteNulls()
    }

    /// Columns of these names.
    init(_ named: [(name: String, shape: ValueShape)]) {
        for (name, shape) in named { append(name, shape) }
        noteNulls()
    }

    /// One column of a type that is known.
    init(name: String, _ type: DataType, _ shape: ValueShape = ValueShape()) {
        columns = [Column(name: name, type: type, shape: shape)]
    }

    /// Columns that a schema has, and what they were seen to hold.
    init(registered: [ColumnDefinition], _ shape: ValueShape) {
        columns = registered.map { column in
            let seen = shape.members.first { $0.name == column.name }?.shape
            return Column(
                name: SQL.identifier(column.name, keepsCase: true), type: column.type, shape: seen ?? ValueShape())
        }
    }

    private mutating func append(_ name: String, _ shape: ValueShape) {
        columns.append(Column(name: name, type: DeclaredColumns.type(of: shape, depth: 0), shape: shape))
        note(name, shape, depth: 0)
    }

    private mutating func noteNulls() {
        let empty = columns.filter { $0.shape.count == 0 }.map { VisibleText.of($0.name) }
        guard !empty.isEmpty else { return }
        let names = empty.prefix(5).joined(separator: ", ") + (empty.count > 5 ? ", …" : "")
        let (verb, pronoun) = empty.count == 1 ? ("is", "it is") : ("are", "they are")
        notes.append("\(names) \(verb) VARCHAR, because \(pronoun) null in every record.")
    }

    /// Why a column or a field has a type that its values do not suggest, and what another one would cost.
    private mutating func note(_ path: String, _ shape: ValueShape, depth: Int) {
        guard depth < DeclaredColumns.maximumDepth else { return }
        switch shape.onlyKind {
        case .number:
            guard let reason = shape.numbers.reason else { return }
            let type = DeclaredColumns.sql(shape.numbers.type)
            notes.append("\(VisibleText.of(path)) is \(type), because \(reason).")
        case .array: if let element = shape.element.first { note("\(path)[…]", element, depth: depth + 1) }
        case .object:
            if case .map = DeclaredColumns.type(of: shape, depth: depth) { return }
            for field in DeclaredColumns.fields(of: shape).declared {
                note("\(path)->\(SQL.identifier(field.name))", field.shape, depth: depth + 1)
            }
        case .boolean, .text: return
        case nil: if let most = shape.kinds.first { noteMixture(path, shape, most) }
        }
    }

    private mutating func noteMixture(_ path: String, _ shape: ValueShape, _ most: (kind: ValueShape.Kind, count: Int))
    {
        let seen = shape.kinds.map { "\(NumberDisplay.count(Int64($0.count))) \($0.kind.words($0.count))" }
        let list = seen.dropLast().joined(separator: ", ") + " and \(seen[seen.count - 1])"
        var text = "\(VisibleText.of(path)) is VARCHAR, because it holds \(list)"
        if most.kind == .number || most.kind == .boolean {
            let type = most.kind == .number ? shape.numbers.type : .boolean
            let others = shape.count - most.count
            text += "; as \(DeclaredColumns.sql(type)) \(others == 1 ? "that one is" : "those \(others) are") bad"
        }
        notes.append(text + ".")
    }

    // MARK: Names

    /// The fields that can be declared, by name; and the names of those that cannot.
    private static func fields(
        of shape: ValueShape
    ) -> (declared: [(name: String, shape: ValueShape)], skipped: [String]) {
        var declared: [(name: String, shape: ValueShape)] = []
        var skipped: [String] = []
        for member in shape.members {
            let folded = ValueShape.folded(member.name)
            guard isDeclarable(member.name) else {
                skipped.append(member.name)
                continue
            }
            if shape.twins.contains(folded) {
                // In back quotes each is read from the field of its own spelling.
                declared.append((member.name, member.shape))
            } else if let index = declared.firstIndex(where: { ValueShape.folded($0.name) == folded }) {
                declared[index].shape.merge(member.shape)
                // In capital letters a quoted name is read from any spelling, as a bare one is.
                let name = declared[index].name
                if SQL.identifier(name) != name, isDeclarable(folded) { declared[index].name = folded }
            } else {
                declared.append((member.name, member.shape))
            }
        }
        return (declared, skipped)
    }

    /// A pseudo column's name cannot be one, and a column in small letters is not read from a field in capital ones.
    private static func isDeclarable(_ name: String) -> Bool {
        !name.isEmpty && !SQL.isPseudoColumn(name) && !name.unicodeScalars.contains(where: VisibleText.isControl)
    }

    /// As they are written in SQL: in back quotes where bare ones would be one.
    private static func identifiers(_ names: [String]) -> [String] {
        let spellings = names.reduce(into: [:]) { $0[ValueShape.folded($1), default: 0] += 1 }
        return names.map { SQL.identifier($0, keepsCase: spellings[ValueShape.folded($0), default: 0] > 1) }
    }

    // MARK: Types

    /// The type of a column that holds such values; what is not clear is text, which every JSON value can be.
    static func type(of shape: ValueShape, depth: Int) -> DataType {
        guard let kind = shape.onlyKind, depth < maximumDepth else { return .varchar }
        switch kind {
        case .boolean: return .boolean
        case .number: return shape.numbers.type
        case .text: return .varchar
        case .array: return .array(shape.element.first.map { type(of: $0, depth: depth + 1) } ?? .varchar)
        case .object:
            let fields = fields(of: shape).declared.map { Field($0.name, type(of: $0.shape, depth: depth + 1)) }
            if fields.isEmpty { return .varchar }
            return mapType(shape, fields) ?? .structure(fields)
        }
    }

    /// A MAP where the names are data: many, each in few of the objects, and all values alike.
    private static func mapType(_ shape: ValueShape, _ fields: [Field]) -> DataType? {
        guard fields.count > 12, shape.objects > 1, let first = fields.first,
            fields.allSatisfy({ $0.type == first.type })
        else { return nil }
        let filled = shape.members.reduce(0) { $0 + $1.shape.count }
        return filled * 2 < fields.count * shape.objects ? .map(key: .varchar, value: first.type) : nil
    }

    /// As it is written in SQL.
    static func sql(_ type: DataType) -> String {
        switch type {
        case .structure(let fields):
            "STRUCT<"
                + zip(identifiers(fields.map(\.name)), fields).map { "\($0) \(sql($1.type))" }.joined(separator: ", ")
                + ">"
        case .array(let element): "ARRAY<\(sql(element))>"
        case .map(let key, let value): "MAP<\(sql(key)), \(sql(value))>"
        case .varchar: "VARCHAR"
        case .integer: "INT"
        default: type.sqlName
        }
    }
}

extension ValueShape.Kind {
    fileprivate func words(_ count: Int) -> String { count == 1 ? rawValue : "\(rawValue)s" }
}
