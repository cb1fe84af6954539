// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// What a commit says about one input partition besides the offset: where a restart begins to re-read, what the
/// watermarks were there, and a fingerprint that proves that the topic is still the same log.
///
///     m4;4711;1700000000000,-;5016:1700000004242:9f3a…;p;17:4711:1700000000000,-:0b5c…,77d2…;4;r1f3a…;q…;b…;x…;j…
///     │  │    │               │                       │ │                                    │ └ tagged, see below
///     │  │    │               │                       │ │                                    └ first partitions
///     │  │    │               │                       │ └ last flush of state; or "-"
///     │  │    │               │                       └ no EMIT CHANGES result was emitted yet; or empty
///     │  │    │               └ last record: offset, timestamp, checksum of key and value; or "-"
///     │  │    └ watermark before the restore offset, one a root of the topic; "-" = none yet
///     │  └ restore offset
///     └ version; m1 had no flushes, m2 no number of partitions, m3 did not name its queries
///
/// Behind it come tagged fields, each of them where there is something to say: `r` and `q` the program
/// (`CommittedProgram`), `u` that it takes over from another one step by step, `b` a backfill under way, `x` the
/// exchanged queries, `j` the part of a job.
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

    /// State that lies in changelogs: of it nothing before `offset` is read again.
    package struct Flush: Hashable, Sendable {
        package var number: Int64
        package var offset: Int64
        /// Before `offset`.
        package var watermarks: [Watermark]
        /// Fingerprints of the queries whose state it holds.
        package var queries: [UInt64]

        package init(number: Int64, offset: Int64, watermarks: [Watermark], queries: [UInt64]) {
            self.number = number
            self.offset = offset
            self.watermarks = watermarks
            self.queries = queries
        }
    }

    /// Queries that fill in the history before the committed offset; those that were there before wait at it.
    ///
    ///     4000:3800:1700000000000,-:0b5c…,77d2…
    ///     │    │    │               └ fingerprints (`QueryIdentity`)
    ///     │    │    └ watermarks at the restore offset
    ///     │    └ restore offset
    ///     └ next: what is before it is published
    package struct Backfill: Hashable, Sendable {
        package var next: Int64
        package var restoreOffset: Int64
        package var watermarks: [Watermark]
        package var queries: [UInt64]

        package init(next: Int64, restoreOffset: Int64, watermarks: [Watermark], queries: [UInt64]) {
            self.next = next
            self.restoreOffset = restoreOffset
            self.watermarks = watermarks
            self.queries = queries
        }
    }

    package var restoreOffset: Int64
    package var watermarks: [Watermark]
    package var lastRecord: Fingerprint?
    package var changesArePending: Bool
    package var flush: Flush?
    /// How many partitions the topic had when the application began: those behind were added later. Nil: not known.
    package var firstPartitions: Int32?
    /// Fingerprints of the queries whose exchange holds what the records before the committed offset made of them; of a
    /// partition of an exchange its query's.
    package var exchanged: [UInt64]
    /// Nil: a version of Millrace committed it that did not say what it computes.
    package var program: CommittedProgram?
    /// Its processes take the place of those of another version one by one (`--upgrade`).
    package var isUpgrade = false
    /// Nil: none is under way.
    package var backfill: Backfill?
    /// Nil: the application is no job.
    package var part: JobPart?

    package init(
        restoreOffset: Int64, watermarks: [Watermark], lastRecord: Fingerprint?, changesArePending: Bool,
        flush: Flush? = nil, firstPartitions: Int32? = nil, exchanged: [UInt64] = [], program: CommittedProgram? = nil,
        part: JobPart? = nil
    ) {
        self.program = program
        self.firstPartitions = firstPartitions
        self.restoreOffset = restoreOffset
        self.watermarks = watermarks
        self.lastRecord = lastRecord
        self.changesArePending = changesArePending
        self.flush = flush
        self.exchanged = exchanged
        self.part = part
    }

    package var text: String {
        let record = lastRecord.map { "\($0.offset):\($0.timestamp):\(String($0.checksum, radix: 16))" } ?? "-"
        let stored = flush.map { flush in
            CommitMetadata.text(flush.number, flush.offset, flush.watermarks, flush.queries)
        }
        return "\(program == nil ? "m3" : "m4");\(restoreOffset);\(CommitMetadata.text(watermarks));\(record);"
            + "\(changesArePending ? "p" : "");\(stored ?? "-");\(firstPartitions.map { String($0) } ?? "-")"
            + (program.map { ";" + $0.text } ?? "") + (isUpgrade ? ";u" : "")
            + (backfill.map { backfill in
                ";b"
                    + CommitMetadata.text(
                        backfill.next, backfill.restoreOffset, backfill.watermarks, backfill.queries)
            } ?? "")
            + (exchanged.isEmpty ? "" : ";x" + CommitMetadata.text(queries: exchanged))
            + (part.map { ";j" + $0.text } ?? "")
    }

    private static func text(
        _ number: Int64, _ offset: Int64, _ watermarks: [Watermark], _ queries: [UInt64]
    ) -> String {
        "\(number):\(offset):\(text(watermarks)):\(text(queries: queries))"
    }

    private static func text(queries: [UInt64]) -> String {
        queries.map { String($0, radix: 16) }.joined(separator: ",")
    }

    private static func queries(_ text: Substring) -> [UInt64]? {
        var queries: [UInt64] = []
        for field in text.split(separator: ",") {
            guard let fingerprint = UInt64(field, radix: 16) else { return nil }
            queries.append(fingerprint)
        }
        return queries
    }

    private static func text(_ watermarks: [Watermark]) -> String {
        watermarks.map { $0 == .none ? "-" : String($0) }.joined(separator: ",")
    }

    private static func watermarks(_ text: Substring) -> [Watermark]? {
        var watermarks: [Watermark] = []
        for part in text.split(separator: ",") {
            guard let time = part == "-" ? Watermark.none : Int64(part) else { return nil }
            watermarks.append(time)
        }
        return watermarks
    }

    /// Whether a text that is none of this form is one of a later version of it: its number is greater, or it has a
    /// field that this version does not know.
    package static func isNewer(_ text: String) -> Bool {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        guard let head = parts.first, head.first == "m", let version = Int(head.dropFirst()), version > 0 else {
            return false
        }
        if version > versions.count { return true }
        return CommitMetadata(text) == nil && version == versions.count
            && parts.dropFirst(7).contains { $0.first.map { $0.isLetter && !"rqubxj".contains($0) } ?? false }
    }

    private static let versions = ["m1", "m2", "m3", "m4"]

    /// Nil where the text is not of this form: another application or a newer version committed it.
    package init?(_ text: String) {
        var parts = text.split(separator: ";", omittingEmptySubsequences: false)
        (restoreOffset, watermarks, changesArePending, exchanged) = (0, [], false, [])
        guard let version = parts.first.flatMap({ CommitMetadata.versions.firstIndex(of: String($0)) }) else {
            return nil
        }
        let fixed = min(version + 5, 7)
        guard parts.count >= fixed, takeTagged(parts[fixed...]), version < 3 || program != nil else { return nil }
        parts.removeSubrange(fixed...)
        guard let offset = Int64(parts[1]), let times = CommitMetadata.watermarks(parts[2]) else { return nil }
        restoreOffset = offset
        watermarks = times
        if parts[3] != "-" {
            let fields = parts[3].split(separator: ":")
            guard fields.count == 3, let offset = Int64(fields[0]), let timestamp = Int64(fields[1]),
                let checksum = UInt64(fields[2], radix: 16)
            else { return nil }
            lastRecord = Fingerprint(offset: offset, timestamp: timestamp, checksum: checksum)
        }
        changesArePending = parts[4] == "p"
        if parts.count > 5, parts[5] != "-" {
            guard let stored = CommitMetadata.flush(parts[5]) else { return nil }
            flush = stored
        }
        if parts.count > 6, parts[6] != "-" {
            guard let count = Int32(parts[6]), count > 0 else { return nil }
            firstPartitions = count
        }
    }

    /// - Returns: false: the fields are not of this form.
    private mutating func takeTagged(_ fields: ArraySlice<Substring>) -> Bool {
        var roots: Substring?
        for field in fields {
            let text = field.dropFirst()
            switch field.first {
            case "r": roots = text
            case "q":
                guard let roots, let found = CommittedProgram(roots: roots, queries: text) else { return false }
                program = found
            case "u" where text.isEmpty: isUpgrade = true
            case "b":
                guard let found = CommitMetadata.backfill(text) else { return false }
                backfill = found
            case "x":
                guard let found = CommitMetadata.queries(text), !found.isEmpty else { return false }
                exchanged = found
            case "j":
                guard let found = JobPart(text) else { return false }
                part = found
            default: return false
            }
        }
        return true
    }

    private static func backfill(_ text: Substring) -> Backfill? {
        place(text).map { Backfill(next: $0, restoreOffset: $1, watermarks: $2, queries: $3) }
    }

    private static func flush(_ text: Substring) -> Flush? {
        place(text).map { Flush(number: $0, offset: $1, watermarks: $2, queries: $3) }
    }

    /// A number, and a place in the log with its watermarks, for some queries.
    private static func place(_ text: Substring) -> (Int64, Int64, [Watermark], [UInt64])? {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 4, let number = Int64(fields[0]), let offset = Int64(fields[1]),
            let times = watermarks(fields[2]), let queries = queries(fields[3])
        else { return nil }
        return (number, offset, times, queries)
    }
}
