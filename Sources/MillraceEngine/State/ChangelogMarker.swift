// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// What the last flush said of one place of a changelog: the record that makes the others of the flush count.
package struct ChangelogMarker: Hashable, Sendable {
    /// Of the query that the state belongs to (`StateFingerprint`).
    package var fingerprint: UInt64
    /// Of the flush; the commit that it belongs to names it too.
    package var number: Int64
    /// Over how many partitions the entries of a query that regroups are spread.
    package var partitions: Int32
    /// Up to where (exclusive) the state has the records of each source partition that feeds it.
    package var positions: [Position]

    package struct Position: Hashable, Sendable {
        /// Index of the topic among the program's root topics; where an exchange feeds the state, among the query's.
        package var topic: Int32
        package var partition: Int32
        package var offset: Int64
        /// Where an exchange feeds the state: how far the source partition's time has come there. Otherwise the commit
        /// says it, and this is `none`.
        package var watermark = Watermark.none
    }

    func write(to writer: inout StateWriter) {
        writer.append(word: fingerprint)
        writer.append(number)
        writer.append(Int64(partitions))
        writer.append(count: positions.count)
        for position in positions {
            writer.append(Int64(position.topic))
            writer.append(Int64(position.partition))
            writer.append(position.offset)
        }
        guard positions.contains(where: { $0.watermark != .none }) else { return }
        for position in positions { writer.append(position.watermark) }
    }

    static func read(_ bytes: UnsafeRawBufferPointer) throws(StateError) -> ChangelogMarker {
        var reader = StateReader(bytes)
        var marker = ChangelogMarker(
            fingerprint: try reader.word(), number: try reader.int64(), partitions: try reader.int32(), positions: [])
        for _ in 0..<(try reader.countOfWhatFollows()) {
            marker.positions.append(
                Position(topic: try reader.int32(), partition: try reader.int32(), offset: try reader.int64()))
        }
        if reader.remaining > 0 {
            for index in marker.positions.indices { marker.positions[index].watermark = try reader.int64() }
        }
        try reader.finish()
        return marker
    }
}
