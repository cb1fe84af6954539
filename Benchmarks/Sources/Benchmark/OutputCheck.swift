// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport

/// Reads a topic of results as others see it and adds up the column N. In a process of its own, because what this one
/// holds in memory counts as its children's peak.
enum OutputCheck {
    /// The words of the command line behind `check`: BOOTSTRAP TOPIC. Prints one line of JSON: the records, and the sum
    /// of N over the last one of each key.
    static func main(_ words: [String]) throws {
        guard words.count == 2 else { throw Failure("check BOOTSTRAP TOPIC") }
        let reader = try TopicReader(bootstrap: words[0], topic: words[1])
        try reader.start(at: 0)
        var last: [UInt64: Int] = [:]
        let field = IntegerField("N")
        let count = try reader.readToEnd { key, value in
            if let number = field.value(in: value) { last[hash(key)] = number }
        }
        print("{\"records\":\(count.records),\"sum\":\(last.values.reduce(0, +))}")
    }

    /// FNV-1a: two of a million keys agree by chance once in 40 million checks.
    private static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        key.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
