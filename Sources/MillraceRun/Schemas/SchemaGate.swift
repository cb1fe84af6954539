// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Lets records pass whose schemas are known, and has the others' fetched. A partition waits at the first record whose
/// schema is not there yet; others go on. Used on the thread that reads.
struct SchemaGate {
    /// What is looked for in the records of a source.
    private struct Parts {
        var key: Bool
        var value: Bool
    }

    /// Nil: nothing is fetched.
    private let schemas: WriterSchemas?
    /// By source of the pipeline; nil: its formats have no schemas.
    private let parts: [Parts?]
    /// The number that was known last: most records have it.
    private var last: Int32?

    init(_ pipeline: Pipeline) {
        schemas = pipeline.options.schemas as? WriterSchemas
        parts = pipeline.sources.indices.map { source in
            let topic = pipeline.sources[source].topicPartition.topic
            guard !pipeline.isExchange(source),
                let root = pipeline.graph.roots.first(where: { $0.source.topic == topic })
            else { return nil }
            let found = Parts(
                key: root.source.keyFormat.name.traits.needsWriterSchemas,
                value: root.source.valueFormat.name.traits.needsWriterSchemas)
            return found.key || found.value ? found : nil
        }
    }

    /// How far the records of a source can be decoded.
    /// - Returns: the first row that has to wait, or `to`.
    mutating func firstWaiting(_ source: Int, _ records: RawRecords, from: Int, to: Int) throws -> Int {
        guard let schemas, let parts = parts[source] else { return to }
        for row in from..<to {
            if parts.key, let key = records.key(row), try !isKnown(key, schemas) { return row }
            if parts.value, let value = records.value(row), try !isKnown(value, schemas) { return row }
        }
        return to
    }

    /// Whether nothing has to be fetched for a key or a value. One that begins with no number is the decoder's.
    private mutating func isKnown(_ bytes: UnsafeRawBufferPointer, _ schemas: WriterSchemas) throws -> Bool {
        guard bytes.count >= 5, bytes[0] == 0 else { return true }
        let id = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: Int32.self))
        if id == last { return true }
        guard try schemas.isThere(id) else { return false }
        last = id
        return true
    }
}
