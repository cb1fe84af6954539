// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One comparison of two values of a scalar type.
protocol Comparison {
    associatedtype Element
    func holds(_ left: Element, _ right: Element) -> Bool
}

struct Equal<Element: Equatable>: Comparison {
    @inline(__always)
    func holds(_ left: Element, _ right: Element) -> Bool { left == right }
}

struct Less<Element: Comparable>: Comparison {
    @inline(__always)
    func holds(_ left: Element, _ right: Element) -> Bool { left < right }
}

/// NaN equals itself.
struct DoubleEqual: Comparison {
    @inline(__always)
    func holds(_ left: Double, _ right: Double) -> Bool {
        let bothNaN = (left != left) && (right != right)
        return left == right || bothNaN
    }
}

/// NaN is the greatest number.
struct DoubleLess: Comparison {
    @inline(__always)
    func holds(_ left: Double, _ right: Double) -> Bool {
        let onlyRightNaN = (right != right) && (left == left)
        return left < right || onlyRightNaN
    }
}

struct BytesEqual: Comparison {
    @inline(__always)
    func holds(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        let count = left.count
        guard count == right.count else { return false }
        guard count > 0, let first = left.baseAddress, let second = right.baseAddress else { return true }
        return memcmp(first, second, count) == 0
    }
}

struct BytesLess: Comparison {
    @inline(__always)
    func holds(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        let common = min(left.count, right.count)
        if common > 0, let first = left.baseAddress, let second = right.baseAddress {
            let order = memcmp(first, second, common)
            if order != 0 { return order < 0 }
        }
        return left.count < right.count
    }
}

struct DecimalEqual: Comparison {
    let leftScale: Int
    let rightScale: Int

    @inline(__always)
    func holds(_ left: Int128, _ right: Int128) -> Bool { DecimalArithmetic.equal(left, leftScale, right, rightScale) }
}

struct DecimalLess: Comparison {
    let leftScale: Int
    let rightScale: Int

    @inline(__always)
    func holds(_ left: Int128, _ right: Int128) -> Bool { DecimalArithmetic.less(left, leftScale, right, rightScale) }
}

/// `= <> < <= > >=` on scalar types over a batch. All six are "equal" or "less", with operands swapped or the answer
/// turned round, which is right because every type has a total order (NaN included).
enum CompareKernel {
    /// Writes the bits of `out`, which the caller has prepared with its nulls.
    static func evaluate(
        _ operation: ComparisonOperator, _ operands: OperandPair, into out: Column, rows: Int, selection: Selection
    ) {
        let flip = operation == .notEqual || operation == .greaterOrEqual || operation == .lessOrEqual
        let swap = operation == .greater || operation == .lessOrEqual
        let job = Job(
            isEquality: operation == .equal || operation == .notEqual, operands: swap ? operands.swapped : operands,
            out: out, bits: out.bitBytes, flip: flip ? 0xFF : 0, rows: Rows(selection, of: rows),
            fixedRows: Rows(atLeast: selection, of: rows))
        switch job.operands.left.type {
        case .boolean: booleans(job)
        case .integer, .date, .time: numbers(Int32.self, job)
        case .bigint, .timestamp: numbers(Int64.self, job)
        case .double: doubles(job)
        case .decimal: decimals(job)
        case .varchar, .bytes: bytes(job)
        case .array, .map, .structure: preconditionFailure("nested values have no compare kernel")
        }
    }

    private struct Job {
        let isEquality: Bool
        let operands: OperandPair
        let out: Column
        let bits: UnsafeMutablePointer<UInt8>
        /// 0xFF where the answer is turned round.
        let flip: UInt8
        let rows: Rows
        /// For types whose rows can be computed although they do not count.
        let fixedRows: Rows
    }

    private static func numbers<Element: FixedWidthSigned>(_: Element.Type, _ job: Job) {
        if job.isEquality {
            fixed(Equal<Element>(), job, job.fixedRows)
        } else {
            fixed(Less<Element>(), job, job.fixedRows)
        }
    }

    private static func doubles(_ job: Job) {
        if job.isEquality { fixed(DoubleEqual(), job, job.fixedRows) } else { fixed(DoubleLess(), job, job.fixedRows) }
    }

    private static func decimals(_ job: Job) {
        guard case .decimal(_, let left) = job.operands.left.type,
            case .decimal(_, let right) = job.operands.right.type
        else { preconditionFailure("a DECIMAL compared with another type") }
        if job.isEquality {
            fixed(DecimalEqual(leftScale: left, rightScale: right), job, job.rows)
        } else {
            fixed(DecimalLess(leftScale: left, rightScale: right), job, job.rows)
        }
    }

    @inline(__always)
    private static func fixed<Test: Comparison>(_ test: Test, _ job: Job, _ rows: Rows)
    where Test.Element: BitwiseCopyable {
        typealias Source = FixedSource<Test.Element>
        switch job.operands {
        case .columns(let left, let right): run(test, Source(left), Source(right), job, rows)
        case .columnConstant(let left, let constant):
            run(test, Source(left), ConstantSource(Source(constant).at(0)), job, rows)
        case .constantColumn(let constant, let right):
            run(test, ConstantSource(Source(constant).at(0)), Source(right), job, rows)
        }
    }

    private static func booleans(_ job: Job) {
        if job.isEquality { bits(Equal<UInt8>(), job) } else { bits(Less<UInt8>(), job) }
    }

    @inline(__always)
    private static func bits<Test: Comparison>(_ test: Test, _ job: Job) where Test.Element == UInt8 {
        switch job.operands {
        case .columns(let left, let right): run(test, BitSource(left), BitSource(right), job, job.rows)
        case .columnConstant(let left, let constant):
            run(test, BitSource(left), ConstantSource(BitSource(constant).at(0)), job, job.rows)
        case .constantColumn(let constant, let right):
            run(test, ConstantSource(BitSource(constant).at(0)), BitSource(right), job, job.rows)
        }
    }

    private static func bytes(_ job: Job) {
        if job.isEquality { bytes(BytesEqual(), job) } else { bytes(BytesLess(), job) }
    }

    @inline(__always)
    private static func bytes<Test: Comparison>(_ test: Test, _ job: Job)
    where Test.Element == UnsafeRawBufferPointer {
        switch job.operands {
        case .columns(let left, let right): run(test, BytesSource(left), BytesSource(right), job, job.rows)
        case .columnConstant(let left, let constant):
            run(test, BytesSource(left), ConstantSource(BytesSource(constant).at(0)), job, job.rows)
        case .constantColumn(let constant, let right):
            run(test, ConstantSource(BytesSource(constant).at(0)), BytesSource(right), job, job.rows)
        }
    }

    @inline(__always)
    private static func run<Test: Comparison, Left: RowSource, Right: RowSource>(
        _ test: Test, _ left: Left, _ right: Right, _ job: Job, _ rows: Rows
    ) where Left.Element == Test.Element, Right.Element == Test.Element {
        let (bits, flip) = (job.bits, job.flip)
        if let indices = rows.indices {
            let target = BitTarget(job.out)
            for position in 0..<rows.count {
                let row = Int(indices[position])
                target.set(row, test.holds(left.at(row), right.at(row)) != (flip != 0))
            }
            return
        }
        let whole = rows.count &>> 3
        for byte in 0..<whole {
            let first = byte &<< 3
            var packed: UInt8 = 0
            for bit in 0..<8 {
                let row = first &+ bit
                packed |= (test.holds(left.at(row), right.at(row)) ? 1 : 0) &<< UInt8(truncatingIfNeeded: bit)
            }
            bits[byte] = packed ^ flip
        }
        var packed: UInt8 = 0
        for row in (whole &<< 3)..<rows.count {
            packed |= (test.holds(left.at(row), right.at(row)) ? 1 : 0) &<< UInt8(truncatingIfNeeded: row & 7)
        }
        if rows.count & 7 != 0 { bits[whole] = packed ^ flip }
    }
}
