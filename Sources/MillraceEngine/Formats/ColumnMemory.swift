// SPDX-License-Identifier: Apache-2.0
import CSystemVector
import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

typealias ColumnNode = UnsafeMutablePointer<ColumnMemory>

/// The memory of a `Column` and its children as plain structs, for the loops of decoders and encoders: no reference
/// counting and no exclusivity checks on the way. `open` takes the memory of a column, `close` gives it back with what
/// has been appended; between the two the column must not be touched.
///
/// The tree is built once for a type and opened for one column after the other.
struct ColumnMemory {
    enum Kind: UInt8 {
        case boolean, integer, date, time, bigint, timestamp, double, decimal, varchar, bytes, array, map, structure
    }

    let kind: Kind
    /// Bytes a row in `data`; 0 for booleans, texts and nested types.
    let width: Int
    let precision: Int
    let scale: Int
    /// Which column of the source or sink this belongs to.
    let columnIndex: Int
    var count = 0
    private(set) var capacity = 0
    var nullCount = 0
    private(set) var validity: UnsafeMutablePointer<UInt8>
    private(set) var data: UnsafeMutableRawPointer
    private(set) var offsets: UnsafeMutablePointer<Int32>
    var byteCount = 0
    private(set) var byteCapacity = 0
    private var column: Unmanaged<Column>?
    /// array: [elements]; map: [keys, values]; structure: one a field.
    let children: ColumnNode
    let childCount: Int
    /// Decoders: the children of a STRUCT by name.
    private(set) var fields: UnsafeMutablePointer<FieldTable>?
    /// Encoders: `,"NAME":` of a column or a field; readable in whole words.
    let label: UnsafeMutableBufferPointer<UInt8>

    /// Allocates the tree for a type. `destroy` frees it.
    init(_ type: DataType, name: String, columnIndex: Int) {
        self.columnIndex = columnIndex
        var parts: [Field] = []
        var precision = 0
        var scale = 0
        switch type {
        case .boolean: (kind, width) = (.boolean, 0)
        case .integer: (kind, width) = (.integer, 4)
        case .date: (kind, width) = (.date, 4)
        case .time: (kind, width) = (.time, 4)
        case .bigint: (kind, width) = (.bigint, 8)
        case .timestamp: (kind, width) = (.timestamp, 8)
        case .double: (kind, width) = (.double, 8)
        case .decimal: (kind, width) = (.decimal, 16)
        case .varchar: (kind, width) = (.varchar, 0)
        case .bytes: (kind, width) = (.bytes, 0)
        case .array: (kind, width) = (.array, 0)
        case .map: (kind, width) = (.map, 0)
        case .structure: (kind, width) = (.structure, 0)
        }
        switch type {
        case .decimal(let digits, let fraction): (precision, scale) = (digits, fraction)
        case .array(let element): parts = [Field("", element)]
        case .map(let key, let value): parts = [Field("", key), Field("", value)]
        case .structure(let members): parts = members
        default: break
        }
        self.precision = precision
        self.scale = scale
        label = ColumnMemory.makeLabel(name)
        childCount = parts.count
        children = .allocate(capacity: max(parts.count, 1))
        for (index, part) in parts.enumerated() {
            (children + index).initialize(to: ColumnMemory(part.type, name: part.name, columnIndex: columnIndex))
        }
        if case .structure = type {
            let table = UnsafeMutablePointer<FieldTable>.allocate(capacity: 1)
            let children = children
            table.initialize(to: FieldTable(parts.enumerated().map { ($1.name, children + $0) }))
            fields = table
        }
        // Not read before `open` has set them.
        validity = UnsafeMutableRawPointer(children).assumingMemoryBound(to: UInt8.self)
        data = UnsafeMutableRawPointer(children)
        offsets = UnsafeMutableRawPointer(children).assumingMemoryBound(to: Int32.self)
    }

    func destroy() {
        for index in 0..<childCount { children[index].destroy() }
        children.deallocate()
        UnsafeMutableRawPointer(label.baseAddress)?.deallocate()
        if let fields {
            fields.pointee.destroy()
            fields.deallocate()
        }
    }

    private static func makeLabel(_ name: String) -> UnsafeMutableBufferPointer<UInt8> {
        let arena = RawRecords(capacity: 1, byteCapacity: 64)
        var output = ByteOutput(arena)
        output.append(UInt8(ascii: ","))
        Array(name.utf8).withUnsafeBufferPointer { output.appendJSONString($0.baseAddress, count: $0.count) }
        output.append(UInt8(ascii: ":"))
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: wholeWords(output.count))
        memory.initialize(repeating: 0, count: wholeWords(output.count))
        withExtendedLifetime(arena) { memory.update(from: output.base, count: output.count) }
        return UnsafeMutableBufferPointer(start: memory, count: output.count)
    }

    private static func wholeWords(_ count: Int) -> Int { (count + 7) & ~7 }

    /// The bytes that `writeLabel` touches.
    var labelRoom: Int { ColumnMemory.wholeWords(label.count) }

    /// Writes the label a word at a time; returns where the next byte goes.
    @inline(__always)
    func writeLabel(to target: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        guard let start = UnsafeRawPointer(label.baseAddress) else { return target }
        let count = label.count
        var index = 0
        repeat {
            UnsafeMutableRawPointer(target + index).storeBytes(
                of: start.load(fromByteOffset: index, as: UInt64.self), as: UInt64.self)
            index &+= 8
        } while index < count
        return target + count
    }

    // MARK: Taking and giving back

    /// Takes the memory of a column of the tree's type.
    mutating func open(_ column: Column) {
        self.column = Unmanaged.passUnretained(column)
        count = column.count
        capacity = column.capacity
        nullCount = column.nullCount
        validity = column.validity
        data = column.data
        offsets = column.offsets
        byteCount = column.byteCount
        byteCapacity = column.byteCapacity
        for index in 0..<childCount { children[index].open(column.children[index]) }
    }

    /// Gives the memory back to the column, with its new rows.
    func close() {
        guard let column = column?.takeUnretainedValue() else { return }
        column.count = count
        column.nullCount = nullCount
        column.byteCount = byteCount
        for index in 0..<childCount { children[index].close() }
    }

    /// Calls `body` with the column itself.
    mutating func withColumn(_ body: (Column) -> Void) {
        guard let column = column?.takeUnretainedValue() else { return }
        close()
        body(column)
        open(column)
    }

    @inline(never)
    private mutating func grow() {
        let rows = count + 1
        withColumn { $0.reserve(rows) }
    }

    @inline(never)
    private mutating func growBytes(_ extra: Int) {
        let wanted = max(byteCapacity * 2, byteCount + extra, 1024)
        let used = byteCount
        withColumn { $0.growData(wanted, used: used) }
    }

    // MARK: Reading

    @inline(__always)
    func isNull(_ row: Int) -> Bool {
        nullCount != 0 && (validity[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1 == 0
    }

    @inline(__always)
    func boolean(_ row: Int) -> Bool {
        (data.load(fromByteOffset: row &>> 3, as: UInt8.self) &>> UInt8(truncatingIfNeeded: row & 7)) & 1 == 1
    }

    /// The bytes of a VARCHAR or BYTES row.
    @inline(__always)
    func bytes(_ row: Int) -> UnsafeBufferPointer<UInt8> {
        let start = Int(offsets[row])
        let count = Int(offsets[row &+ 1]) &- start
        return UnsafeBufferPointer(start: (data + start).assumingMemoryBound(to: UInt8.self), count: count)
    }

    // MARK: Appending

    @inline(__always)
    private mutating func markValid() {
        validity[count &>> 3] |= 1 &<< UInt8(truncatingIfNeeded: count & 7)
        count &+= 1
    }

    mutating func appendNull() {
        if count == capacity { grow() }
        validity[count &>> 3] &= ~(1 &<< UInt8(truncatingIfNeeded: count & 7))
        switch kind {
        case .boolean: setBit(false)
        case .varchar, .bytes, .array, .map: offsets[count &+ 1] = offsets[count]
        case .structure: for index in 0..<childCount { children[index].appendNull() }
        default: memset(data + count &* width, 0, width)
        }
        nullCount &+= 1
        count &+= 1
    }

    @inline(__always)
    private func setBit(_ value: Bool) {
        let byte = data.assumingMemoryBound(to: UInt8.self) + (count &>> 3)
        let mask: UInt8 = 1 &<< UInt8(truncatingIfNeeded: count & 7)
        byte.pointee = (byte.pointee & ~mask) | (value ? mask : 0)
    }

    @inline(__always)
    mutating func append(boolean value: Bool) {
        if count == capacity { grow() }
        setBit(value)
        markValid()
    }

    /// integer, date, time.
    @inline(__always)
    mutating func append(int32 value: Int32) {
        if count == capacity { grow() }
        data.assumingMemoryBound(to: Int32.self)[count] = value
        markValid()
    }

    /// bigint, timestamp.
    @inline(__always)
    mutating func append(int64 value: Int64) {
        if count == capacity { grow() }
        data.assumingMemoryBound(to: Int64.self)[count] = value
        markValid()
    }

    @inline(__always)
    mutating func append(double value: Double) {
        if count == capacity { grow() }
        data.assumingMemoryBound(to: Double.self)[count] = value + 0  // −0.0 becomes 0.0: SQL knows one zero
        markValid()
    }

    mutating func append(decimal value: Int128) {
        if count == capacity { grow() }
        data.assumingMemoryBound(to: Int128.self)[count] = value
        markValid()
    }

    /// Where the bytes of the next VARCHAR or BYTES row go: room for `extra` bytes. `finishBytes` makes the row.
    @inline(__always)
    mutating func reserveBytes(_ extra: Int) -> UnsafeMutablePointer<UInt8> {
        if count == capacity { grow() }
        if byteCount &+ extra > byteCapacity { growBytes(extra) }
        return (data + byteCount).assumingMemoryBound(to: UInt8.self)
    }

    @inline(__always)
    mutating func finishBytes(_ length: Int) {
        byteCount &+= length
        precondition(byteCount <= Int(Int32.max), "a column of a batch is larger than 2 GiB")
        offsets[count &+ 1] = Int32(truncatingIfNeeded: byteCount)
        markValid()
    }

    mutating func append(bytes source: UnsafePointer<UInt8>, count length: Int) {
        let target = reserveBytes(length)
        memcpy(target, source, length)
        finishBytes(length)
    }

    /// Appends a VARCHAR row; false, with nothing appended, where the bytes are no UTF-8. Up to 16 bytes behind them
    /// are read (they are readable: `RawRecords.padding`).
    @inline(__always)
    mutating func append(text source: UnsafePointer<UInt8>, count length: Int) -> Bool {
        let target = reserveBytes(length &+ 16)
        if millrace_copy_text(source, target, length) != 0, !isValidUTF8(source, count: length) { return false }
        finishBytes(length)
        return true
    }

    /// The children have been appended since the last list row.
    mutating func appendList() {
        if count == capacity { grow() }
        offsets[count &+ 1] = Int32(truncatingIfNeeded: children[0].count)
        markValid()
    }

    /// The children have been appended one row each.
    mutating func appendStructure() {
        if count == capacity { grow() }
        markValid()
    }

    /// Takes back the rows from `rows` on, and what an unfinished row has left in the children.
    @inline(never)
    mutating func truncate(to rows: Int) {
        while count > rows {
            count &-= 1
            if (validity[count &>> 3] &>> UInt8(truncatingIfNeeded: count & 7)) & 1 == 0 { nullCount &-= 1 }
        }
        switch kind {
        case .varchar, .bytes: byteCount = Int(offsets[rows])
        case .array, .map: for index in 0..<childCount { children[index].truncate(to: Int(offsets[rows])) }
        case .structure: for index in 0..<childCount { children[index].truncate(to: rows) }
        default: break
        }
    }
}
