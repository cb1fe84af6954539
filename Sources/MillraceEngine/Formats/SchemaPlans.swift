// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A column that a format with schemas reads, or a field of a STRUCT in it.
struct ColumnTarget {
    var name: String
    var node: ColumnNode
    var type: DataType
}

/// What the decoder asks of the plans of a key or a value, off the hot path.
protocol SchemaPlans: AnyObject {
    /// Ids that the table did not have when records with them were decoded.
    var missing: Set<Int32> { get }
    /// Which schema the columns are of, for messages; empty where they were declared.
    var readerText: String { get }

    /// From now on ids mean what a table says.
    func use(_ schemas: any SchemaLookup)
    func forgetMissing()
    /// Why there is no plan for an id, as the end of a sentence; nil: there is one.
    func unusable(_ id: Int32) -> String?
    /// Why a record of a schema cannot be resolved, in words, by the number of the step that refused it.
    func reason(_ failure: DecodeFailure) -> String
}

/// The plans by which the keys or the values of a source are read, one a writer's schema, made when one is first met.
final class PlansByID<Key: Hashable, Plan>: SchemaPlans {
    /// What a schema's id means here.
    enum Meaning {
        case plan(Plan)
        /// It is not to be had, and why.
        case unusable(String)
    }

    let readerText: String
    private let id: @Sendable (Key) -> Int32
    private let key: @Sendable (DecodeFailure) -> Key?
    private let reasons: @Sendable (Plan) -> [String]
    /// Nil: the entry is of another language.
    private let compile: (Key, SchemaTable.Entry) -> Plan?
    private var schemas: any SchemaLookup = SchemaTable()
    private var meanings: [Key: Meaning] = [:]
    private(set) var missing: Set<Int32> = []

    /// - Parameters:
    ///   - reader: what the columns were made from.
    ///   - id: that a key is of.
    ///   - key: of a record that could not be read.
    ///   - compile: makes a plan of a schema; nil where it is one of another language.
    init(
        reader: FormatSchema?, id: @escaping @Sendable (Key) -> Int32,
        key: @escaping @Sendable (DecodeFailure) -> Key?, reasons: @escaping @Sendable (Plan) -> [String],
        compile: @escaping (Key, SchemaTable.Entry) -> Plan?
    ) {
        readerText = reader?.id.map { " (the columns are those of schema \($0))" } ?? ""
        (self.id, self.key, self.reasons, self.compile) = (id, key, reasons, compile)
    }

    func use(_ schemas: any SchemaLookup) {
        self.schemas = schemas
        missing.removeAll()
        // What could not be had may be there now.
        meanings = meanings.filter { if case .plan = $0.value { true } else { false } }
    }

    func forgetMissing() { missing.removeAll() }

    func plan(_ key: Key) -> Plan? {
        guard case .plan(let plan) = meaning(key) else { return nil }
        return plan
    }

    private func meaning(_ key: Key) -> Meaning {
        if let known = meanings[key] { return known }
        let result: Meaning
        switch schemas.entry(id(key)) {
        case .unusable(let reason)?: result = .unusable(reason)
        case let entry?: result = compile(key, entry).map { .plan($0) } ?? .unusable("is one of \(entry.language)")
        case nil:
            missing.insert(id(key))
            return .unusable("is not known here yet")
        }
        meanings[key] = result
        return result
    }

    func unusable(_ id: Int32) -> String? {
        for (key, meaning) in meanings where self.id(key) == id {
            if case .unusable(let reason) = meaning { return reason }
        }
        return missing.contains(id) ? "is not known here yet" : nil
    }

    func reason(_ failure: DecodeFailure) -> String {
        guard let key = key(failure), case .plan(let plan)? = meanings[key] else { return "" }
        let reasons = reasons(plan)
        return reasons.indices.contains(failure.note) ? reasons[failure.note] : ""
    }
}
