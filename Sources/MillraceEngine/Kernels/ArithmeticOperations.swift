// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// One arithmetic operation on two values of a fixed-width type.
protocol CheckedOperation {
    associatedtype Element: BitwiseCopyable
    /// A signed word whose sign bit says "may have failed": marks of many rows are gathered with `|` and looked at
    /// once a batch, which keeps the loop free of branches.
    associatedtype Mark: SignedInteger & FixedWidthInteger & BitwiseCopyable

    static func apply(_ left: Element, _ right: Element) -> (value: Element, mark: Mark)
    /// Why the operation fails on these operands, or nil. Called only when a mark of the batch is set.
    static func failure(_ left: Element, _ right: Element) -> EvaluationFailure?
}

typealias FixedWidthSigned = FixedWidthInteger & SignedInteger & BitwiseCopyable

enum IntegerAdd<Element: FixedWidthSigned>: CheckedOperation {
    @inline(__always)
    static func apply(_ left: Element, _ right: Element) -> (value: Element, mark: Element) {
        let sum = left &+ right
        // Overflow if and only if both operands have the sign that the sum has not.
        return (sum, (left ^ sum) & (right ^ sum))
    }

    static func failure(_ left: Element, _ right: Element) -> EvaluationFailure? {
        left.addingReportingOverflow(right).overflow ? .overflow : nil
    }
}

enum IntegerSubtract<Element: FixedWidthSigned>: CheckedOperation {
    @inline(__always)
    static func apply(_ left: Element, _ right: Element) -> (value: Element, mark: Element) {
        let difference = left &- right
        return (difference, (left ^ right) & (left ^ difference))
    }

    static func failure(_ left: Element, _ right: Element) -> EvaluationFailure? {
        left.subtractingReportingOverflow(right).overflow ? .overflow : nil
    }
}

enum IntegerMultiply<Element: FixedWidthSigned>: CheckedOperation {
    @inline(__always)
    static func apply(_ left: Element, _ right: Element) -> (value: Element, mark: Element) {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        return (product, overflow ? -1 : 0)
    }

    static func failure(_ left: Element, _ right: Element) -> EvaluationFailure? {
        left.multipliedReportingOverflow(by: right).overflow ? .overflow : nil
    }
}

enum IntegerDivide<Element: FixedWidthSigned>: CheckedOperation {
    @inline(__always)
    static func apply(_ left: Element, _ right: Element) -> (value: Element, mark: Element) {
        let (quotient, overflow) = left.dividedReportingOverflow(by: right)
        return (quotient, overflow ? -1 : 0)
    }

    static func failure(_ left: Element, _ right: Element) -> EvaluationFailure? {
        if right == 0 { return .divisionByZero }
        return left.dividedReportingOverflow(by: right).overflow ? .overflow : nil
    }
}

enum IntegerRemainder<Element: FixedWidthSigned>: CheckedOperation {
    @inline(__always)
    static func apply(_ left: Element, _ right: Element) -> (value: Element, mark: Element) {
        // The smallest number % -1 is 0, though the machine's division overflows.
        if right == -1 { return (0, 0) }
        let (remainder, overflow) = left.remainderReportingOverflow(dividingBy: right)
        return (remainder, overflow ? -1 : 0)
    }

    static func failure(_ left: Element, _ right: Element) -> EvaluationFailure? {
        right == 0 ? .divisionByZero : nil
    }
}

/// `-0.0` becomes `0.0`, so that equal numbers are equal bits.
@inline(__always)
private func canonical(_ value: Double) -> Double { value + 0.0 }

/// Negative for infinities and NaN.
@inline(__always)
private func finiteMark(_ value: Double) -> Int64 {
    let magnitude = Int64(bitPattern: value.bitPattern & 0x7FFF_FFFF_FFFF_FFFF)
    return 0x7FEF_FFFF_FFFF_FFFF &- magnitude
}

/// Infinite or not a number though the operands are numbers.
private func overflow(_ left: Double, _ right: Double, _ result: Double) -> EvaluationFailure? {
    left.isFinite && right.isFinite && !result.isFinite ? .overflow : nil
}

enum DoubleAdd: CheckedOperation {
    @inline(__always)
    static func apply(_ left: Double, _ right: Double) -> (value: Double, mark: Int64) {
        let sum = canonical(left + right)
        return (sum, finiteMark(sum))
    }

    static func failure(_ left: Double, _ right: Double) -> EvaluationFailure? { overflow(left, right, left + right) }
}

enum DoubleSubtract: CheckedOperation {
    @inline(__always)
    static func apply(_ left: Double, _ right: Double) -> (value: Double, mark: Int64) {
        let difference = canonical(left - right)
        return (difference, finiteMark(difference))
    }

    static func failure(_ left: Double, _ right: Double) -> EvaluationFailure? { overflow(left, right, left - right) }
}

enum DoubleMultiply: CheckedOperation {
    @inline(__always)
    static func apply(_ left: Double, _ right: Double) -> (value: Double, mark: Int64) {
        let product = canonical(left * right)
        return (product, finiteMark(product))
    }

    static func failure(_ left: Double, _ right: Double) -> EvaluationFailure? { overflow(left, right, left * right) }
}

enum DoubleDivide: CheckedOperation {
    @inline(__always)
    static func apply(_ left: Double, _ right: Double) -> (value: Double, mark: Int64) {
        let quotient = canonical(left / right)
        return (quotient, finiteMark(quotient))
    }

    static func failure(_ left: Double, _ right: Double) -> EvaluationFailure? {
        right == 0 ? .divisionByZero : overflow(left, right, left / right)
    }
}

enum DoubleRemainder: CheckedOperation {
    @inline(__always)
    static func apply(_ left: Double, _ right: Double) -> (value: Double, mark: Int64) {
        let remainder = canonical(left.truncatingRemainder(dividingBy: right))
        return (remainder, finiteMark(remainder))
    }

    static func failure(_ left: Double, _ right: Double) -> EvaluationFailure? {
        right == 0 ? .divisionByZero : overflow(left, right, left.truncatingRemainder(dividingBy: right))
    }
}
