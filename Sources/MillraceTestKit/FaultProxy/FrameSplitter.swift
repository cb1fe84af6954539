// SPDX-License-Identifier: Apache-2.0

/// Cuts what comes over a connection into requests or responses: each has its length before it, in four bytes.
package struct FrameSplitter: Sendable {
    /// An API key and a correlation id, or a correlation id.
    private static let shortest = 4
    /// More than any broker takes.
    private static let longest = 256 << 20

    private var bytes: [UInt8] = []
    private var start = 0
    /// Whether a length came that cannot be one: this is not Kafka's protocol, and nothing more comes out.
    package private(set) var isBroken = false

    package init() {}

    package mutating func append(_ more: some Sequence<UInt8>) {
        bytes.removeFirst(start)
        start = 0
        bytes += more
    }

    /// The next frame with its length before it; nil: the rest of it has not come.
    package mutating func next() -> [UInt8]? {
        guard !isBroken, bytes.count - start >= 4 else { return nil }
        let length = FrameSplitter.integer(bytes[start..<start + 4])
        guard length >= FrameSplitter.shortest, length <= FrameSplitter.longest else {
            isBroken = true
            return nil
        }
        let end = start + 4 + Int(length)
        guard bytes.count >= end else { return nil }
        defer { start = end }
        return Array(bytes[start..<end])
    }

    /// Bytes in network order.
    static func integer(_ bytes: ArraySlice<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }
}
