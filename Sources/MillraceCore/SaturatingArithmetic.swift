// SPDX-License-Identifier: Apache-2.0

// Sums, differences and products that end at the type's bounds, where Swift's own operators would end the process.
// Timestamps and offsets come from the log, limits and positions from users, and clocks are set: any of them may be
// near a bound. Outside of the engine's per-row loops no other operator is used on times and offsets (a test of
// TidyTests sees to it). The names are Zig's.
//
//     Int64.min -| 1  is Int64.min          a time so long ago that nothing was before it
//     UInt64(3) -| 5  is 0                  a moment that lies ahead is 0 ns ago
//     Int64.max +| 1  is Int64.max

infix operator +| : AdditionPrecedence
infix operator -| : AdditionPrecedence
infix operator *| : MultiplicationPrecedence

extension FixedWidthInteger {
    /// The sum, or the bound that it passes.
    @inlinable
    package static func +| (left: Self, right: Self) -> Self {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? (right < 0 ? .min : .max) : sum
    }

    /// The difference, or the bound that it passes.
    @inlinable
    package static func -| (left: Self, right: Self) -> Self {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return overflow ? (right < 0 ? .max : .min) : difference
    }

    /// The product, or the bound that it passes.
    @inlinable
    package static func *| (left: Self, right: Self) -> Self {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? ((left < 0) == (right < 0) ? .max : .min) : product
    }
}
