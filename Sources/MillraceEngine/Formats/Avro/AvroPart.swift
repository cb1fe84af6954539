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
        /// The steps of the fields where the root is a record that is never null: the loop over rows needs no more.
        private(set) var fields: AvroStepPointer?
        private(set) var fieldCount = 0

        init() {}

        init(id: Int32, root: AvroStepPointer) {
            (self.id, self.root) = (id, root)
            guard root.pointee.operation == .record, !root.pointee.isOptional else { return }
            (fields, fieldCount) = (root.pointee.parts, root.pointee.partCount)
        }
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
    @inline(__always)
    mutating func record(
        _ start: BytePointer, count: Int, _ part: Unmanaged<AvroPart>, _ last: UnsafeMutablePointer<AvroPart.Last>
    ) -> RowStatus {
        begin(start, count: count)
        guard let id = schemaID(start, count: count) else { return .bad }
        guard last.pointee.id == id, let fields = last.pointee.fields else {
            return otherRecord(id, start + 5, part, last)
        }
        guard let next = runHere(fields, count: last.pointee.fieldCount, start + 5) else { return bad(id) }
        return next == end ? .ok : bad(id, fail(.malformed, next))
    }

    /// Of another schema than the record before, a record that may be null, or a value without a record around it.
    @inline(never)
    private mutating func otherRecord(
        _ id: Int32, _ place: BytePointer, _ part: Unmanaged<AvroPart>, _ last: UnsafeMutablePointer<AvroPart.Last>
    ) -> RowStatus {
        var known = last.pointee.id == id ? last.pointee.root : nil
        if known == nil { known = part._withUnsafeGuaranteedRef { $0.find(id) } }
        guard let root = known else { return bad(id, fail(.unknownSchema, place - 4)) }
        guard let next = run(root, place) else { return bad(id) }
        guard next == end else { return bad(id, fail(.malformed, next)) }
        if let node = root.pointee.node { return node.pointee.isNull(node.pointee.count - 1) ? .nullValue : .ok }
        let isNull = root.pointee.isOptional && place.pointee == root.pointee.nullByte
        return isNull || root.pointee.operation == .skipNothing ? .nullValue : .ok
    }

    @inline(never)
    private mutating func bad(_ id: Int32, _ failed: BytePointer? = nil) -> RowStatus {
        failure.schema = id
        return .bad
    }
}
