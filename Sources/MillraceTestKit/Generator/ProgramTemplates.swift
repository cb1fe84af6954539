// SPDX-License-Identifier: Apache-2.0

/// Random programs over the topic `orders` that `LogGenerator` writes.
package struct ProgramTemplates {
    package static let topic = "orders"

    private var random: SplitMix64

    package init(seed: UInt64) { random = SplitMix64(seed: seed) }

    private static func source(_ values: String) -> String {
        """
        CREATE STREAM orders (id STRING KEY, item STRING, amount INT, price DOUBLE)
            WITH (KAFKA_TOPIC = 'orders', KEY_FORMAT = 'JSON', VALUE_FORMAT = '\(values)');

        """
    }

    private static let aggregates = [
        "COUNT(*)", "COUNT(amount)", "SUM(amount)", "SUM(price)", "AVG(price)", "MIN(amount)", "MAX(price)",
        "EARLIEST_BY_OFFSET(amount)", "LATEST_BY_OFFSET(amount)", "COLLECT_LIST(amount)", "COLLECT_SET(item)",
        "COUNT_DISTINCT(amount)", "TOPK(amount, 3)", "EARLIEST_BY_OFFSET(item, 2)", "MIN(item)",
        "LATEST_BY_OFFSET(amount, false)",
    ]

    /// A windowed aggregation: one of tumbling, hopping, session or none × affine or regrouping × FINAL or CHANGES ×
    /// with or without HAVING and WHERE × over the topic or over another query's output.
    /// - Parameter values: the format of the topic's values.
    package mutating func program(values: String = "JSON") -> String {
        var text = Self.source(values)
        var input = "orders"
        if random.chance(25) {
            text += "CREATE STREAM kept WITH (KAFKA_TOPIC = 'kept') AS SELECT id, item, amount, price FROM orders\n"
            text += "    WHERE amount > -15;\n"
            input = "kept"
        }
        let key = random.pick(["id", "item", "id, item"])
        var items: [String] = []
        for (index, call) in Self.aggregates.shuffled(using: &random).prefix(1 + random.below(4)).enumerated() {
            items.append("\(call) AS a\(index)")
        }
        let window = window()
        text += "CREATE TABLE result WITH (KAFKA_TOPIC = 'result') AS SELECT \(key), \(items.joined(separator: ", "))\n"
        text += "    FROM \(input)\n"
        if let window { text += "    WINDOW \(window)\n" }
        if random.chance(30) { text += "    WHERE amount <> 3\n" }
        text += "    GROUP BY \(key)\n"
        if random.chance(40) { text += "    HAVING \(random.pick(["COUNT(*) > 1", "SUM(amount) > 0"]))\n" }
        text += window != nil && random.chance(50) ? "    EMIT FINAL;\n" : "    EMIT CHANGES;\n"
        return text
    }

    private mutating func window() -> String? {
        let grace = ", GRACE PERIOD \(random.pick([0, 1, 10, 100])) MILLISECONDS"
        switch random.below(7) {
        case 0, 1: return "TUMBLING (SIZE \(random.pick([10, 50])) MILLISECONDS\(grace))"
        case 2: return "HOPPING (SIZE 30 MILLISECONDS, ADVANCE BY \(random.pick([10, 7, 30])) MILLISECONDS\(grace))"
        case 3: return "HOPPING (SIZE 50 MILLISECONDS, ADVANCE BY 20 MILLISECONDS\(grace))"
        case 4, 5: return "SESSION (\(random.pick([5, 20])) MILLISECONDS\(grace))"
        default: return nil
        }
    }
}
