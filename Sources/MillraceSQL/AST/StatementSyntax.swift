// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A whole program as written.
struct ProgramSyntax {
    var statements: [StatementSyntax]
    /// Names of streams and tables that statements with a mistake would have made.
    var brokenNames: Set<String>
    var end: SourceLocation
}

enum StatementSyntax {
    case createSource(CreateSourceSyntax)
    case createAsSelect(CreateAsSelectSyntax)
    case insertInto(InsertIntoSyntax)
    /// On its own: a question.
    case select(SelectSyntax)
    case set(name: NameSyntax, value: String)
    case unset(name: NameSyntax)
    /// CREATE TYPE, DEFINE and the like, which the parser and the lexer have done.
    case settled
}

/// What CREATE STREAM and CREATE TABLE have in common.
struct CreateHeadSyntax {
    var kind: SourceDefinition.Kind
    /// CREATE SOURCE: it is only read.
    var isReadOnly: Bool
    var orReplace: Bool
    var ifNotExists: Bool
    var name: NameSyntax
    /// Of the word CREATE.
    var location: SourceLocation
}

struct CreateSourceSyntax {
    var head: CreateHeadSyntax
    /// Those that are not here come from a schema.
    var columns: [ColumnSyntax]
    var properties: [PropertySyntax]
}

struct ColumnSyntax {
    enum Constraint: Hashable {
        case none
        case key
        case primaryKey
        case headers
        case header(String)
    }

    var name: NameSyntax
    var type: DataType
    var typeLocation: SourceLocation
    var constraint: Constraint
    var constraintLocation: SourceLocation
}

struct CreateAsSelectSyntax {
    var head: CreateHeadSyntax
    var properties: [PropertySyntax]
    var query: QuerySyntax
}

struct InsertIntoSyntax {
    var target: NameSyntax
    var properties: [PropertySyntax]
    var query: QuerySyntax
    /// Of the word INSERT.
    var location: SourceLocation
}

/// A SELECT that writes its result nowhere.
struct SelectSyntax {
    struct Order {
        var expression: ExpressionSyntax
        var isDescending: Bool
        /// Nil: nothing is said.
        var areNullsFirst: Bool?
    }

    var query: QuerySyntax
    var orderBy: [Order] = []
    /// Of the word ORDER.
    var orderLocation: SourceLocation?
    var limit: Int64?
}

/// One `name = value` of a WITH clause.
struct PropertySyntax {
    enum Value: Hashable {
        case string(String)
        case integer(String)
        case boolean(Bool)

        /// As text, however it was written.
        var text: String {
            switch self {
            case .string(let text), .integer(let text): text
            case .boolean(let flag): flag ? "true" : "false"
            }
        }
    }

    /// Upper case.
    var name: NameSyntax
    var value: Value
    var valueLocation: SourceLocation
}
