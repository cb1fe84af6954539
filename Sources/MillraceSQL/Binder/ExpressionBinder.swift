// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Names to columns, and types checked: syntax to `Expression` over the scan.
///
/// In the SELECT and HAVING of an aggregation, aggregate calls and the window's bounds become columns from
/// `ResultColumn.base` on; `GroupedExpression` then turns the whole into an expression over the aggregation's result.
struct ExpressionBinder {
    /// Where an expression stands.
    enum Place {
        /// Each row has its value; `clause` is for messages.
        case row(clause: String)
        /// Each group has its value.
        case group
        case argument(of: String)
    }

    /// Where a scan column was named last, outside aggregate calls.
    struct Reference {
        var name: String
        var location: SourceLocation
    }

    var scope: Scope
    let hasWindow: Bool
    private(set) var aggregates: [AggregateCall] = []
    private var slots: [AggregateCall: Int] = [:]
    private(set) var references: [Int: Reference] = [:]
    /// What makes several rows of one.
    var tableCalls: [TableCall] = []
    /// The table function whose argument is being bound.
    var tableFunction: TableFunction?
    /// CASEs around what is being bound.
    var conditionals = 0
    var place: Place = .row(clause: "SELECT")
    /// Levels of what has been bound of the part at hand.
    private var deepest = 0
    /// So deep every thread's stack reaches.
    static let maximumLevels = 1000
    /// What is being bound: a column of the result, or a clause.
    private var subject = ""
    /// The lambdas around what is being bound.
    var lambdas = LambdaScopes()

    /// The query among all of the program: UUID() and RANDOM() are made of it.
    let identity: RowOrigins.Identity?
    /// The calls of them, by where they are written.
    var identityCalls: [SourceLocation] = []

    init(scope: Scope, hasWindow: Bool, identity: RowOrigins.Identity? = nil) {
        self.scope = scope
        self.hasWindow = hasWindow
        self.identity = identity
    }

    mutating func bind(
        _ syntax: ExpressionSyntax, in place: Place, for subject: String
    ) throws(SourceError) -> Expression {
        self.place = place
        self.subject = subject
        deepest = 0
        references = [:]
        lambdas = LambdaScopes()
        tableFunction = nil
        conditionals = 0
        return try bind(syntax)
    }

    /// Binds a part and counts how deep it is: who walks the expression goes down all of its levels.
    mutating func bind(_ syntax: ExpressionSyntax) throws(SourceError) -> Expression {
        let outer = deepest
        deepest = 0
        let result = try bindNode(syntax)
        if case .chain(_, let links) = syntax.node {
            // Texts are joined in a tree, numbers one after the other.
            if case .concatenate = result { deepest += 64 } else { deepest += links.count }
        }
        deepest += 1
        guard deepest <= Self.maximumLevels else {
            throw SourceError(
                "the expression has more than \(Self.maximumLevels) levels, of which each number in a row is one",
                at: syntax.location, hint: "put parts of it in parentheses")
        }
        deepest = max(outer, deepest)
        return result
    }

    private mutating func bindNode(_ syntax: ExpressionSyntax) throws(SourceError) -> Expression {
        switch syntax.node {
        case .null: return .literal(.null, .varchar)
        case .boolean(let value): return .literal(.boolean(value), .boolean)
        case .string(let text): return .literal(.text(text), .varchar)
        case .integer, .decimal, .float: return try number(syntax)
        case .typedString(let type, let text): return try Coercion.constant(text, type, at: syntax.location)
        case .column(let qualifier, let name): return try column(qualifier, name)
        case .negate, .arithmetic, .concatenate, .chain: return try operation(syntax)
        case .compare, .and, .or, .not, .isNull, .isDistinct, .between, .inList, .like: return try predicate(syntax)
        case .conditional(let operand, let branches, let otherwise):
            conditionals += 1
            defer { conditionals -= 1 }
            return try conditional(operand, branches, otherwise: otherwise, at: syntax.location)
        case .cast, .element, .field, .array, .map, .structure: return try nested(syntax)
        case .call(let name, let arguments): return try call(name, arguments)
        case .countAll: return try countAll(at: syntax.location)
        case .allFields:
            throw SourceError(
                "->* stands for several columns, and only in the list of SELECT", at: syntax.location,
                hint: "name the field: ->name")
        case .lambda:
            throw SourceError(
                "a lambda is no value", at: syntax.location,
                hint: "it stands in the calls of \(LambdaFunctions.all.map(\.name).joined(separator: ", ")) only")
        }
    }

    private func number(_ syntax: ExpressionSyntax) throws(SourceError) -> Expression {
        switch syntax.node {
        case .integer(let text):
            if let value = NumericLiteral.integer(text) { return value }
            throw SourceError(
                "\(Suggestion.shortened(text)) is out of the range of BIGINT", at: syntax.location,
                hint: "with a point behind it, it is a DECIMAL")
        case .decimal(let text):
            if let value = NumericLiteral.decimal(text) { return value }
            throw SourceError(
                "\(Suggestion.shortened(text)) has more than 38 digits", at: syntax.location,
                hint: "with an exponent (E0) it is a DOUBLE")
        case .float(let text):
            if let value = NumericLiteral.double(text) { return value }
            throw SourceError("\(Suggestion.shortened(text)) is out of the range of DOUBLE", at: syntax.location)
        default: throw SourceError("not a number", at: syntax.location)
        }
    }

    private mutating func column(_ qualifier: NameSyntax?, _ name: NameSyntax) throws(SourceError) -> Expression {
        if qualifier == nil, let parameter = lambdas.parameter(name.text) { return parameter }
        return lambdas.captured(try outerColumn(qualifier, name))
    }

    /// A column of the row, or of the group.
    private mutating func outerColumn(_ qualifier: NameSyntax?, _ name: NameSyntax) throws(SourceError) -> Expression {
        if let qualifier { _ = try scope.part(qualifier) }
        if case .group = place, hasWindow, qualifier == nil {
            if name.text == "WINDOWSTART" { return ResultColumn.windowStart }
            if name.text == "WINDOWEND" { return ResultColumn.windowEnd }
        }
        return reference(to: try scope.column(qualifier, name), name)
    }

    /// A column of the scan, remembered for the message where it is not grouped.
    mutating func reference(to column: ScanColumn, _ name: NameSyntax) -> Expression {
        let expression = scope.reference(to: column)
        if case .column(let index, _) = expression {
            if case .argument = place {
            } else {
                references[index] = Reference(name: name.text, location: name.location)
            }
        }
        return expression
    }

    /// Of a part that can fail on a row.
    func site(_ location: SourceLocation) -> ExpressionSite { ExpressionSite(location, for: subject) }

    /// The call as a column; equal calls share one.
    mutating func slot(of call: AggregateCall) -> Expression {
        let slot: Int
        if let known = slots[call] {
            slot = known
        } else {
            slot = aggregates.count
            aggregates.append(call)
            slots[call] = slot
        }
        return ResultColumn.aggregate(slot, call.result)
    }

    /// A condition: BOOLEAN, or NULL.
    func boolean(_ expression: Expression, _ what: String, at location: SourceLocation) throws(SourceError)
        -> Expression
    {
        if let result = Coercion.widened(expression, to: .boolean) { return result }
        throw SourceError(
            "\(what) must be BOOLEAN, not \(expression.type.sqlName)", at: location, hint: "compare it with something")
    }
}

/// Columns of an aggregation's result before it is known how many columns it groups by.
enum ResultColumn {
    /// Far above every scan's indexes.
    static let base = 1 << 32
    static let windowStart = Expression.column(base, .bigint)
    static let windowEnd = Expression.column(base + 1, .bigint)

    static func aggregate(_ slot: Int, _ type: DataType) -> Expression { .column(base + 2 + slot, type) }
}
