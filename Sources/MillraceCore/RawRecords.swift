// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A growing batch of Kafka records as parallel arrays over one byte arena: what travels between the Kafka layer and
/// the engine, in both directions.
///
///     row                 0        1        2            count − 1
///     offsets         [ 5017     5018     5021   …  ]    offset in the log; output: of the record it comes from
///     timestamps      [ ms       ms       ms     …  ]    −1 = none
///     partitions      [ 0        0        0      …  ]    input: where it came from; output: where it goes
///     keyStarts       [ 0        93       …         ]    position of the key's first byte in `bytes`
///     keyLengths      [ 2        −1       …         ]    −1 = null key
///     valueStarts / valueLengths                         the same for the value
///     bytes           k0 v0 k1 v1 …                      byteCount bytes used
///
/// Headers, where asked for, lie in `headers`, one entry a row (empty array: none of the rows has any).
/// Owner of its memory; not thread-safe: it is handed over, never shared.
package final class RawRecords {
    @exclusivity(unchecked) package private(set) var capacity: Int
    @exclusivity(unchecked) package private(set) var byteCapacity: Int
    @exclusivity(unchecked) package var count = 0
    @exclusivity(unchecked) package var byteCount = 0
    @exclusivity(unchecked) package private(set) var offsets: UnsafeMutablePointer<Int64>
    @exclusivity(unchecked) package private(set) var timestamps: UnsafeMutablePointer<Int64>
    @exclusivity(unchecked) package private(set) var partitions: UnsafeMutablePointer<Int32>
    @exclusivity(unchecked) package private(set) var keyStarts: UnsafeMutablePointer<Int>
    @exclusivity(unchecked) package private(set) var keyLengths: UnsafeMutablePointer<Int32>
    @exclusivity(unchecked) package private(set) var valueStarts: UnsafeMutablePointer<Int>
    @exclusivity(unchecked) package private(set) var valueLengths: UnsafeMutablePointer<Int32>
    @exclusivity(unchecked) package private(set) var bytes: UnsafeMutableRawPointer
    /// Empty, or one entry a row.
    @exclusivity(unchecked) package var headers: [[Header]] = []

    /// One Kafka record header.
    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: [UInt8]?

        package init(name: String, value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }

    /// Room for `capacity` rows and `byteCapacity` bytes; both grow on demand.
    package init(capacity: Int = 1024, byteCapacity: Int = 128 * 1024) {
        self.capacity = max(capacity, 1)
        self.byteCapacity = max(byteCapacity, 64)
        offsets = .allocate(capacity: self.capacity)
        timestamps = .allocate(capacity: self.capacity)
        partitions = .allocate(capacity: self.capacity)
        keyStarts = .allocate(capacity: self.capacity)
        keyLengths = .allocate(capacity: self.capacity)
        valueStarts = .allocate(capacity: self.capacity)
        valueLengths = .allocate(capacity: self.capacity)
        bytes = .allocate(byteCount: self.byteCapacity + RawRecords.padding, alignment: 64)
    }

    deinit {
        offsets.deallocate()
        timestamps.deallocate()
        partitions.deallocate()
        keyStarts.deallocate()
        keyLengths.deallocate()
        valueStarts.deallocate()
        valueLengths.deallocate()
        bytes.deallocate()
    }

    /// Readable (not meaningful) bytes behind the last one, so that scanners may load eight bytes at a time.
    package static let padding = 64

    /// Forgets the rows, keeps the memory.
    package func removeAll() {
        count = 0
        byteCount = 0
        if !headers.isEmpty { headers.removeAll(keepingCapacity: true) }
    }

    /// Forgets the rows, and gives memory back of which there is more than `limit` for the bytes.
    package func removeAll(keepingAtMost limit: Int) {
        removeAll()
        guard byteCapacity > limit else { return }
        byteCapacity = max(limit, 64)
        bytes.deallocate()
        bytes = .allocate(byteCount: byteCapacity + RawRecords.padding, alignment: 64)
    }

    /// Appends one record, copying its bytes. `key`/`value` nil = null. Lengths are in bytes.
    @inlinable
    package func append(
        key: UnsafeRawPointer?, keyLength: Int, value: UnsafeRawPointer?, valueLength: Int,
        timestamp: Int64, offset: Int64, partition: Int32
    ) {
        let needed = (key == nil ? 0 : keyLength) + (value == nil ? 0 : valueLength)
        if count == capacity { growRows() }
        if byteCount + needed > byteCapacity { growBytes(needed) }
        let row = count
        offsets[row] = offset
        timestamps[row] = timestamp
        partitions[row] = partition
        keyStarts[row] = byteCount
        if let key {
            keyLengths[row] = Int32(truncatingIfNeeded: keyLength)
            if keyLength > 0 { memcpy(bytes + byteCount, key, keyLength) }
            byteCount += keyLength
        } else {
            keyLengths[row] = -1
        }
        valueStarts[row] = byteCount
        if let value {
            valueLengths[row] = Int32(truncatingIfNeeded: valueLength)
            if valueLength > 0 { memcpy(bytes + byteCount, value, valueLength) }
            byteCount += valueLength
        } else {
            valueLengths[row] = -1
        }
        count = row + 1
    }

    /// Appends one record from arrays, for tests and cold paths.
    package func append(
        key: [UInt8]?, value: [UInt8]?, timestamp: Int64, offset: Int64 = -1, partition: Int32 = 0,
        headers rowHeaders: [Header] = []
    ) {
        let row = count
        (key ?? []).withUnsafeBytes { keyBytes in
            (value ?? []).withUnsafeBytes { valueBytes in
                // An empty array has no base address, yet an empty key is not a null key.
                let anywhere = UnsafeRawPointer(bytes)
                append(
                    key: key == nil ? nil : keyBytes.baseAddress ?? anywhere, keyLength: keyBytes.count,
                    value: value == nil ? nil : valueBytes.baseAddress ?? anywhere, valueLength: valueBytes.count,
                    timestamp: timestamp, offset: offset, partition: partition)
            }
        }
        if !rowHeaders.isEmpty || !headers.isEmpty { setHeaders(rowHeaders, row: row) }
    }

    /// Appends rows of another batch, copying them.
    package func append(_ rows: Range<Int>, of other: RawRecords) {
        for row in rows {
            let (key, value) = (other.key(row), other.value(row))
            append(
                key: key.map { _ in UnsafeRawPointer(other.bytes + other.keyStarts[row]) }, keyLength: key?.count ?? 0,
                value: value.map { _ in UnsafeRawPointer(other.bytes + other.valueStarts[row]) },
                valueLength: value?.count ?? 0, timestamp: other.timestamps[row], offset: other.offsets[row],
                partition: other.partitions[row])
            if row < other.headers.count { setHeaders(other.headers[row], row: count - 1) }
        }
    }

    /// Sets the headers of `row`; rows before it that have none get empty ones.
    package func setHeaders(_ rowHeaders: [Header], row: Int) {
        while headers.count <= row { headers.append([]) }
        headers[row] = rowHeaders
    }

    /// Takes a row out; those behind it move up. Its bytes stay where they are. For cold paths.
    package func remove(_ row: Int) {
        func close<T>(_ array: UnsafeMutablePointer<T>) {
            (array + row).update(from: array + row + 1, count: count - row - 1)
        }
        close(offsets)
        close(timestamps)
        close(partitions)
        close(keyStarts)
        close(keyLengths)
        close(valueStarts)
        close(valueLengths)
        if row < headers.count { headers.remove(at: row) }
        count -= 1
    }

    /// The row behind as many from one on as have at most so many bytes, headers not counted; one at least, and none at
    /// or behind `limit`.
    package func end(from: Int, atMost limit: Int, bytes: Int) -> Int {
        func place(_ row: Int) -> Int { row < count ? keyStarts[row] : byteCount }
        guard from < limit, place(limit) - place(from) > bytes else { return limit }
        var (low, high) = (from + 1, limit)
        while low < high {
            let middle = (low + high + 1) / 2
            if place(middle) - place(from) <= bytes { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// The bytes of a row's key; nil for a null key. Valid until the batch changes.
    package func key(_ row: Int) -> UnsafeRawBufferPointer? {
        keyLengths[row] < 0 ? nil : UnsafeRawBufferPointer(start: bytes + keyStarts[row], count: Int(keyLengths[row]))
    }

    /// The bytes of a row's value; nil for a null value. Valid until the batch changes.
    package func value(_ row: Int) -> UnsafeRawBufferPointer? {
        valueLengths[row] < 0
            ? nil : UnsafeRawBufferPointer(start: bytes + valueStarts[row], count: Int(valueLengths[row]))
    }

    /// Appends bytes that belong to no row, where the arena is used as a text.
    package func appendBytes(_ source: [UInt8]) {
        reserveBytes(source.count)
        source.withUnsafeBytes { if let base = $0.baseAddress { memcpy(bytes + byteCount, base, $0.count) } }
        byteCount += source.count
    }

    /// Makes room for `extra` more bytes behind `byteCount`; used by encoders that write in place.
    @inline(__always)
    package func reserveBytes(_ extra: Int) {
        if byteCount + extra > byteCapacity { growBytes(extra) }
    }

    /// Makes room for `extra` more rows; used by encoders that write in place.
    package func reserveRows(_ extra: Int) {
        while count + extra > capacity { growRows() }
    }

    /// Makes room for one more row; used by encoders that write in place.
    @inline(__always)
    package func reserveRow() {
        if count == capacity { growRows() }
    }

    @inline(never) @usableFromInline
    package func growRows() {
        let newCapacity = capacity * 2
        func grow<T>(_ old: inout UnsafeMutablePointer<T>) {
            let new = UnsafeMutablePointer<T>.allocate(capacity: newCapacity)
            new.update(from: old, count: count)
            old.deallocate()
            old = new
        }
        grow(&offsets)
        grow(&timestamps)
        grow(&partitions)
        grow(&keyStarts)
        grow(&keyLengths)
        grow(&valueStarts)
        grow(&valueLengths)
        capacity = newCapacity
    }

    @inline(never) @usableFromInline
    package func growBytes(_ extra: Int) {
        // Of much memory a quarter more is enough: the old and the new bytes lie in memory together for a moment.
        let growth = byteCapacity >> (byteCapacity < 16 << 20 ? 0 : 2)
        let newCapacity = max(byteCapacity + growth, byteCount + extra)
        let new = UnsafeMutableRawPointer.allocate(byteCount: newCapacity + RawRecords.padding, alignment: 64)
        memcpy(new, bytes, byteCount)
        bytes.deallocate()
        bytes = new
        byteCapacity = newCapacity
    }
}
