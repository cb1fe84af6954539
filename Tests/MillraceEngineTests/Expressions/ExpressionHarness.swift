// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

/// The same numbers for the same seed everywhere (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A column of the given values.
func column(_ type: DataType, _ values: [Value]) -> Column {
    let column = Column(type)
    for value in values { column.append(value) }
    return column
}

func selection(_ rows: [Int]) -> Selection {
    let selection = Selection(capacity: max(rows.count, 1))
    for row in rows { selection.append(row) }
    return selection
}

/// Equal in every bit, except that there is one NaN.
func same(_ left: Value, _ right: Value) -> Bool {
    switch (left, right) {
    case (.double(let left), .double(let right)):
        return left.bitPattern == right.bitPattern || (left.isNaN && right.isNaN)
    case (.array(let left), .array(let right)), (.structure(let left), .structure(let right)):
        return left.count == right.count && zip(left, right).allSatisfy { same($0, $1) }
    case (.map(let left), .map(let right)):
        return left.count == right.count
            && zip(left, right).allSatisfy { same($0.key, $1.key) && same($0.value, $1.value) }
    default: return left == right
    }
}

/// Evaluates over all rows and gives the values and the failures that occurred.
func evaluateAll(
    _ expression: Expression, _ columns: [Column], rows: Int
) -> (values: [Value], failures: [EvaluationFailure: Int]) {
    let counts = FailureCounts()
    let result = CompiledExpression(expression).evaluate(
        columns, rows: rows, selection: selection(Array(0..<rows)), failures: counts)
    #expect(result.type == expression.type)
    return ((0..<rows).map { result.value($0) }, nonZero(counts))
}

func nonZero(_ counts: FailureCounts) -> [EvaluationFailure: Int] {
    var result: [EvaluationFailure: Int] = [:]
    for failure in EvaluationFailure.allCases where counts[failure] != 0 { result[failure] = counts[failure] }
    return result
}

/// A binary expression as column with column, column with constant and constant with column, and over a sparse
/// selection: all give the expected value and count the failure.
func expectBinary(
    _ left: Value, _ leftType: DataType, _ right: Value, _ rightType: DataType, gives expected: Value,
    failing failure: EvaluationFailure? = nil, _ make: (Expression, Expression) -> Expression,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    let columns = [column(leftType, [left, left, left]), column(rightType, [right, right, right])]
    let forms = [
        make(.column(0, leftType), .column(1, rightType)), make(.column(0, leftType), .literal(right, rightType)),
        make(.literal(left, leftType), .column(1, rightType)),
        make(.literal(left, leftType), .literal(right, rightType)),
    ]
    for form in forms {
        for rows in [[0, 1, 2], [1], []] {
            let counts = FailureCounts()
            let result = CompiledExpression(form).evaluate(
                columns, rows: 3, selection: selection(rows), failures: counts)
            for row in rows {
                #expect(same(result.value(row), expected), "\(form)", sourceLocation: sourceLocation)
            }
            let wanted = failure.map { rows.isEmpty ? [:] : [$0: rows.count] } ?? [:]
            #expect(nonZero(counts) == wanted, "\(form)", sourceLocation: sourceLocation)
        }
    }
}
