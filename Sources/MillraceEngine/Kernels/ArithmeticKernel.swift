// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// `+ - * / %` on INTEGER, BIGINT and DOUBLE over a batch. What fails becomes NULL and is counted.
enum ArithmeticKernel {
    /// The operands and `out` have one type; `out` is prepared with the operands' nulls.
    static func evaluate(
        _ operation: ArithmeticOperator, _ operands: OperandPair, into out: Column, rows: Int, selection: Selection,
        failures: FailureCounts
    ) {
        out.prepare(rows: rows, nullsOf: operands.nullable.left, operands.nullable.right)
        let job = Job(
            operands: operands, out: out, computed: Rows(atLeast: selection, of: rows),
            selected: Rows(selection, of: rows), failures: failures)
        switch out.type {
        case .integer: integers(operation, Int32.self, job)
        case .bigint: integers(operation, Int64.self, job)
        default: doubles(operation, job)
        }
    }

    private struct Job {
        let operands: OperandPair
        let out: Column
        let computed: Rows
        let selected: Rows
        let failures: FailureCounts
    }

    @inline(__always)
    private static func integers<Element: FixedWidthSigned>(
        _ operation: ArithmeticOperator, _: Element.Type, _ job: Job
    ) {
        switch operation {
        case .add: dispatch(IntegerAdd<Element>.self, job)
        case .subtract: dispatch(IntegerSubtract<Element>.self, job)
        case .multiply: dispatch(IntegerMultiply<Element>.self, job)
        case .divide: dispatch(IntegerDivide<Element>.self, job)
        case .remainder: dispatch(IntegerRemainder<Element>.self, job)
        }
    }

    @inline(__always)
    private static func doubles(_ operation: ArithmeticOperator, _ job: Job) {
        switch operation {
        case .add: dispatch(DoubleAdd.self, job)
        case .subtract: dispatch(DoubleSubtract.self, job)
        case .multiply: dispatch(DoubleMultiply.self, job)
        case .divide: dispatch(DoubleDivide.self, job)
        case .remainder: dispatch(DoubleRemainder.self, job)
        }
    }

    @inline(__always)
    private static func dispatch<Operation: CheckedOperation>(_: Operation.Type, _ job: Job) {
        typealias Element = Operation.Element
        switch job.operands {
        case .columns(let left, let right):
            run(Operation.self, FixedSource<Element>(left), FixedSource<Element>(right), job)
        case .columnConstant(let left, let constant):
            run(
                Operation.self, FixedSource<Element>(left), ConstantSource(FixedSource<Element>(constant).at(0)), job)
        case .constantColumn(let constant, let right):
            run(
                Operation.self, ConstantSource(FixedSource<Element>(constant).at(0)), FixedSource<Element>(right), job)
        }
    }

    @inline(__always)
    private static func run<Operation: CheckedOperation, Left: RowSource, Right: RowSource>(
        _: Operation.Type, _ left: Left, _ right: Right, _ job: Job
    ) where Left.Element == Operation.Element, Right.Element == Operation.Element {
        let values = job.out.data.assumingMemoryBound(to: Operation.Element.self)
        var marks: Operation.Mark = 0
        job.computed.forEach { row in
            let (value, mark) = Operation.apply(left.at(row), right.at(row))
            values[row] = value
            marks |= mark
        }
        if marks < 0 { markFailures(Operation.self, left, right, job) }
    }

    /// The rare second pass: some row may have failed, perhaps one that is null or does not count.
    @inline(never)
    private static func markFailures<Operation: CheckedOperation, Left: RowSource, Right: RowSource>(
        _: Operation.Type, _ left: Left, _ right: Right, _ job: Job
    ) where Left.Element == Operation.Element, Right.Element == Operation.Element {
        let (out, nulls) = (job.out, NullSource(job.out))
        job.selected.forEach { row in
            if !nulls.isNull(row), let failure = Operation.failure(left.at(row), right.at(row)) {
                out.setNull(row)
                job.failures.add(failure)
            }
        }
    }
}
