// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One column of a batch in Arrow's memory layout, and its builder. It owns its memory and keeps it over `removeAll`,
/// so that a batch in steady state allocates nothing.
///
///     validity   1 bit a row, 1 = not null (LSB first)            every type
///     data       boolean            1 bit a row
///                integer date time  4 bytes a row
///                bigint timestamp double  8 bytes a row
///                decimal            16 bytes a row (Int128, unscaled)
///     offsets    count + 1 × Int32; row i = offsets[i] ..< offsets[i + 1]
///               varchar bytes (into `data`), array map (into children)
///     children   array: [elements]; map: [keys, values]; structure: one a field (as many rows as the struct)
///
/// Not thread-safe: one owner at a time. Exclusivity is not checked at run time (a third of the cost of an append): no
/// accessor calls out while it changes a property.
package final class Column {
    /// How rows lie in memory.
    package enum Layout: Sendable {
        case bits
        case fixed(Int)
        case variable
        case list
        case structure
    }

    package let type: DataType
    package let layout: Layout
    @exclusivity(unchecked) package internal(set) var count = 0
    @exclusivity(unchecked) package internal(set) var capacity = 0
    /// May be larger than the number of null rows, never smaller; 0 means: no row is null.
    @exclusivity(unchecked) package internal(set) var nullCount = 0
    @exclusivity(unchecked) package internal(set) var validity: UnsafeMutablePointer<UInt8>
    /// Fixed-width values, boolean bits, or the bytes of VARCHAR and BYTES.
    @exclusivity(unchecked) package internal(set) var data: UnsafeMutableRawPointer
    /// Used bytes of `data` for VARCHAR and BYTES.
    @exclusivity(unchecked) package internal(set) var byteCount = 0
    @exclusivity(unchecked) var byteCapacity = 0
    /// `capacity + 1` entries for VARCHAR, BYTES, ARRAY and MAP; a single 0 otherwise.
    @exclusivity(unchecked) package internal(set) var offsets: UnsafeMutablePointer<Int32>
    package let children: [Column]

    package init(_ type: DataType, capacity: Int = 0) {
        self.type = type
        switch type {
        case .boolean: layout = .bits
        case .integer, .date, .time: layout = .fixed(4)
        case .bigint, .double, .timestamp: layout = .fixed(8)
        case .decimal: layout = .fixed(16)
        case .varchar, .bytes: layout = .variable
        case .array, .map: layout = .list
        case .structure: layout = .structure
        }
        switch type {
        case .array(let element): children = [Column(element)]
        case .map(let key, let value): children = [Column(key), Column(value)]
        case .structure(let fields): children = fields.map { Column($0.type) }
        default: children = []
        }
        validity = .allocate(capacity: 1)
        data = .allocate(byteCount: 16, alignment: 16)
        byteCapacity = 16
        offsets = .allocate(capacity: 1)
        offsets[0] = 0
        if capacity > 0 { reserve(capacity) }
    }

    deinit {
        validity.deallocate()
        data.deallocate()
        offsets.deallocate()
    }

    /// Forgets the rows, keeps the memory.
    package func removeAll() {
        count = 0
        nullCount = 0
        byteCount = 0
        for child in children { child.removeAll() }
    }

    /// Bytes of memory that the rows take in texts and lists, children included.
    package var payloadBytes: Int {
        switch layout {
        case .bits: return 0
        case .fixed(let width): return count * width
        case .variable: return byteCount
        case .list, .structure: return children.reduce(0) { $0 + $1.payloadBytes } + count * 4
        }
    }

    /// Bytes of memory that the column takes, children included.
    var heldBytes: Int {
        var offsetBytes = 0
        switch layout {
        case .variable, .list: offsetBytes = (capacity + 1) * 4
        case .bits, .fixed, .structure: break
        }
        return byteCapacity + (capacity + 7) / 8 + offsetBytes + children.reduce(0) { $0 + $1.heldBytes }
    }

    /// Bytes that some rows have, in texts and as values, children included. As quick for many as for one.
    func payloadBytes(_ rows: Range<Int>) -> Int {
        switch layout {
        case .bits: return 0
        case .fixed(let width): return rows.count * width
        case .variable: return Int(offsets[rows.upperBound] - offsets[rows.lowerBound])
        case .list:
            let elements = Int(offsets[rows.lowerBound])..<Int(offsets[rows.upperBound])
            return children.reduce(0) { $0 + $1.payloadBytes(elements) }
        case .structure: return children.reduce(0) { $0 + $1.payloadBytes(rows) }
        }
    }

    /// Forgets the rows, and gives memory back of which there is more than `limit`, children included one by one.
    package func removeAll(keepingAtMost limit: Int) {
        removeAll()
        release(keepingAtMost: limit)
    }

    private func release(keepingAtMost limit: Int) {
        for child in children { child.release(keepingAtMost: limit) }
        // A row takes a bit, and four bytes where it has an offset.
        guard byteCapacity > limit || capacity > limit / 4 else { return }
        validity.deallocate()
        data.deallocate()
        offsets.deallocate()
        capacity = 0
        validity = .allocate(capacity: 1)
        data = .allocate(byteCount: 16, alignment: 16)
        byteCapacity = 16
        offsets = .allocate(capacity: 1)
        offsets[0] = 0
    }

    /// Room for `rows` rows in all (children of lists grow on their own).
    package func reserve(_ rows: Int) {
        if rows > capacity { grow(rows) }
    }

    @inline(never)
    private func grow(_ rows: Int) {
        let newCapacity = max(rows, capacity * 2, 64)
        let newValidity = UnsafeMutablePointer<UInt8>.allocate(capacity: (newCapacity + 7) / 8)
        newValidity.initialize(repeating: 0, count: (newCapacity + 7) / 8)
        newValidity.update(from: validity, count: min((count + 7) / 8, (newCapacity + 7) / 8))
        validity.deallocate()
        validity = newValidity
        switch layout {
        case .bits: growData((newCapacity + 7) / 8, used: (count + 7) / 8)
        case .fixed(let width): growData(newCapacity * width, used: count * width)
        case .variable, .list:
            let newOffsets = UnsafeMutablePointer<Int32>.allocate(capacity: newCapacity + 1)
            newOffsets.update(from: offsets, count: capacity == 0 ? 1 : count + 1)
            offsets.deallocate()
            offsets = newOffsets
        case .structure:
            for child in children { child.reserve(newCapacity) }
        }
        capacity = newCapacity
    }

    @inline(never)
    func growData(_ newByteCapacity: Int, used: Int) {
        let new = UnsafeMutableRawPointer.allocate(byteCount: newByteCapacity, alignment: 16)
        memcpy(new, data, used)
        data.deallocate()
        data = new
        byteCapacity = newByteCapacity
    }

    // MARK: reading

    @inline(__always)
    package func isNull(_ row: Int) -> Bool {
        nullCount != 0 && (validity[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1 == 0
    }

    @inline(__always)
    package func boolean(_ row: Int) -> Bool {
        (data.load(fromByteOffset: row &>> 3, as: UInt8.self) &>> UInt8(truncatingIfNeeded: row & 7)) & 1 == 1
    }

    /// integer, date, time.
    @inline(__always)
    package var int32s: UnsafeMutablePointer<Int32> { data.assumingMemoryBound(to: Int32.self) }
    /// bigint, timestamp.
    @inline(__always)
    package var int64s: UnsafeMutablePointer<Int64> { data.assumingMemoryBound(to: Int64.self) }
    @inline(__always)
    package var doubles: UnsafeMutablePointer<Double> { data.assumingMemoryBound(to: Double.self) }
    /// decimal: the unscaled values.
    @inline(__always)
    package var decimals: UnsafeMutablePointer<Int128> { data.assumingMemoryBound(to: Int128.self) }

    /// The bytes of a VARCHAR or BYTES row. Valid until the column changes.
    @inline(__always)
    package func bytes(_ row: Int) -> UnsafeRawBufferPointer {
        let start = Int(offsets[row])
        return UnsafeRawBufferPointer(start: data + start, count: Int(offsets[row + 1]) - start)
    }

    // MARK: appending

    @inline(__always)
    func markValid(_ row: Int) {
        validity[row &>> 3] |= 1 &<< UInt8(truncatingIfNeeded: row & 7)
    }

    @inline(__always)
    func markNull(_ row: Int) {
        validity[row &>> 3] &= ~(1 &<< UInt8(truncatingIfNeeded: row & 7))
        nullCount &+= 1
    }

    /// Appends NULL.
    package func appendNull() {
        if count == capacity { grow(count + 1) }
        let row = count
        markNull(row)
        switch layout {
        case .bits: setBit(row, false)
        case .fixed(let width): memset(data + row * width, 0, width)
        case .variable, .list: offsets[row + 1] = offsets[row]
        case .structure: for child in children { child.appendNull() }
        }
        count = row + 1
    }

    @inline(__always)
    private func setBit(_ row: Int, _ value: Bool) {
        let byte = data.assumingMemoryBound(to: UInt8.self) + (row &>> 3)
        let mask: UInt8 = 1 &<< UInt8(truncatingIfNeeded: row & 7)
        if value { byte.pointee |= mask } else { byte.pointee &= ~mask }
    }

    @inline(__always)
    package func append(boolean value: Bool) {
        if count == capacity { grow(count + 1) }
        setBit(count, value)
        markValid(count)
        count &+= 1
    }

    /// integer, date, time.
    @inline(__always)
    package func append(int32 value: Int32) {
        if count == capacity { grow(count + 1) }
        int32s[count] = value
        markValid(count)
        count &+= 1
    }

    /// bigint, timestamp.
    @inline(__always)
    package func append(int64 value: Int64) {
        if count == capacity { grow(count + 1) }
        int64s[count] = value
        markValid(count)
        count &+= 1
    }

    @inline(__always)
    package func append(double value: Double) {
        if count == capacity { grow(count + 1) }
        doubles[count] = value
        markValid(count)
        count &+= 1
    }

    /// decimal: unscaled, already in the column's scale.
    @inline(__always)
    package func append(decimal value: Int128) {
        if count == capacity { grow(count + 1) }
        decimals[count] = value
        markValid(count)
        count &+= 1
    }

    /// varchar, bytes. A column holds at most 2 GiB; more traps (batches are far smaller by construction).
    @inline(__always)
    package func append(bytes source: UnsafeRawPointer?, count length: Int) {
        if count == capacity { grow(count + 1) }
        if byteCount &+ length > byteCapacity { growData(max(byteCapacity * 2, byteCount + length), used: byteCount) }
        if length > 0, let source { memcpy(data + byteCount, source, length) }
        byteCount &+= length
        precondition(byteCount <= Int(Int32.max), "a column of a batch is larger than 2 GiB")
        offsets[count &+ 1] = Int32(truncatingIfNeeded: byteCount)
        markValid(count)
        count &+= 1
    }

    /// array, map: the elements of this row are the children's rows since the last list row. Appends a non-null row.
    package func appendList() {
        if count == capacity { grow(count + 1) }
        offsets[count + 1] = Int32(truncatingIfNeeded: children[0].count)
        markValid(count)
        count += 1
    }

    /// structure: the children have been appended one row each. Appends a non-null row.
    package func appendStructure() {
        if count == capacity { grow(count + 1) }
        markValid(count)
        count += 1
    }

    /// Takes back the last row (a field that came twice in a record: the last one wins).
    package func removeLast() {
        count -= 1
        let row = count
        if (validity[row >> 3] >> UInt8(row & 7)) & 1 == 0 { nullCount -= 1 }
        switch layout {
        case .bits, .fixed: break
        case .variable: byteCount = Int(offsets[row])
        case .list:
            for child in children { while child.count > Int(offsets[row]) { child.removeLast() } }
        case .structure:
            for child in children { child.removeLast() }
        }
    }

    /// Fixed-width and boolean columns only: `rows` rows whose validity is all `valid` and whose values are undefined,
    /// for kernels that write by row number.
    package func prepare(rows: Int, valid: Bool) {
        removeAll()
        reserve(rows)
        memset(validity, valid ? 0xFF : 0, (rows + 7) / 8)
        nullCount = valid ? 0 : rows
        count = rows
    }

    /// For kernels after `prepare`: makes a row null.
    @inline(__always)
    package func setNull(_ row: Int) { markNull(row) }

    /// For kernels after `prepare(valid: false)`: makes a row not null. `nullCount` stays an upper bound.
    @inline(__always)
    package func setValid(_ row: Int) { markValid(row) }

    /// For kernels after `prepare`: writes a boolean.
    @inline(__always)
    package func setBoolean(_ row: Int, _ value: Bool) { setBit(row, value) }
}
