// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Reads messages of Protobuf into columns by the steps of a plan. Functions return the place behind what they read,
/// nil where it is bad (`failure` says why).
///
/// Up to 64 bytes behind the end may be looked at (they are readable: `RawRecords.padding`); nothing behind it is used.
struct ProtobufReader: FramedReader {
    var failure = DecodeFailure()
    /// Of the record, or of the message in it that is being read.
    var end: BytePointer
    /// How many bytes of symbols and defaults may still come, which take none or few in the record.
    var expansion = 0
    /// Messages are read by `carefully` alone, because the record already is.
    var isCareful = false
    /// Groups in groups that are passed over.
    var depth = 0
    let digits: UnsafeMutablePointer<UInt8>

    static let deepest = 100

    /// `destroy` frees it.
    init() {
        digits = .allocate(capacity: NumberText.integerCapacity)
        end = UnsafePointer(digits)
    }

    func destroy() { digits.deallocate() }

    /// Bytes from `start` on that follow.
    @inline(__always)
    mutating func begin(_ start: BytePointer, count: Int) {
        end = start + count
        expansion = count &* 16 &+ 65_536
        depth = 0
        isCareful = false
    }

    // MARK: What lies in a record

    /// The length of bytes that follow in what is read.
    @inline(__always)
    mutating func length(_ place: BytePointer, _ count: inout Int) -> BytePointer? {
        if place.pointee < 0x80 {
            count = Int(place.pointee)
            return end - place > count ? place + 1 : fail(.malformed, place)
        }
        var value: UInt64 = 0
        guard let next = varint(place, &value) else { return nil }
        guard value <= UInt64(end - next) else { return fail(.malformed, place) }
        count = Int(truncatingIfNeeded: value)
        return next
    }

    // MARK: Messages

    /// The fields up to the end, each into its column: the columns get one row more, row number `row`.
    @inline(__always)
    mutating func message(_ steps: ProtobufMessagePointer, _ start: BytePointer, row: Int) -> Bool {
        let end = end
        let marks = steps.pointee.marks
        let markCount = UInt64(truncatingIfNeeded: steps.pointee.markCount)
        var place = start
        // Columns that have their row.
        var done = 0
        while place < end {
            // A mark has one byte or two. The second one may lie behind the end, where no value can follow.
            var number = UInt64(place.pointee)
            var next = place + 1
            if number >= 0x80 {
                number = (number & 0x7F) | UInt64(next.pointee) &<< 7
                next += 1
            }
            guard number < markCount else {
                guard let behind = field(steps, place, row: row) else { return false }
                place = behind
                continue
            }
            let mark = marks + Int(truncatingIfNeeded: number)
            var behind: BytePointer?
            switch mark.pointee.action {
            case .skipBytes: behind = skipBytes(next)
            case .skipNumber: behind = skipNumber(next)
            case .text:
                guard let node = mark.pointee.node else { return false }
                begin(node, row: row, &done)
                var count = 0
                behind = length(next, &count)
                if let start = behind { behind = text(start, count: count, to: node) }
            case .bigint:
                guard let node = mark.pointee.node else { return false }
                begin(node, row: row, &done)
                var bits: UInt64 = 0
                behind = varint(next, &bits)
                if behind != nil { node.pointee.append(int64: Int64(bitPattern: bits)) }
            case .integer:
                guard let node = mark.pointee.node else { return false }
                begin(node, row: row, &done)
                var bits: UInt64 = 0
                behind = varint(next, &bits)
                if behind != nil { node.pointee.append(int32: Int32(truncatingIfNeeded: bits)) }
            case .double:
                guard let node = mark.pointee.node, end - next >= 8 else { return fail(.malformed, next) != nil }
                begin(node, row: row, &done)
                node.pointee.append(double: Double(bitPattern: next.word))
                behind = next + 8
            case .skipEight: behind = end - next >= 8 ? next + 8 : fail(.malformed, next)
            case .skipFour: behind = end - next >= 4 ? next + 4 : fail(.malformed, next)
            case .other: behind = field(steps, place, row: row)
            }
            guard let behind else { return false }
            place = behind
        }
        return done == steps.pointee.count || finish(steps, place, row: row)
    }

    /// A column's value comes.
    @inline(__always)
    private func begin(_ node: ColumnNode, row: Int, _ done: inout Int) {
        if node.pointee.count == row {
            done &+= 1
        } else {
            // It is there once more: the last one counts.
            node.pointee.truncate(to: row)
        }
    }

    /// A field of any kind, with its mark.
    @inline(never)
    private mutating func field(
        _ steps: ProtobufMessagePointer, _ place: BytePointer, row: Int
    ) -> BytePointer? {
        var mark: UInt64 = 0
        guard let next = varint(place, &mark) else { return nil }
        let wire = UInt8(truncatingIfNeeded: mark & 7)
        guard let index = steps.pointee.index(of: mark &>> 3) else { return skip(wire, mark &>> 3, next) }
        let step = steps.pointee.steps + index
        guard step.pointee.wire == wire || wire == 2 && step.pointee.isRepeated else {
            return skip(wire, mark &>> 3, next)
        }
        if let node = step.pointee.node, node.pointee.count != row, !step.pointee.isRepeated {
            // It is there once more: the last one counts; the parts of a message are one.
            if step.pointee.isMerged { return fail(.malformed, next) }
            node.pointee.truncate(to: row)
        }
        if step.pointee.oneof >= 0 { step.pointee.takeBackOthers(row: row) }
        return run(step, next, wire)
    }

    @inline(__always)
    private mutating func skipBytes(_ place: BytePointer) -> BytePointer? {
        var count = 0
        guard let next = length(place, &count) else { return nil }
        return next + count
    }

    @inline(__always)
    private mutating func skipNumber(_ place: BytePointer) -> BytePointer? {
        if place.pointee < 0x80, place < end { return place + 1 }
        var value: UInt64 = 0
        return varint(place, &value)
    }

    /// The same, without being written out where it is called.
    @inline(never)
    mutating func innerMessage(_ steps: ProtobufMessagePointer, _ start: BytePointer, row: Int) -> Bool {
        isCareful ? carefully(steps, start, row: row) : message(steps, start, row: row)
    }

    /// Passes over a field.
    mutating func skip(_ wire: UInt8, _ number: UInt64, _ place: BytePointer) -> BytePointer? {
        guard number > 0 else { return fail(.malformed, place) }
        switch wire {
        case 0: return skipNumber(place)
        case 2: return skipBytes(place)
        case 1: return end - place >= 8 ? place + 8 : fail(.malformed, place)
        case 5: return end - place >= 4 ? place + 4 : fail(.malformed, place)
        default: return skipGroup(wire, number, place)
        }
    }

    /// A group, up to the mark of its end.
    @inline(never)
    private mutating func skipGroup(_ wire: UInt8, _ number: UInt64, _ start: BytePointer) -> BytePointer? {
        guard wire == 3, depth < ProtobufReader.deepest else { return fail(.malformed, start) }
        depth &+= 1
        defer { depth &-= 1 }
        var place = start
        while true {
            var tag: UInt64 = 0
            guard let next = varint(place, &tag) else { return nil }
            if tag & 7 == 4 { return tag &>> 3 == number ? next : fail(.malformed, place) }
            guard let behind = skip(UInt8(truncatingIfNeeded: tag & 7), tag &>> 3, next) else { return nil }
            place = behind
        }
    }

    // MARK: What is not there

    /// The columns that have no row yet.
    @inline(never)
    mutating func finish(_ steps: ProtobufMessagePointer, _ place: BytePointer, row: Int) -> Bool {
        for index in 0..<steps.pointee.unionCount { finishUnion((steps.pointee.unions + index).pointee, row: row) }
        for index in 0..<steps.pointee.count {
            let step = steps.pointee.steps + index
            guard let node = step.pointee.node, node.pointee.count == row else { continue }
            switch step.pointee.absence {
            case .null: node.pointee.appendNull()
            case .array: node.pointee.appendList()
            default:
                guard absent(step, place, to: node) else { return false }
            }
        }
        return true
    }

    /// The STRUCT of a oneof: NULL where none of its fields is there.
    @inline(never)
    private mutating func finishUnion(_ union: ProtobufUnion, row: Int) {
        let node = union.node
        guard node.pointee.count == row else { return }
        let children = node.pointee.children
        let isThere = (0..<node.pointee.childCount).contains { children[$0].count > row }
        guard isThere else { return node.pointee.appendNull() }
        for index in 0..<node.pointee.childCount where children[index].count == row { children[index].appendNull() }
        node.pointee.appendStructure()
    }

    @inline(never)
    private mutating func absent(_ step: ProtobufStepPointer, _ place: BytePointer, to node: ColumnNode) -> Bool {
        switch step.pointee.absence {
        case .map:
            let first = Int(node.pointee.offsets[node.pointee.count])
            if node.pointee.children.pointee.count - first > 1 { node.pointee.removeEqualKeys(from: first) }
            node.pointee.appendList()
            return true
        case .refuse: return refuse(step, place) != nil
        case .null, .array: return true
        case .zero: return zero(step, place, to: node)
        }
    }

    private mutating func zero(_ step: ProtobufStepPointer, _ place: BytePointer, to node: ColumnNode) -> Bool {
        let bits = step.pointee.fallbackBits
        switch step.pointee.operation {
        case .text, .bytes:
            let count = step.pointee.fallbackCount
            guard mayExpand(count) else { return fail(.outOfRange, place, node) != nil }
            let bytes = UnsafePointer(step.pointee.fallbackBytes ?? digits)
            if step.pointee.operation == .text { return text(bytes, count: count, to: node) != nil }
            node.pointee.append(bytes: bytes, count: count)
        case .boolean: boolean(bits != 0, to: node)
        case .double, .float: node.pointee.append(double: Double(bitPattern: bits))
        case .enumeration: return symbol(step, Int32(truncatingIfNeeded: bits), place, to: node) != nil
        default:
            let isUnsigned = step.pointee.form == .uint64 || step.pointee.form == .fixed64
            return store(Int64(bitPattern: bits), isUnsigned: isUnsigned, place, to: node) != nil
        }
        return true
    }

    @inline(never)
    mutating func refuse(_ step: ProtobufStepPointer, _ place: BytePointer) -> BytePointer? {
        _ = fail(.unresolvable, place, step.pointee.node)
        failure.note = step.pointee.note
        return nil
    }
}

extension ProtobufStep {
    /// Of a oneof only the field that comes last is there.
    @inline(never)
    func takeBackOthers(row: Int) {
        guard let others else { return }
        for index in 0..<otherCount where others[index].pointee.count > row { others[index].pointee.truncate(to: row) }
    }
}

/// Numbers of seven bits a byte, the lowest first: Avro's and Protobuf's.
enum Varint {
    /// One of several bytes; nil where it does not end, or has more than 64 bits.
    @inline(__always)
    static func long(_ place: BytePointer, end: BytePointer, _ value: inout UInt64) -> BytePointer? {
        let word = place.word
        let stops = ~word & ByteWords.highBits
        guard stops != 0 else { return longest(place, end: end, &value) }
        // Bits up to and with the byte that ends it.
        let bits = stops ^ (stops &- 1)
        let next = place + (stops.trailingZeroBitCount &>> 3 &+ 1)
        guard next <= end else { return nil }
        if stops & 0x8080_8080 != 0 {
            // Up to 28 bits.
            var groups = UInt32(truncatingIfNeeded: word & bits) & 0x7F7F_7F7F
            groups = (groups & 0x007F_007F) | ((groups & 0x7F00_7F00) &>> 1)
            value = UInt64((groups & 0x3FFF) | ((groups & 0x3FFF_0000) &>> 2))
            return next
        }
        var groups = word & bits & 0x7F7F_7F7F_7F7F_7F7F
        groups = (groups & 0x007F_007F_007F_007F) | ((groups & 0x7F00_7F00_7F00_7F00) &>> 1)
        groups = (groups & 0x0000_3FFF_0000_3FFF) | ((groups & 0x3FFF_0000_3FFF_0000) &>> 2)
        value = (groups & 0x0000_0000_0FFF_FFFF) | ((groups & 0x0FFF_FFFF_0000_0000) &>> 4)
        return next
    }

    /// One of nine or ten bytes.
    @inline(never)
    private static func longest(_ start: BytePointer, end: BytePointer, _ value: inout UInt64) -> BytePointer? {
        var result: UInt64 = 0
        var place = start
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard place < end else { return nil }
            let byte = place.pointee
            place += 1
            if shift == 63, byte > 1 { return nil }
            result |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 {
                value = result
                return place
            }
        }
        return nil
    }
}
