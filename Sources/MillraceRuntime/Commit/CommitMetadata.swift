// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// What a commit says about one input partition besides the offset: where a restart begins to re-read, what the
/// watermarks were there, and a fingerprint that proves that the topic is still the same log.
///
///     m1;4711;1700000000000,-;5016:1700000004242:9f3a…;p
///     │  │    │               │                       └ no EMIT CHANGES result was emitted yet; or empty
///     │  │    │               └ last record: offset, timestamp, checksum of key and value; or "-"
///     │  │    └ watermark before the restore offset, one a root of the topic; "-" = none yet
///     │  └ restore offset
///     └ version
///
/// Short printable text, because old libraries misread metadata with zero bytes.
package struct CommitMetadata: Hashable, Sendable {
    /// Identifies one record of the log.
    package struct Fingerprint: Hashable, Sendable {
        package var offset: Int64
        package var timestamp: Int64
        package var checksum: UInt64

        package init(offset: Int64, timestamp: Int64, checksum: UInt64) {
            self.offset = offset
            self.timestamp = timestamp
            self.checksum = checksum
        }
    }

    package var restoreOffset: Int64
    package var watermarks: [Watermark]
    package var lastRecord: Fingerprint?
    package var changesArePending: Bool

    package init(
        restoreOffset: Int64, watermarks: [Watermark], lastRecord: Fingerprint?, changesArePending: Bool
    ) {
        self.restoreOffset = restoreOffset
        self.watermarks = watermarks
        self.lastRecord = lastRecord
        self.changesArePending = changesArePending
    }

    package var text: String {
        let times = watermarks.map { $0 == .none ? "-" : String($0) }.joined(separator: ",")
        let record = lastRecord.map { "\($0.offset):\($0.timestamp):\(String($0.checksum, radix: 16))" } ?? "-"
        return "m1;\(restoreOffset);\(times);\(record);\(changesArePending ? "p" : "")"
    }

    /// Nil where the text is not of this form: another program committed it.
    package init?(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "m1", let offset = Int64(parts[1]) else { return nil }
        restoreOffset = offset
        watermarks = []
        for part in parts[2].split(separator: ",") {
            guard let time = part == "-" ? Watermark.none : Int64(part) else { return nil }
            watermarks.append(time)
        }
        if parts[3] != "-" {
            let fields = parts[3].split(separator: ":")
            guard fields.count == 3, let offset = Int64(fields[0]), let timestamp = Int64(fields[1]),
                let checksum = UInt64(fields[2], radix: 16)
            else { return nil }
            lastRecord = Fingerprint(offset: offset, timestamp: timestamp, checksum: checksum)
        }
        changesArePending = parts[4] == "p"
    }
}
