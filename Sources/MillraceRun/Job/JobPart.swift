// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// The bounded slice of a job (`replay --job`), as far as all its processes have to agree on it. Whoever begins the job
/// fixes it, and every commit of the job says it again.
package struct JobSlice: Hashable, Sendable {
    /// The times that the slice was given by, if it was.
    package var fromTime: EventTime?
    package var toTime: EventTime?
    /// Of the program, and of the slice as it was asked for.
    package var fingerprint: UInt64

    package init(fromTime: EventTime?, toTime: EventTime?, fingerprint: UInt64) {
        self.fromTime = fromTime
        self.toTime = toTime
        self.fingerprint = fingerprint
    }
}

/// What a commit says of one partition's part of a job.
///
///     5016:1700000000000:-:9f3a…:o
///     │    │             │ │     └ over; or empty
///     │    │             │ └ fingerprint
///     │    └ from and to, or "-": not given by time
///     └ end; "-": a partition of an exchange
package struct JobPart: Hashable, Sendable {
    package var slice: JobSlice
    /// Where the part ends (exclusive). Nil: the partition is one of an exchange, and ends with all that feed it.
    package var end: Int64?
    /// Everything is published that the part has a share in.
    package var isOver: Bool

    package init(_ slice: JobSlice, end: Int64?, isOver: Bool = false) {
        self.slice = slice
        self.end = end
        self.isOver = isOver
    }

    package var text: String {
        let numbers = [end, slice.fromTime, slice.toTime].map { number in number.map { String($0) } ?? "-" }
        return numbers.joined(separator: ":") + ":\(String(slice.fingerprint, radix: 16)):\(isOver ? "o" : "")"
    }

    /// Nil where the text is not of this form.
    package init?(_ text: some StringProtocol) {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 5, let fingerprint = UInt64(fields[3], radix: 16), ["", "o"].contains(fields[4]) else {
            return nil
        }
        let numbers = fields.prefix(3).map { Int64($0) }
        for (field, number) in zip(fields, numbers) where number == nil && field != "-" { return nil }
        slice = JobSlice(fromTime: numbers[1], toTime: numbers[2], fingerprint: fingerprint)
        end = numbers[0]
        isOver = fields[4] == "o"
    }
}
