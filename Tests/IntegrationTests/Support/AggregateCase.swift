// SPDX-License-Identifier: Apache-2.0
import Testing

/// One of the aggregations that run as application: how it groups, whether it has windows, when it emits.
struct AggregateCase: CustomTestStringConvertible {
    var key: String
    var window: Expectation.Window?
    var emit: String
    var threads = 1
    /// Whether results may come again after a crash, so that counts go back for a while.
    var repeats = false

    static let window = Expectation.Window(size: 10_000, grace: 5_000)
    static let all = [
        AggregateCase(key: "user", window: window, emit: "FINAL"),
        AggregateCase(key: "page", window: window, emit: "FINAL", threads: 3),
        AggregateCase(key: "user", window: window, emit: "CHANGES", threads: 3),
        AggregateCase(key: "page", window: nil, emit: "CHANGES"),
        AggregateCase(key: "user", window: nil, emit: "CHANGES"),
    ]

    var isAffine: Bool { key == "user" }

    var testDescription: String {
        "by \(key), \(window == nil ? "no window" : "tumbling"), EMIT \(emit), \(threads) thread(s)"
    }

    var options: [String] { ["--threads", "\(threads)", "--commit-interval", "100ms"] }

    func program(_ input: String, _ output: String) -> String {
        Programs.aggregate(input, into: output, by: key, window: window, emit: emit)
    }

    func expectation(_ orders: [Order], partitions: Int32) -> Expectation {
        Expectation(orders, partitions: partitions, window: window) { isAffine ? $0.user : $0.page }
    }

    /// Compares a topic's records with the recomputation: EMIT FINAL has each result once and nothing else, EMIT
    /// CHANGES has it last, and counts only go up.
    func check(_ records: [OutputRecord], _ expected: Expectation, _ topic: String) {
        if emit != "FINAL", !repeats {
            var last: [[UInt8]?: OutputRecord] = [:]
            for record in records {
                if let earlier = last[record.key] {
                    #expect(AggregateCase.count(earlier) < AggregateCase.count(record), "\(record.keyText)")
                }
                last[record.key] = record
            }
        }
        let lines = lines(records, topic)
        let wanted = expected.lines(topic, marksOpen: false, isAffine: isAffine)
        let missing = Set(wanted).subtracting(lines).sorted()
        let wrong = Set(lines).subtracting(wanted).sorted()
        #expect(missing.isEmpty && wrong.isEmpty, "missing \(missing.prefix(5)), wrong \(wrong.prefix(5))")
        #expect(lines.count == wanted.count)
    }

    /// What a topic's records say: EMIT FINAL all of them, EMIT CHANGES the last of each key.
    func lines(_ records: [OutputRecord], _ topic: String) -> [String] {
        let last = Dictionary(records.map { ($0.key, $0) }) { _, later in later }
        return (emit == "FINAL" ? records : Array(last.values)).map { $0.printed(topic, windowSize: window?.size) }
    }

    /// `{"N":12,…` → 12.
    private static func count(_ record: OutputRecord) -> Int {
        Int(record.value?.dropFirst(5).prefix { $0 != "," } ?? "") ?? -1
    }
}
