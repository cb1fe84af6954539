// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Keys of one query and topic that do not lie in the partitions where Kafka's own partitioner puts them.
package struct KeyReport: Hashable, Sendable {
    package var query: String
    package var topic: String
    /// How many different keys.
    package var misplaced: Int64
    /// The first, as people read it, where it lies, and where it belongs.
    package var key: String
    package var partition: Int32
    package var home: Int32
    /// How many keys were found in two partitions.
    package var split: Int64
    /// Whether all partitions of the topic were looked at together.
    package var isWhole: Bool

    package init(
        query: String, topic: String, misplaced: Int64, key: String, partition: Int32, home: Int32, split: Int64,
        isWhole: Bool
    ) {
        (self.query, self.topic, self.misplaced, self.key) = (query, topic, misplaced, key)
        (self.partition, self.home, self.split, self.isWhole) = (partition, home, split, isWhole)
    }

    /// For people.
    package var text: String {
        let found =
            "\(query): \(NumberDisplay.count(misplaced)) keys of \(topic) are not where murmur2 puts them, "
            + "for example \(key) in partition \(partition), not \(home); "
        if split > 0 {
            return found + "\(NumberDisplay.count(split)) keys are in two partitions: their results are parts"
        }
        return found
            + (isWhole
                ? "none was found in two partitions" : "whether they are in other partitions, too, is not seen here")
    }

    /// `'anna'`, `0x00000007`: a key's bytes for people.
    package static func display(_ key: [UInt8]) -> String {
        let text = String(decoding: key, as: UTF8.self)
        let isText = text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
            default: scalar.value != 0xFFFD
            }
        }
        if isText, !key.isEmpty { return "'\(text.prefix(40))\(text.count > 40 ? "…" : "")'" }
        let digits = key.prefix(20).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "0x\(digits)\(key.count > 20 ? "…" : "")"
    }
}
