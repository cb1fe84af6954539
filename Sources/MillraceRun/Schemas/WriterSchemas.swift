// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillracePlan
import Synchronization

/// The schemas that records were written by, under the numbers that records begin with. They are fetched before the
/// records are decoded; decoders of all threads look a number up once each.
final class WriterSchemas: SchemaLookup {
    private let entries = Mutex<[Int32: SchemaTable.Entry]>([:])
    private let fetch: @Sendable (_ id: Int32, _ schemas: WriterSchemas) throws -> Void

    /// - Parameter fetch: has a schema fetched and added, now or soon; it is asked again and again until it is there.
    ///   Throws what makes waiting pointless.
    init(fetch: @escaping @Sendable (_ id: Int32, _ schemas: WriterSchemas) throws -> Void) { self.fetch = fetch }

    func entry(_ id: Int32) -> SchemaTable.Entry? { entries.withLock { $0[id] } }

    func has(_ id: Int32) -> Bool { entry(id) != nil }

    /// What is known of a number stays.
    func add(_ entry: SchemaTable.Entry, id: Int32) { entries.withLock { $0[id] = $0[id] ?? entry } }

    /// Whether it is there; else it is asked for.
    func isThere(_ id: Int32) throws -> Bool {
        if has(id) { return true }
        // No registry gives such a number; it is damage.
        if id < 0 {
            add(.unusable("is not in the registry"), id: id)
            return true
        }
        try fetch(id, self)
        return has(id)
    }
}

extension SchemaTable.Entry {
    /// What a registry has under a number.
    package init(_ schema: RegisteredSchema) {
        do throws(SourceError) {
            switch try ParsedSchema(schema) {
            case .avro(let parsed): self = .avro(parsed)
            case .protobuf(let parsed): self = .protobuf(parsed)
            case .json: self = .unusable("is one of \(schema.language.rawValue)")
            }
        } catch {
            self = .unusable("cannot be understood: \(error.message)")
        }
    }
}
