// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The plans by which the keys or the values of a source are read, one a writer's schema.
///
/// What the loop over rows needs is plain memory: `AvroPart.Last`, the plan of the last record.
final class AvroPart {
    struct Last {
        var id: Int32 = 0
        /// Nil: there is none yet.
        var root: AvroStepPointer?
    }

    let last: UnsafeMutablePointer<Last>
    let plans: PlansByID<Int32, AvroPlan>

    /// - Parameter targets: the columns that are read.
    init(reader: FormatSchema?, targets: [ColumnTarget], isBare: Bool) {
        plans = PlansByID(reader: reader, id: { $0 }, key: { $0.schema }, reasons: { $0.reasons }) { _, entry in
            guard case .avro(let writer) = entry else { return nil }
            return AvroPlanCompiler.plan(writer: writer, reader: reader?.avro, targets: targets, isBare: isBare)
        }
        last = .allocate(capacity: 1)
        last.initialize(to: Last())
    }

    deinit { last.deallocate() }

    /// The plan for a schema; nil where it has none.
    @inline(never)
    func find(_ id: Int32) -> AvroStepPointer? {
        guard let plan = plans.plan(id) else { return nil }
        last.pointee = Last(id: id, root: plan.root)
        return plan.root
    }
}

extension AvroReader {
    /// Reads a key or a value: a byte 0, the schema's id in four bytes, and what was written by it. `nullValue`: it is
    /// null, and where columns have fields of a record, nothing has been appended to them.
    mutating func record(
        _ start: BytePointer, count: Int, _ part: Unmanaged<AvroPart>, _ last: UnsafeMutablePointer<AvroPart.Last>
    ) -> RowStatus {
        begin(start, count: count)
        guard let id = schemaID(start, count: count) else { return .bad }
        var known = last.pointee.id == id ? last.pointee.root : nil
        if known == nil { known = part._withUnsafeGuaranteedRef { $0.find(id) } }
        guard let root = known else {
            _ = fail(.unknownSchema, start + 1)
            failure.schema = id
            return .bad
        }
        var isNull = false
        if let next = body(root, start + 5, &isNull) {
            if next == end { return isNull ? .nullValue : .ok }
            _ = fail(.malformed, next)
        }
        failure.schema = id
        return .bad
    }

    @inline(__always)
    private mutating func body(
        _ root: AvroStepPointer, _ place: BytePointer, _ isNull: inout Bool
    ) -> BytePointer? {
        guard root.pointee.operation == .record, let parts = root.pointee.parts else {
            return otherBody(root, place, &isNull)
        }
        return run(parts, count: root.pointee.partCount, place)
    }

    /// A record that may be null, or a value without a record around it.
    @inline(never)
    private mutating func otherBody(
        _ root: AvroStepPointer, _ place: BytePointer, _ isNull: inout Bool
    ) -> BytePointer? {
        if let node = root.pointee.node {
            guard let next = runOther(root, place) else { return nil }
            isNull = node.pointee.isNull(node.pointee.count - 1)
            return next
        }
        switch root.pointee.operation {
        case .optional:
            guard place < end else { return fail(.malformed, place) }
            isNull = Int(place.pointee) == root.pointee.number
            if isNull { return place + 1 }
            guard Int(place.pointee) == 2 - root.pointee.number, let part = root.pointee.parts else {
                return fail(.malformed, place)
            }
            return runOther(part, place + 1)
        case .skipOptional: isNull = place < end && Int(place.pointee) == root.pointee.number
        case .skipNothing: isNull = true
        default: break
        }
        return runOther(root, place)
    }
}
