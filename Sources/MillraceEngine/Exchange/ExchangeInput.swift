// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The second half of a query that is computed through an exchange, as one of its partitions feeds it: partial results
/// of all processes, which are merged into the scope of the partition, and how far each source partition has come.
///
/// Lateness is not decided here: what comes was counted. A window is final when all source partitions have passed it,
/// because what each of them had for it came before the news that it has passed it.
final class ExchangeInput {
    private struct Place {
        var offset: Int64
        var watermark: Watermark
    }

    /// A value of which pieces are missing.
    private struct Unfinished {
        var count: Int
        var next: Int
        var bytes: [UInt8]
    }

    let query: Int
    private let exchange: QueryExchange
    private let fingerprint: UInt64
    private let scratch: MergeSlot
    /// Of source partitions of which something has come.
    private var places: [SourceOrdinal: Place] = [:]
    /// By the key of the first piece.
    private var unfinished: [[UInt8]: Unfinished] = [:]
    /// The first record that could not be used; nothing behind it was.
    private(set) var failure: ChangelogError?

    init(query: Int, _ exchange: QueryExchange, fingerprint: UInt64, calls: [AggregateCall]) {
        self.query = query
        self.exchange = exchange
        self.fingerprint = fingerprint
        scratch = MergeSlot(calls)
    }

    // MARK: records

    /// Merges records `from ..< to` into the scope of the partition.
    func take(_ records: RawRecords, from: Int, to: Int, into scope: AggregateScope) {
        guard failure == nil else { return }
        for row in from..<to {
            do throws(StateError) {
                try take(key: records.key(row), value: records.value(row), into: scope)
            } catch {
                failure = ChangelogError(offset: records.offsets[row], reason: error.reason)
                return
            }
        }
    }

    private func take(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, into scope: AggregateScope
    ) throws(StateError) {
        guard let key, let value else { throw StateError("it is no record of an exchange") }
        let prefix = try ChangelogKey.Prefix.read(key)
        let content = try ChangelogKey.content(key, value)
        let name = UnsafeRawBufferPointer(rebasing: key[ChangelogKey.prefixLength...])
        if prefix.kind == .progress {
            return try note(ExchangeProgress.read(prefix, name: name, ChangelogKey.pieces(content).bytes))
        }
        guard prefix.kind != .marker, name.count >= ChangelogKey.writerLength else {
            throw StateError("it is no record of an exchange")
        }
        var entry = ChangelogImage.Entry(
            kind: prefix.kind, name: UnsafeRawBufferPointer(rebasing: name[ChangelogKey.writerLength...]),
            value: content, pieces: 1)
        guard prefix.piece == 0 else { return try takePiece(content, prefix, key, &entry, into: scope) }
        let (count, bytes) = try ChangelogKey.pieces(content)
        if count > 1 {
            unfinished[Array(key)] = Unfinished(count: count, next: 1, bytes: Array(bytes))
        } else {
            entry.value = bytes
            try scope.merge(entry, by: scratch)
        }
    }

    private func takePiece(
        _ content: UnsafeRawBufferPointer, _ prefix: ChangelogKey.Prefix, _ key: UnsafeRawBufferPointer,
        _ entry: inout ChangelogImage.Entry, into scope: AggregateScope
    ) throws(StateError) {
        let first = ChangelogKey.piece(0, of: key)
        guard var value = unfinished.removeValue(forKey: first), value.next == prefix.piece else {
            throw StateError("a value of several pieces has lost one")
        }
        value.bytes += content
        value.next += 1
        guard value.next == value.count else {
            unfinished[first] = value
            return
        }
        let copy = UnsafeMutableRawBufferPointer.copy(value.bytes)
        defer { copy.deallocate() }
        entry.value = UnsafeRawBufferPointer(copy)
        try scope.merge(entry, by: scratch)
    }

    private func note(_ progress: ExchangeProgress) throws(StateError) {
        guard progress.fingerprint == fingerprint else {
            throw StateError("it was written by another version of the query")
        }
        guard let source = exchange.source(progress.source) else {
            throw StateError("it is of a topic that does not feed the query")
        }
        let before = places[progress.source]
        guard progress.from >= before?.offset ?? .min, progress.to >= progress.from else {
            throw StateError(
                "\(source) was computed from offset \(progress.from) on, but what lies before "
                    + "\(before?.offset ?? progress.to) is here already")
        }
        places[progress.source] = Place(
            offset: progress.to, watermark: max(before?.watermark ?? .none, progress.watermark))
        lowest = nil
    }

    // MARK: what has come

    /// The lowest watermark of all source partitions; one of which nothing has come has none.
    var watermark: Watermark {
        if let lowest { return lowest }
        let found = exchange.sources.reduce(Watermark.end) { min($0, watermark(of: $1)) }
        lowest = found
        return found
    }
    /// Nil: to be found anew.
    private var lowest: Watermark?

    func watermark(of source: TopicPartition) -> Watermark {
        exchange.ordinal(source).flatMap { places[$0]?.watermark } ?? .none
    }

    /// Whether no value has come in part: only then its state is worth keeping.
    var isBetweenValues: Bool { unfinished.isEmpty }

    /// For the marker of a flush.
    var positions: [ChangelogMarker.Position] {
        places.sorted { $0.key < $1.key }.map { source, place in
            ChangelogMarker.Position(
                topic: source.topic, partition: source.partition, offset: place.offset, watermark: place.watermark)
        }
    }

    /// The state was loaded from a flush.
    func restore(_ positions: [ChangelogMarker.Position]) {
        for position in positions {
            places[SourceOrdinal(topic: position.topic, partition: position.partition)] = Place(
                offset: position.offset, watermark: position.watermark)
        }
        lowest = nil
    }
}

/// One slot that a partial result is read into before it is merged.
final class MergeSlot {
    let accumulators: AccumulatorSet
    let slot: Int

    init(_ calls: [AggregateCall]) {
        accumulators = AccumulatorSet(calls)
        slot = Int(accumulators.allocateChunk()) << AccumulatorSet.chunkBits
    }

    /// Makes the slot what was written.
    func read(from reader: inout StateReader) throws(StateError) {
        accumulators.clear(slot: slot)
        try accumulators.read(slot, from: &reader)
    }
}
