// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Where a slice begins or ends, as `--from` and `--to` say it.
package enum SlicePosition: Hashable, Sendable {
    /// The first record that the log still holds.
    case earliest
    /// The end of the log as it is when the run starts.
    case latest
    /// The first record at or after this time.
    case time(EventTime)
    /// So long before the run starts.
    case ago(milliseconds: Int64)
    /// Exactly these offsets; partitions that are not named begin at the earliest and end at the latest one.
    case offsets([PartitionOffset])

    package struct PartitionOffset: Hashable, Sendable {
        /// Nil: of every input topic.
        package var topic: String?
        package var partition: Int32
        package var offset: Int64

        package init(topic: String? = nil, partition: Int32, offset: Int64) {
            self.topic = topic
            self.partition = partition
            self.offset = offset
        }
    }

    /// Which end of the slice it is.
    package enum Bound: Sendable {
        case from, to
    }

    /// Reads `earliest`, `latest`, `now`, RFC 3339, epoch milliseconds, `-48h`, `offsets:0=120,1=77` or
    /// `offsets:orders/0=120`. `location`: where the text stands, for the error.
    package static func parse(
        _ text: String, as bound: Bound, at location: SourceLocation? = nil
    ) throws(SourceError) -> SlicePosition {
        switch text {
        case "earliest":
            guard bound == .from else {
                throw SourceError("a slice cannot end at the earliest record", at: location, hint: forms)
            }
            return .earliest
        case "latest", "now":
            return .latest
        default:
            break
        }
        if text.hasPrefix("offsets:") {
            return .offsets(try offsets(text.dropFirst("offsets:".count), at: location))
        }
        if text.hasPrefix("-"), let milliseconds = DurationText.milliseconds(String(text.dropFirst())) {
            return .ago(milliseconds: milliseconds)
        }
        if let first = text.utf8.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") {
            if let milliseconds = Int64(text) { return .time(milliseconds) }
            var copy = text
            if let time = copy.withUTF8({ TimeText.rfc3339(UnsafeRawBufferPointer($0)) }), time >= 0 {
                return .time(time)
            }
        }
        let name = NearestName.suggestion(for: text, among: ["earliest", "latest", "now"])
        throw SourceError(
            "'\(text)' is not a position", at: location, hint: name.map { "did you mean \($0)?" } ?? forms)
    }

    private static let forms =
        "write earliest, latest, now, 2026-11-01T00:00:00Z, epoch milliseconds, -48h or offsets:0=120,1=77"

    private static func offsets(
        _ text: Substring, at location: SourceLocation?
    ) throws(SourceError) -> [PartitionOffset] {
        var offsets: [PartitionOffset] = []
        // By its offset 0.
        var given: Set<PartitionOffset> = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = item.split(separator: "=", omittingEmptySubsequences: false)
            let place = (sides.first ?? "").split(separator: "/", omittingEmptySubsequences: false)
            guard sides.count == 2, place.count <= 2, let partition = place.last.flatMap({ Int32($0) }),
                let offset = Int64(sides[1]), partition >= 0, offset >= 0, place.count == 1 || !place[0].isEmpty
            else {
                throw SourceError(
                    "'\(item)' is not a partition and its offset", at: location,
                    hint: "write offsets:0=120,1=77 or offsets:orders/0=120")
            }
            let topic = place.count == 2 ? String(place[0]) : nil
            guard given.insert(PartitionOffset(topic: topic, partition: partition, offset: 0)).inserted else {
                throw SourceError("partition \(sides[0]) is given twice", at: location)
            }
            offsets.append(PartitionOffset(topic: topic, partition: partition, offset: offset))
        }
        return offsets
    }
}
