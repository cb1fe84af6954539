// SPDX-License-Identifier: Apache-2.0

/// The rows that a kernel works on: the listed ones, or all of 0 ..< count.
struct Rows {
    /// Ascending row numbers; nil: all rows.
    let indices: UnsafePointer<Int32>?
    let count: Int

    /// Exactly the selected rows.
    init(_ selection: Selection, of rows: Int) {
        indices = selection.count == rows ? nil : UnsafePointer(selection.indices)
        count = selection.count
    }

    /// At least the selected rows: a straight loop over all is faster than a list of most of them. For kernels over
    /// fixed-width values, which may compute rows that do not count.
    init(atLeast selection: Selection, of rows: Int) {
        let all = selection.count >= rows / 4
        indices = all ? nil : UnsafePointer(selection.indices)
        count = all ? rows : selection.count
    }

    @inline(__always)
    func forEach(_ body: (Int) -> Void) {
        if let indices {
            for position in 0..<count { body(Int(indices[position])) }
        } else {
            for row in 0..<count { body(row) }
        }
    }
}

/// Where a kernel takes one operand's values from. Kernels are generic over it, so that each pair of column and
/// constant gets a loop of its own.
protocol RowSource {
    associatedtype Element
    func at(_ row: Int) -> Element
}

/// Fixed-width values of a column.
struct FixedSource<Element: BitwiseCopyable>: RowSource {
    let base: UnsafePointer<Element>

    @inline(__always)
    init(_ column: Column) {
        base = UnsafePointer(column.data.assumingMemoryBound(to: Element.self))
    }

    @inline(__always)
    func at(_ row: Int) -> Element { base[row] }
}

/// Boolean bits of a column as 0 and 1.
struct BitSource: RowSource {
    let base: UnsafePointer<UInt8>

    @inline(__always)
    init(_ column: Column) {
        base = UnsafePointer(column.data.assumingMemoryBound(to: UInt8.self))
    }

    @inline(__always)
    func at(_ row: Int) -> UInt8 { (base[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1 }
}

/// Which rows of a column are null. For loops: a column's own properties are loaded, and their access is checked, row
/// by row.
struct NullSource {
    private let validity: UnsafePointer<UInt8>?

    @inline(__always)
    init(_ column: Column) {
        validity = column.nullCount == 0 ? nil : UnsafePointer(column.validity)
    }

    @inline(__always)
    func isNull(_ row: Int) -> Bool {
        guard let validity else { return false }
        return (validity[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1 == 0
    }
}

/// Where a kernel writes boolean bits to.
struct BitTarget {
    private let base: UnsafeMutablePointer<UInt8>

    @inline(__always)
    init(_ column: Column) { base = column.bitBytes }

    @inline(__always)
    func set(_ row: Int, _ value: Bool) {
        let shift = UInt8(truncatingIfNeeded: row & 7)
        let cleared = base[row &>> 3] & ~(1 &<< shift)
        base[row &>> 3] = cleared | (value ? 1 : 0) &<< shift
    }
}

/// VARCHAR and BYTES of a column.
struct BytesSource: RowSource {
    let offsets: UnsafePointer<Int32>
    let data: UnsafeRawPointer

    @inline(__always)
    init(_ column: Column) {
        offsets = UnsafePointer(column.offsets)
        data = UnsafeRawPointer(column.data)
    }

    @inline(__always)
    func at(_ row: Int) -> UnsafeRawBufferPointer {
        let start = Int(offsets[row])
        return UnsafeRawBufferPointer(start: data + start, count: Int(offsets[row &+ 1]) &- start)
    }
}

/// One value for all rows.
struct ConstantSource<Element>: RowSource {
    let value: Element

    @inline(__always)
    init(_ value: Element) { self.value = value }

    @inline(__always)
    func at(_ row: Int) -> Element { value }
}

/// The operands of a binary kernel. A constant is a column of one row that is not null.
enum OperandPair {
    case columns(Column, Column)
    case columnConstant(Column, constant: Column)
    case constantColumn(constant: Column, Column)

    /// The operands whose nulls count; nil for a constant.
    var nullable: (left: Column?, right: Column?) {
        switch self {
        case .columns(let left, let right): (left, right)
        case .columnConstant(let column, _): (column, nil)
        case .constantColumn(_, let column): (nil, column)
        }
    }

    var left: Column {
        switch self {
        case .columns(let left, _), .columnConstant(let left, _), .constantColumn(let left, _): left
        }
    }

    var right: Column {
        switch self {
        case .columns(_, let right), .columnConstant(_, let right), .constantColumn(_, let right): right
        }
    }

    var swapped: OperandPair {
        switch self {
        case .columns(let left, let right): .columns(right, left)
        case .columnConstant(let column, let constant): .constantColumn(constant: constant, column)
        case .constantColumn(let constant, let column): .columnConstant(column, constant: constant)
        }
    }
}
