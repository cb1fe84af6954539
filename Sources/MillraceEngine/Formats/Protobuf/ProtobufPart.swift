// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Which message of which schema a record is: the id, and the bytes behind it that say the message's place in the file.
struct ProtobufKey: Hashable {
    var id: Int32
    /// The bytes of the place, the first one lowest. 0: the first message.
    var path: UInt64

    /// The places: of a message in the file, of one in that message, and so on.
    var indexes: [Int]? {
        if path & 0xFF == 0 { return [0] }
        var rest = path
        func next() -> Int? {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while shift < 56 {
                let byte = rest & 0xFF
                rest >>= 8
                value |= (byte & 0x7F) << shift
                if byte < 0x80 { return Int(Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1)))) }
                shift += 7
            }
            return nil
        }
        guard let count = next(), 1...8 ~= count else { return nil }
        let result = (0..<count).compactMap { _ in next() }
        return result.count == count ? result : nil
    }
}

/// The plans by which the keys or the values of a source are read, one a message of a writer's schema.
final class ProtobufPart {
    struct Last {
        var key = ProtobufKey(id: 0, path: 0)
        /// Nil: there is none yet.
        var root: ProtobufMessagePointer?
    }

    let last: UnsafeMutablePointer<Last>
    let plans: PlansByID<ProtobufKey, ProtobufPlan>
    /// Where records do not name their schema: the one that is made of the columns.
    private let own: ProtobufPlan?

    /// - Parameters:
    ///   - targets: the columns that are read.
    ///   - declared: all columns, where records do not name their schema.
    init(reader: FormatSchema?, targets: [ColumnTarget], declared: [ColumnDefinition]?, _ format: FormatDefinition) {
        plans = PlansByID(
            reader: reader, id: { $0.id },
            key: { failure in failure.schema.map { ProtobufKey(id: $0, path: failure.path) } },
            reasons: { $0.reasons }
        ) { key, entry in
            guard case .protobuf(let writer) = entry else { return nil }
            let message = key.indexes.flatMap { writer.message(at: $0) }
            return ProtobufPlanCompiler.plan(writer, message: message, targets: targets)
        }
        last = .allocate(capacity: 1)
        last.initialize(to: Last())
        if let declared {
            // What cannot be written so is refused when the program is read.
            let schema = try? ProtobufSchemaBuilder.message(declared, nullables: format.nullables)
            own = schema.map { ProtobufPlanCompiler.plan($0, message: $0.first, targets: targets) }
            last.pointee.root = own?.root
        } else {
            own = nil
        }
    }

    deinit { last.deallocate() }

    /// The plan for a message; nil where its schema cannot be had.
    @inline(never)
    func find(_ key: ProtobufKey) -> ProtobufMessagePointer? {
        guard let plan = plans.plan(key) else { return nil }
        last.pointee = Last(key: key, root: plan.root)
        return plan.root
    }
}

extension ProtobufReader {
    /// Reads a key or a value: a byte 0, the schema's id in four bytes, the place of the message in its file, and the
    /// message.
    @inline(__always)
    mutating func record(
        _ start: BytePointer, count: Int, row: Int, _ part: Unmanaged<ProtobufPart>,
        _ last: UnsafeMutablePointer<ProtobufPart.Last>
    ) -> RowStatus {
        begin(start, count: count)
        guard let id = schemaID(start, count: count) else { return .bad }
        let place = start + 5
        // One byte 0 is the first message.
        guard place < end, place.pointee == 0, last.pointee.key.id == id, last.pointee.key.path == 0,
            let root = last.pointee.root, root.pointee.refusal < 0
        else { return otherRecord(id, place, row: row, part, last) }
        return message(root, place + 1, row: row) || again(root, place + 1, row: row)
            ? .ok : bad(ProtobufKey(id: id, path: 0))
    }

    @inline(never)
    private mutating func bad(_ key: ProtobufKey) -> RowStatus {
        failure.schema = key.id
        failure.path = key.path
        return .bad
    }

    /// A record of another message than the first one of its schema, or of another schema than the record before.
    @inline(never)
    private mutating func otherRecord(
        _ id: Int32, _ start: BytePointer, row: Int, _ part: Unmanaged<ProtobufPart>,
        _ last: UnsafeMutablePointer<ProtobufPart.Last>
    ) -> RowStatus {
        var key = ProtobufKey(id: id, path: 0)
        var place = start
        if place < end, place.pointee == 0 {
            place += 1
        } else {
            guard let next = path(place, &key.path) else { return bad(ProtobufKey(id: id, path: 0)) }
            place = next
        }
        var known = last.pointee.key == key ? last.pointee.root : nil
        if known == nil { known = part._withUnsafeGuaranteedRef { $0.find(key) } }
        guard let root = known else {
            _ = fail(.unknownSchema, start - 4)
            failure.schema = id
            return .bad
        }
        if root.pointee.refusal >= 0 {
            _ = fail(.unresolvable, place)
            failure.note = root.pointee.refusal
            return bad(key)
        }
        return innerMessage(root, place, row: row) || again(root, place, row: row) ? .ok : bad(key)
    }

    /// A message alone.
    mutating func bareRecord(
        _ start: BytePointer, count: Int, row: Int, _ last: UnsafeMutablePointer<ProtobufPart.Last>
    ) -> RowStatus {
        begin(start, count: count)
        guard let root = last.pointee.root else {
            _ = fail(.malformed, start)
            return .bad
        }
        return innerMessage(root, start, row: row) || again(root, start, row: row) ? .ok : .bad
    }

    /// Reads a record once more, which could not be read as its fields come.
    @inline(never)
    private mutating func again(_ root: ProtobufMessagePointer, _ start: BytePointer, row: Int) -> Bool {
        for index in 0..<root.pointee.count { root.pointee.steps[index].node?.pointee.truncate(to: row) }
        for index in 0..<root.pointee.unionCount { root.pointee.unions[index].node.pointee.truncate(to: row) }
        begin(start, count: end - start)
        isCareful = true
        return carefully(root, start, row: row)
    }

    /// The bytes that say where a message is: their number, and the numbers.
    @inline(never)
    private mutating func path(_ start: BytePointer, _ path: inout UInt64) -> BytePointer? {
        var bits: UInt64 = 0
        guard var place = varint(start, &bits) else { return nil }
        guard bits & 1 == 0, bits > 0, bits <= 16 else { return fail(.malformed, start) }
        for _ in 0..<(bits &>> 1) {
            var number: UInt64 = 0
            guard let next = varint(place, &number) else { return nil }
            place = next
        }
        let count = place - start
        guard count <= 8 else { return fail(.malformed, start) }
        path = count == 8 ? start.word : start.word & ((1 &<< UInt64(count &* 8)) &- 1)
        return place
    }
}
