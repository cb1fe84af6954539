// SPDX-License-Identifier: Apache-2.0
package import MillracePlan
import Synchronization

/// The schemas that records were written by, under the numbers that records begin with. Who reads the records has them
/// fetched before they are decoded; decoders of all threads look a number up once each. The engine does no I/O: how a
/// schema is fetched is the caller's.
package final class WriterSchemas: Sendable {
    package enum Entry: Hashable, Sendable {
        case schema(RegisteredSchema)
        /// The registry has none of this number; its words.
        case unknown(String)
    }

    private let entries = Mutex<[Int32: Entry]>([:])
    private let fetch: @Sendable (_ id: Int32, _ schemas: WriterSchemas) throws -> Void

    /// - Parameter fetch: has a schema fetched and added, now or soon; it is asked again and again until it is there.
    ///   Throws what makes waiting pointless.
    package init(fetch: @escaping @Sendable (_ id: Int32, _ schemas: WriterSchemas) throws -> Void = { _, _ in }) {
        self.fetch = fetch
    }

    /// Nil: it is not there yet.
    package subscript(id: Int32) -> Entry? { entries.withLock { $0[id] } }

    package func has(_ id: Int32) -> Bool { self[id] != nil }

    /// What is known of a number stays.
    package func add(_ entry: Entry, id: Int32) { entries.withLock { $0[id] = $0[id] ?? entry } }

    /// Whether it is there; else it is asked for.
    package func isThere(_ id: Int32) throws -> Bool {
        if self[id] != nil { return true }
        try fetch(id, self)
        return self[id] != nil
    }
}
