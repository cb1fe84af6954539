// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// How many bad records a query may read until the run ends (`errors.max`): a number of them, or a share.
package enum ErrorLimit: Hashable, Sendable {
    case count(Int64)
    /// In millionths.
    case share(Int64)

    /// A share is one of at least so many records: of the first few, one would be a large part.
    package static let leastRecords: Int64 = 1000

    /// `100`, `0.1%`.
    package static func parse(_ text: String, at location: SourceLocation?) throws(SourceError) -> ErrorLimit {
        if text.hasSuffix("%"), let millionths = millionths(percent: text.dropLast()) { return .share(millionths) }
        if let count = Int64(text), count >= 0 { return .count(count) }
        throw SourceError(
            "errors.max is a number of records or a share, not '\(text)'", at: location, hint: "write 100, or 0.1%")
    }

    /// Of a decimal number of at most four places, from 0 to 100.
    private static func millionths(percent text: Substring) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isWholeNumber) }),
            let whole = Int64(parts[0]), whole <= 100
        else { return nil }
        let places = parts.count == 2 ? parts[1] : ""
        guard places.count <= 4, let fraction = Int64(places + String(repeating: "0", count: 4 - places.count)) else {
            return nil
        }
        let millionths = whole * 10_000 + fraction
        return millionths <= 1_000_000 ? millionths : nil
    }

    /// As it is written.
    package var text: String {
        switch self {
        case .count(let count): return "\(count)"
        case .share(let millionths):
            var places = String(millionths % 10_000 + 10_000).dropFirst()
            while places.last == "0" { places.removeLast() }
            return "\(millionths / 10_000)" + (places.isEmpty ? "" : ".\(places)") + "%"
        }
    }

    /// Whether so many bad records are more than may be.
    package func isExceeded(bad: Int64, read: Int64) -> Bool {
        switch self {
        case .count(let limit): return bad > limit
        case .share(let millionths):
            let records = max(read, ErrorLimit.leastRecords)
            return Int128(bad) * 1_000_000 > Int128(records) * Int128(millionths)
        }
    }
}
