// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Names that Kafka accepts for a topic; application ids are held to the same rule: topics are named after them.
package enum KafkaName {
    package static let maximumLength = 249

    /// Throws, at `location`, unless the name has 1 … 249 letters, digits, dots, underscores or hyphens.
    package static func check(_ name: String, as what: String, at location: SourceLocation?) throws(SourceError) {
        guard !name.isEmpty else { throw SourceError("\(what) is empty", at: location) }
        guard name.utf8.count <= maximumLength else {
            throw SourceError("\(what) is longer than Kafka's \(maximumLength) characters", at: location)
        }
        guard name != ".", name != "..", name.utf8.allSatisfy(isAllowed) else {
            throw SourceError(
                "'\(name)' cannot be a Kafka name (\(what))", at: location,
                hint: "letters, digits, '.', '_' and '-' are allowed")
        }
    }

    /// Whether it can be one.
    package static func isValid(_ name: String) -> Bool { (try? check(name, as: "name", at: nil)) != nil }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
