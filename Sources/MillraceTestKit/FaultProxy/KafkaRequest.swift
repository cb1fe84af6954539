// SPDX-License-Identifier: Apache-2.0

/// The head of a Kafka request: what tells one from another.
package struct KafkaRequest: Equatable, Sendable {
    /// Its kind.
    package let apiKey: Int16
    /// Comes back in the response.
    package let correlationID: Int32
    /// Where names stand: the client's, and the group's, transaction's or topics' behind it.
    private let beginning: ArraySlice<UInt8>

    /// How far into a request a name is looked for, in bytes.
    private static let beginningLength = 512

    /// - Parameter frame: the request with its length before it. Nil: it is too short to be one.
    package init?(frame: [UInt8]) {
        // Length, API key, API version, correlation id.
        guard frame.count >= 12 else { return nil }
        apiKey = Int16(truncatingIfNeeded: FrameSplitter.integer(frame[4..<6]))
        correlationID = Int32(truncatingIfNeeded: FrameSplitter.integer(frame[8..<12]))
        beginning = frame[12..<min(frame.count, KafkaRequest.beginningLength)]
    }

    /// Whether a name stands in its beginning; every request has the empty one.
    package func names(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard let first = wanted.first else { return true }
        return beginning.indices.contains { beginning[$0] == first && beginning[$0...].starts(with: wanted) }
    }

    /// The kinds that rules can name, as the protocol names them.
    package static let apiKeys: [String: Int16] = [
        "Produce": 0, "Fetch": 1, "ListOffsets": 2, "Metadata": 3, "OffsetCommit": 8, "OffsetFetch": 9,
        "FindCoordinator": 10, "JoinGroup": 11, "Heartbeat": 12, "LeaveGroup": 13, "SyncGroup": 14,
        "InitProducerId": 22, "AddPartitionsToTxn": 24, "AddOffsetsToTxn": 25, "EndTxn": 26, "TxnOffsetCommit": 28,
    ]
}
