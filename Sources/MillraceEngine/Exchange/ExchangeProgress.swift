// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// How far a source partition has come: what its records before `to` made of the query lies before this in each
/// partition of the exchange.
struct ExchangeProgress: Hashable {
    /// The topic is counted among the query's.
    var source: SourceOrdinal
    /// Of the query (`StateFingerprint`).
    var fingerprint: UInt64
    /// Of the records since the last progress; `to` is exclusive.
    var from: Int64
    var to: Int64
    /// Before the record at `to`.
    var watermark: Watermark

    func write(to writer: inout StateWriter) {
        writer.append(word: fingerprint)
        writer.append(from)
        writer.append(to)
        writer.append(watermark)
    }

    /// - Parameter name: of the record's key.
    static func read(
        _ prefix: ChangelogKey.Prefix, name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(StateError) -> ExchangeProgress {
        guard name.count == MemoryLayout<Int32>.size else { throw StateError.cutOff }
        let partition = Int32(bigEndian: name.loadUnaligned(as: Int32.self))
        var reader = StateReader(value)
        let progress = ExchangeProgress(
            source: SourceOrdinal(topic: Int32(prefix.place), partition: partition), fingerprint: try reader.word(),
            from: try reader.int64(), to: try reader.int64(), watermark: try reader.int64())
        try reader.finish()
        return progress
    }
}
