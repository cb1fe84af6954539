// SPDX-License-Identifier: Apache-2.0

package import MillraceCore

/// How large a record of a topic may be: what the producer takes (`message.max.bytes`) and what the topic takes
/// (`max.message.bytes`), whichever is less.
///
///     producer   key + value + headers + 36      librdkafka's allowance for the lengths in a record
///     topic      61 + the record as it is sent   a batch of one, not compressed
///
/// How large a compressed batch is only the broker sees, so that then the topic's limit is left to it.
package struct RecordLimit: Hashable, Sendable {
    private static let allowance = 36
    private static let batchOverhead = 61

    private let producer: Int
    private let topic: Int

    /// - Parameter topic: the topic's `max.message.bytes`; nil: not known.
    package init(_ properties: KafkaProperties, topic: Int?) {
        producer = properties["message.max.bytes"].flatMap { Int($0) } ?? 1_000_000
        let codec = properties["compression.codec"] ?? properties["compression.type"] ?? "none"
        self.topic = codec == "none" ? topic ?? .max : .max
    }

    /// No record of so many bytes of key and value, and without headers, is too large.
    package var certainBytes: Int { min(producer, topic -| RecordLimit.batchOverhead) -| RecordLimit.allowance }

    /// The limit, for people.
    package var bytes: Int { min(producer, topic) }

    /// Whether a record may be written.
    /// - Parameters:
    ///   - key, value: their bytes; 0 for null.
    package func allows(key: Int, value: Int, headers: [RawRecords.Header] = []) -> Bool {
        let headerBytes = headers.reduce(0) { sum, header in
            let (name, value) = (header.name.utf8.count, header.value?.count ?? 0)
            return sum + RecordLimit.lengthBytes(name) + name + RecordLimit.lengthBytes(value) + value
        }
        if key + value + headerBytes + RecordLimit.allowance > producer { return false }
        let body =
            3 + RecordLimit.lengthBytes(key) + key + RecordLimit.lengthBytes(value) + value
            + RecordLimit.lengthBytes(headers.count) + headerBytes
        return RecordLimit.batchOverhead + RecordLimit.lengthBytes(body) + body <= topic
    }

    /// Bytes of a length in Kafka's zigzag encoding, 7 bits a byte.
    private static func lengthBytes(_ length: Int) -> Int {
        var left = length << 1
        var bytes = 1
        while left >= 0x80 {
            left >>= 7
            bytes += 1
        }
        return bytes
    }
}
