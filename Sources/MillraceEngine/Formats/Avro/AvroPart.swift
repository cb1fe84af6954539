// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The plans by which the keys or the values of a source are read, one a writer's schema, made when one is first met.
///
/// What the loop over rows needs is plain memory: `AvroPart.Last`, the plan of the last record.
final class AvroPart {
    struct Last {
        var id: Int32 = 0
        /// Nil: there is none yet.
        var root: AvroStepPointer?
    }

    /// What a schema id means here.
    enum Meaning {
        case plan(AvroPlan)
        /// It is not to be had, and why.
        case unusable(String)
    }

    let last: UnsafeMutablePointer<Last>
    private let reader: FormatSchema?
    private let targets: [AvroPlanCompiler.Target]
    let isBare: Bool
    private var schemas: any SchemaLookup = SchemaTable()
    private var meanings: [Int32: Meaning] = [:]
    /// Ids that the table did not have when records with them were decoded.
    private(set) var missing: Set<Int32> = []

    /// - Parameter targets: the columns that are read.
    init(reader: FormatSchema?, targets: [AvroPlanCompiler.Target], isBare: Bool) {
        self.reader = reader
        self.targets = targets
        self.isBare = isBare
        last = .allocate(capacity: 1)
        last.initialize(to: Last())
    }

    deinit { last.deallocate() }

    /// From now on ids mean what a table says.
    func use(_ schemas: any SchemaLookup) {
        self.schemas = schemas
        missing.removeAll()
        // What could not be had may be there now.
        meanings = meanings.filter { if case .plan = $0.value { true } else { false } }
    }

    func forgetMissing() { missing.removeAll() }

    /// The plan for a schema; nil where it has none.
    @inline(never)
    func find(_ id: Int32) -> AvroStepPointer? {
        guard case .plan(let plan) = meaning(id) else { return nil }
        last.pointee = Last(id: id, root: plan.root)
        return plan.root
    }

    func meaning(_ id: Int32) -> Meaning {
        if let known = meanings[id] { return known }
        let result: Meaning
        switch schemas.entry(id) {
        case .avro(let writer)?:
            result = .plan(
                AvroPlanCompiler.plan(writer: writer, reader: reader?.avro, targets: targets, isBare: isBare))
        case .unusable(let reason)?: result = .unusable(reason)
        case nil:
            missing.insert(id)
            return .unusable("is not known here yet")
        }
        meanings[id] = result
        return result
    }

    /// Why a record of a schema cannot be resolved, in words, by the number of the step that refused it.
    func reason(_ id: Int32, _ number: Int) -> String {
        guard case .plan(let plan) = meaning(id), plan.reasons.indices.contains(number) else { return "" }
        return plan.reasons[number]
    }

    /// Which schema the columns are of, for messages; empty where they were declared.
    var readerText: String { reader?.id.map { " (the columns are those of schema \($0))" } ?? "" }
}

extension AvroReader {
    /// Reads a key or a value: a byte 0, the schema's id in four bytes, and what was written by it. `nullValue`: it is
    /// null, and where columns have fields of a record, nothing has been appended to them.
    mutating func record(
        _ start: BytePointer, count: Int, _ part: Unmanaged<AvroPart>, _ last: UnsafeMutablePointer<AvroPart.Last>
    ) -> RowStatus {
        begin(start, count: count)
        guard count >= 5, start.pointee == 0 else {
            _ = fail(.noSchemaID, start)
            return .bad
        }
        let id = Int32(bigEndian: UnsafeRawPointer(start + 1).loadUnaligned(as: Int32.self))
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
