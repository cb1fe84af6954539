// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// How MIN and MAX read, order and write one physical type.
protocol ExtremeLane {
    associatedtype Element: BitwiseCopyable
    static var zero: Element { get }
    static func load(_ column: Column, _ row: Int) -> Element
    static func isLess(_ left: Element, _ right: Element) -> Bool
    static func append(_ value: Element, to column: Column)
    static func write(_ value: Element, to writer: inout StateWriter)
    static func read(_ reader: inout StateReader) throws(StateError) -> Element
}

enum Int32Lane: ExtremeLane {
    static var zero: Int32 { 0 }
    @inline(__always) static func load(_ column: Column, _ row: Int) -> Int32 { column.int32s[row] }
    @inline(__always) static func isLess(_ left: Int32, _ right: Int32) -> Bool { left < right }
    static func append(_ value: Int32, to column: Column) { column.append(int32: value) }
    static func write(_ value: Int32, to writer: inout StateWriter) { writer.append(Int64(value)) }
    static func read(_ reader: inout StateReader) throws(StateError) -> Int32 { try reader.int32() }
}

enum Int64Lane: ExtremeLane {
    static var zero: Int64 { 0 }
    @inline(__always) static func load(_ column: Column, _ row: Int) -> Int64 { column.int64s[row] }
    @inline(__always) static func isLess(_ left: Int64, _ right: Int64) -> Bool { left < right }
    static func append(_ value: Int64, to column: Column) { column.append(int64: value) }
    static func write(_ value: Int64, to writer: inout StateWriter) { writer.append(value) }
    static func read(_ reader: inout StateReader) throws(StateError) -> Int64 { try reader.int64() }
}

/// A total order, so that the order of the input cannot matter: −0 = 0 (kept as 0), NaN greatest.
enum DoubleLane: ExtremeLane {
    static var zero: Double { 0 }
    @inline(__always) static func load(_ column: Column, _ row: Int) -> Double {
        let value = column.doubles[row]
        return value == 0 ? 0 : value
    }
    @inline(__always) static func isLess(_ left: Double, _ right: Double) -> Bool {
        left < right || (right.isNaN && !left.isNaN)
    }
    static func append(_ value: Double, to column: Column) { column.append(double: value) }
    static func write(_ value: Double, to writer: inout StateWriter) { writer.append(word: value.bitPattern) }
    static func read(_ reader: inout StateReader) throws(StateError) -> Double {
        Double(bitPattern: try reader.word())
    }
}

/// All values of a column have one scale, so the unscaled ones compare.
enum DecimalLane: ExtremeLane {
    static var zero: Int128 { 0 }
    @inline(__always) static func load(_ column: Column, _ row: Int) -> Int128 { column.decimals[row] }
    @inline(__always) static func isLess(_ left: Int128, _ right: Int128) -> Bool { left < right }
    static func append(_ value: Int128, to column: Column) { column.append(decimal: value) }
    static func write(_ value: Int128, to writer: inout StateWriter) { writer.append(value) }
    static func read(_ reader: inout StateReader) throws(StateError) -> Int128 { try reader.int128() }
}

/// MIN and MAX over fixed-width types.
final class ExtremeAccumulator<Lane: ExtremeLane>: Accumulator {
    private let keepsGreater: Bool
    @exclusivity(unchecked) private var values = SlotArray<Lane.Element>(zero: Lane.zero)
    @exclusivity(unchecked) private var present = SlotArray<Bool>(zero: false)

    init(keepsGreater: Bool) { self.keepsGreater = keepsGreater }

    override var slotBytes: Int { values.slotBytes + present.slotBytes }

    override func reserve(_ slots: Int) {
        values.reserve(slots)
        present.reserve(slots)
    }

    override func clear(_ slots: Range<Int>) { present.clear(slots) }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        let mayBeNull = column.nullCount != 0
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if mayBeNull && column.isNull(row) { continue }
            offer(Lane.load(column, row), to: Int(input.slots[index]))
        }
    }

    @inline(__always)
    private func offer(_ value: Lane.Element, to slot: Int) {
        let values = values.base
        if !present.base[slot] {
            present.base[slot] = true
            values[slot] = value
        } else if keepsGreater ? Lane.isLess(values[slot], value) : Lane.isLess(value, values[slot]) {
            values[slot] = value
        }
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        let other = unsafeDowncast(other, to: ExtremeAccumulator<Lane>.self)
        if other.present.base[otherSlot] { offer(other.values.base[otherSlot], to: slot) }
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        writer.append(present.base[slot])
        if present.base[slot] { Lane.write(values.base[slot], to: &writer) }
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        present.base[slot] = try reader.flag()
        if present.base[slot] { values.base[slot] = try Lane.read(&reader) }
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        if present.base[slot] { Lane.append(values.base[slot], to: column) } else { column.appendNull() }
    }
}

/// MIN and MAX over VARCHAR and BYTES, in the order of the bytes (for UTF-8 that is code point order).
final class ExtremeBytesAccumulator: Accumulator {
    private let keepsGreater: Bool
    @exclusivity(unchecked) private var values: [[UInt8]?] = []

    init(keepsGreater: Bool) { self.keepsGreater = keepsGreater }

    override var slotBytes: Int { MemoryLayout<[UInt8]?>.stride }
    /// An array has a header of 32 bytes.
    override var keepsValues: Bool { true }
    override var valueBytes: Int { values.reduce(0) { $0 + ($1.map { ($0.capacity + 47) & ~15 } ?? 0) } }

    override func reserve(_ slots: Int) {
        if slots > values.count { values.append(contentsOf: repeatElement(nil, count: slots - values.count)) }
    }

    override func clear(_ slots: Range<Int>) { for slot in slots { values[slot] = nil } }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if !column.isNull(row) { offer(column.bytes(row), to: Int(input.slots[index])) }
        }
    }

    private func offer(_ bytes: UnsafeRawBufferPointer, to slot: Int) {
        let replaces =
            values[slot]?.withUnsafeBytes { current in
                keepsGreater ? KeyEncoding.precedes(current, bytes) : KeyEncoding.precedes(bytes, current)
            } ?? true
        if replaces { values[slot] = Array(bytes) }
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        let other = unsafeDowncast(other, to: ExtremeBytesAccumulator.self)
        other.values[otherSlot]?.withUnsafeBytes { offer($0, to: slot) }
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        writer.append(values[slot] != nil)
        if let value = values[slot] { writer.append(value) }
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        values[slot] = try reader.flag() ? Array(try reader.bytes()) : nil
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        guard let value = values[slot] else { return column.appendNull() }
        value.withUnsafeBytes { column.append(bytes: $0.baseAddress, count: $0.count) }
    }
}
