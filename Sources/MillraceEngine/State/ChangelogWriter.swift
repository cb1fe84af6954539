// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Where the records of a flush go. The bytes are valid during the call.
package protocol ChangelogSink: AnyObject {
    /// - Parameter value: nil: what the key stood for is gone.
    func put(query: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)
}

/// Makes the records of one scope's changelog: of a source partition, or of a query that regroups. Or those of an
/// exchange, which are of the same form.
///
///     value   first piece   number of pieces │ bytes │ checksum (4)
///             further ones                     bytes │ checksum (4)
final class ChangelogWriter {
    /// How many bytes of a value go into one record at most: well below what brokers take (`message.max.bytes`, 1 MB).
    private let maximumPiece: Int
    private let query: Int
    private var place: UInt16
    /// The partition of all entries; nil: each group's is that of its key, as Kafka's producers choose it.
    private let partition: Int32?
    private let partitions: Int32
    private let kind: ChangelogKey.Kind
    /// While a flush is under way.
    var sink: (any ChangelogSink)?
    /// In an exchange: the first source partition of this process, which no other process has; the topic is counted
    /// among the query's.
    var origin: SourceOrdinal? {
        didSet { place = origin.map { UInt16(truncatingIfNeeded: $0.topic) } ?? ChangelogKey.regroupingPlace }
    }

    private var key = ByteArena()
    private var framed = ByteArena()
    @exclusivity(unchecked) private var value = StateWriter()
    /// How many pieces an entry has in the changelog, of those that have several.
    private var pieces: [[UInt8]: Int] = [:]
    /// Names of entries of an earlier life of the state: the next flush deletes them.
    private var strangers: [[UInt8]] = []

    /// - Parameters:
    ///   - source: the ordinal of the source partition; nil: the query regroups.
    ///   - partitions: of the changelog.
    init(
        query: Int, source: SourceOrdinal?, partitions: Int32, kind: ChangelogKey.Kind,
        maximumPiece: Int = 256 << 10
    ) {
        self.query = query
        self.partitions = partitions
        self.maximumPiece = maximumPiece
        self.kind = kind
        place = source.map { UInt16(truncatingIfNeeded: $0.topic) } ?? ChangelogKey.regroupingPlace
        partition = source?.partition
    }

    // MARK: entries

    /// Writes the entry of a group.
    /// - Parameter pane: of a group with panes.
    func put(pane: PanePlace?, key group: UnsafeRawBufferPointer, _ write: (inout StateWriter) -> Void) {
        beginKey(kind)
        if let origin { key.append(bigEndian: origin.partition) }
        if let pane { pane.withName { appendToKey($0) } }
        appendToKey(group)
        value.removeAll()
        write(&value)
        putValue(partition: partition(of: group))
    }

    /// Deletes the entry of a name.
    func delete(name: UnsafeRawBufferPointer) {
        beginKey(kind)
        appendToKey(name)
        // A stranger's name may be of another kind, and shorter.
        let groupStart = kind == .paneGroup ? min(ChangelogKey.paneLength, name.count) : 0
        let partition = partition(of: UnsafeRawBufferPointer(rebasing: name[groupStart...]))
        let count = pieces.isEmpty ? 1 : pieces.removeValue(forKey: Array(name)) ?? 1
        for piece in 0..<count { putPiece(piece, partition: partition, value: nil) }
    }

    /// Deletes the entries of an earlier life.
    func deleteStrangers() {
        for name in strangers { name.withUnsafeBytes { delete(name: $0) } }
        strangers = []
    }

    /// Writes the marker of a flush, which makes its entries count.
    func put(_ marker: ChangelogMarker) {
        var marker = marker
        marker.partitions = partitions
        beginKey(.marker)
        putEverywhere { marker.write(to: &$0) }
    }

    /// Tells every partition of an exchange how far a source partition has come.
    func put(_ progress: ExchangeProgress) {
        beginKey(.progress, place: UInt16(truncatingIfNeeded: progress.source.topic))
        key.append(bigEndian: progress.source.partition)
        putEverywhere { progress.write(to: &$0) }
    }

    private func putEverywhere(_ write: (inout StateWriter) -> Void) {
        for partition in partition.map({ $0...$0 }) ?? 0...(partitions - 1) {
            value.removeAll()
            write(&value)
            putValue(partition: partition)
        }
    }

    private func partition(of group: UnsafeRawBufferPointer) -> Int32 {
        partition ?? Murmur2.partition(ofKey: group, partitions: partitions)
    }

    private func beginKey(_ kind: ChangelogKey.Kind, place other: UInt16? = nil) {
        key.removeAll()
        ChangelogKey.Prefix(kind: kind, place: other ?? place, piece: 0).append(to: &key)
    }

    private func appendToKey(_ bytes: UnsafeRawBufferPointer) {
        if let base = bytes.baseAddress { _ = key.append(base, count: bytes.count) }
    }

    private var name: [UInt8] {
        Array(
            UnsafeRawBufferPointer(
                start: key.base + ChangelogKey.prefixLength, count: key.count - ChangelogKey.prefixLength))
    }

    private func putValue(partition: Int32) {
        let whole = UnsafeRawBufferPointer(start: value.bytes.base, count: value.bytes.count)
        let count = max(1, (whole.count + maximumPiece - 1) / maximumPiece)
        precondition(count <= UInt16.max, "a value of \(whole.count) bytes is more than a group can have")
        for piece in 0..<count {
            let part = whole[min(piece * maximumPiece, whole.count)..<min((piece + 1) * maximumPiece, whole.count)]
            putPiece(piece, partition: partition, of: count, value: UnsafeRawBufferPointer(rebasing: part))
        }
        guard count > 1 || !pieces.isEmpty else { return }
        let name = name
        let before = pieces[name] ?? 1
        for piece in count..<max(count, before) { putPiece(piece, partition: partition, value: nil) }
        pieces[name] = count > 1 ? count : nil
    }

    private func putPiece(_ piece: Int, partition: Int32, of count: Int = 1, value: UnsafeRawBufferPointer?) {
        key.base.storeBytes(of: UInt16(piece).bigEndian, toByteOffset: 3, as: UInt16.self)
        let bytes = UnsafeRawBufferPointer(start: key.base, count: key.count)
        guard let value else {
            sink?.put(query: query, partition: partition, key: bytes, value: nil)
            return
        }
        framed.removeAll()
        if piece == 0 { framed.append(bigEndian: UInt16(count)) }
        if let base = value.baseAddress { _ = framed.append(base, count: value.count) }
        let sum = ChangelogKey.checksum(bytes, UnsafeRawBufferPointer(start: framed.base, count: framed.count))
        framed.append(bigEndian: sum)
        sink?.put(
            query: query, partition: partition, key: bytes,
            value: UnsafeRawBufferPointer(start: framed.base, count: framed.count))
    }

    // MARK: what the changelog has already

    /// An exchange replaces nothing: what comes next is new, whatever its name.
    func forgetPieces() { pieces.removeAll() }

    func noteLoaded(name: UnsafeRawBufferPointer, pieces count: Int) {
        if count > 1 { pieces[Array(name)] = count }
    }

    func noteStranger(name: UnsafeRawBufferPointer, pieces count: Int) {
        noteLoaded(name: name, pieces: count)
        strangers.append(Array(name))
    }
}
