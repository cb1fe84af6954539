// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Casts between INTEGER, BIGINT, DOUBLE and DECIMAL over a batch; the same results as `ValueCast`.
enum CastKernel {
    /// Whether there is a kernel for the cast.
    static func supports(from: DataType, to: DataType) -> Bool {
        switch (from, to) {
        case (.integer, .bigint), (.integer, .double), (.bigint, .integer), (.bigint, .double), (.double, .integer),
            (.double, .bigint), (.integer, .decimal), (.bigint, .decimal), (.decimal, .decimal):
            true
        default: false
        }
    }

    static func evaluate(
        _ operand: Column, into out: Column, rows: Int, selection: Selection, failures: FailureCounts
    ) {
        out.prepare(rows: rows, nullsOf: operand, nil)
        let all = Rows(atLeast: selection, of: rows)
        let job = Job(operand: operand, out: out, selected: Rows(selection, of: rows), failures: failures)
        switch (operand.type, out.type) {
        case (.integer, .bigint): widen(Int32.self, Int64.self, operand, out, all) { Int64($0) }
        case (.integer, .double): widen(Int32.self, Double.self, operand, out, all) { Double($0) }
        case (.bigint, .double): widen(Int64.self, Double.self, operand, out, all) { Double($0) }
        case (.bigint, .integer): narrow(Int64.self, Int32.self, job) { Int32(exactly: $0) }
        case (.double, .integer):
            narrow(Double.self, Int32.self, job) { $0 > -0x1.00000002p31 && $0 < 0x1p31 ? Int32($0) : nil }
        case (.double, .bigint): narrow(Double.self, Int64.self, job) { $0 >= -0x1p63 && $0 < 0x1p63 ? Int64($0) : nil }
        case (.integer, .decimal(let precision, let scale)):
            narrow(Int32.self, Int128.self, job) { rescale(Int128($0), 0, precision, scale) }
        case (.bigint, .decimal(let precision, let scale)):
            narrow(Int64.self, Int128.self, job) { rescale(Int128($0), 0, precision, scale) }
        case (.decimal(_, let from), .decimal(let precision, let scale)):
            narrow(Int128.self, Int128.self, job) { rescale($0, from, precision, scale) }
        default: preconditionFailure("no kernel casts \(operand.type.sqlName) to \(out.type.sqlName)")
        }
    }

    private struct Job {
        let operand: Column
        let out: Column
        let selected: Rows
        let failures: FailureCounts
    }

    @inline(__always)
    private static func rescale(_ value: Int128, _ from: Int, _ precision: Int, _ scale: Int) -> Int128? {
        Decimal128(unscaled: value, scale: from).rescaled(to: scale, precision: precision)?.unscaled
    }

    /// A cast that never fails.
    @inline(__always)
    private static func widen<From: BitwiseCopyable, To: BitwiseCopyable>(
        _: From.Type, _: To.Type, _ operand: Column, _ out: Column, _ rows: Rows, _ convert: (From) -> To
    ) {
        let source = FixedSource<From>(operand)
        let values = out.data.assumingMemoryBound(to: To.self)
        rows.forEach { row in values[row] = convert(source.at(row)) }
    }

    /// A cast that overflows on some values.
    @inline(__always)
    private static func narrow<From: BitwiseCopyable, To: BitwiseCopyable>(
        _: From.Type, _: To.Type, _ job: Job, _ convert: (From) -> To?
    ) {
        let (out, nulls) = (job.out, NullSource(job.out))
        let source = FixedSource<From>(job.operand)
        let values = out.data.assumingMemoryBound(to: To.self)
        job.selected.forEach { row in
            if nulls.isNull(row) { return }
            if let value = convert(source.at(row)) {
                values[row] = value
            } else {
                out.setNull(row)
                job.failures.add(.overflow)
            }
        }
    }
}
