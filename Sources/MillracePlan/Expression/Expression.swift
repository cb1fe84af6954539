// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A typed scalar expression over the columns of one row. The binder makes it: names are resolved to column indexes,
/// implicit conversions are explicit `cast`s, BETWEEN and simple CASE are written out.
///
/// NULL rules are SQL's: a NULL operand gives NULL except in `isNull`, `isDistinct`, `and`, `or`, `conditional`. An
/// expression that fails on a row (division by zero, bad cast, overflow) gives NULL for that row and is counted, at
/// the site that such parts carry.
package indirect enum Expression: Hashable, Sendable {
    /// A constant; `.null` carries the type that the context gave it.
    case literal(Value, DataType)
    /// The column at this index of the input schema.
    case column(Int, DataType)
    /// INTEGER, BIGINT, DOUBLE: both operands have the result's type. DECIMAL: both operands are DECIMAL, each of its
    /// own precision and scale, and the result is rounded to the result's type.
    case arithmetic(ArithmeticOperator, Expression, Expression, DataType, at: ExpressionSite = .unknown)
    /// Unary minus; operand and result have the same type.
    case negate(Expression, DataType, at: ExpressionSite = .unknown)
    /// `||`: two VARCHAR or two BYTES or two arrays of one type.
    case concatenate(Expression, Expression, DataType)
    /// Both operands have the same type, except two DECIMALs, which may differ in precision and scale.
    case compare(ComparisonOperator, Expression, Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case not(Expression)
    case isNull(Expression)
    /// IS DISTINCT FROM: never NULL; two NULLs are not distinct. Operand types as in `compare`.
    case isDistinct(Expression, Expression)
    /// `operand IN (…)`: the list's items have the operand's type.
    case inList(Expression, [Expression])
    /// LIKE with `%` and `_` over Unicode scalars; `escape` as in `ESCAPE '\'`.
    case like(Expression, pattern: Expression, escape: Unicode.Scalar?)
    /// Searched CASE: the first branch whose condition is true, else `otherwise`. Branches not taken are not evaluated.
    case conditional([Branch], otherwise: Expression, DataType)
    /// CAST, explicit or implicit.
    case cast(Expression, to: DataType, at: ExpressionSite = .unknown)
    /// `a[i]` (1-based, negative from the end) or `m['k']`; out of range or missing gives NULL.
    case element(Expression, Expression, DataType)
    /// `s->f`: the field at this index of the STRUCT.
    case field(Expression, Int, DataType)
    /// ARRAY[…]; the type is the array's.
    case array([Expression], DataType)
    /// MAP(k := v, …); the type is the map's.
    case map([MapItem], DataType, at: ExpressionSite = .unknown)
    /// STRUCT(f := v, …); the type is the struct's, values in field order.
    case structure([Expression], DataType)
    /// A function of `ScalarFunctions`, by its upper-case name; arguments have the types that the overload asks for.
    case call(String, [Expression], DataType, at: ExpressionSite = .unknown)

    /// FILTER, REDUCE, TRANSFORM over the elements of an ARRAY or a MAP.
    case lambda(LambdaCall, at: ExpressionSite = .unknown)

    package struct Branch: Hashable, Sendable {
        package var condition: Expression
        package var result: Expression

        package init(condition: Expression, result: Expression) {
            self.condition = condition
            self.result = result
        }
    }

    package struct MapItem: Hashable, Sendable {
        package var key: Expression
        package var value: Expression

        package init(key: Expression, value: Expression) {
            self.key = key
            self.value = value
        }
    }

    /// The type of the result.
    package var type: DataType {
        switch self {
        case .literal(_, let type), .column(_, let type), .arithmetic(_, _, _, let type, _), .negate(_, let type, _),
            .concatenate(_, _, let type), .conditional(_, _, let type), .cast(_, let type, _),
            .element(_, _, let type), .field(_, _, let type), .array(_, let type), .map(_, let type, _),
            .structure(_, let type), .call(_, _, let type, _):
            type
        case .compare, .and, .or, .not, .isNull, .isDistinct, .inList, .like: .boolean
        case .lambda(let call, _): call.result
        }
    }
}

package enum ArithmeticOperator: String, Hashable, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    /// Integers: towards zero.
    case divide = "/"
    /// Integers, DOUBLE and DECIMAL: the sign of the dividend, as in Java.
    case remainder = "%"
}

package enum ComparisonOperator: String, Hashable, Sendable {
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}
