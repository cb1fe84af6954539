// SPDX-License-Identifier: Apache-2.0

/// Random programs over the topic `orders` that `LogGenerator` writes.
package struct ProgramTemplates {
    package static let topic = "orders"

    var random: SplitMix64

    package init(seed: UInt64) { random = SplitMix64(seed: seed) }

    static func source(_ values: String) -> String {
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

    /// An aggregation over an exploded stream, so that what has an order among the rows of one record shows: one or two
    /// queries that make several rows of one × several arrays × with or without WHERE × keyed or not × with another
    /// query's rows beside them × a window or none.
    package mutating func explosion() -> String {
        let arrays = [
            "ARRAY[amount, 1, amount + 1]", "GENERATE_SERIES(amount, 3, 2)", "ARRAY[NULL, amount]",
            "SLICE(ARRAY[amount, 7, amount], 1, amount)", "FILTER(ARRAY[amount, 0 - amount, 2], x => x > 0)",
        ]
        let array = random.pick(arrays)
        let filter = random.chance(40) ? " WHERE amount <> 3" : ""
        let key = random.pick(["", "", " PARTITION BY EXPLODE(\(array))"])
        var text = Self.source("JSON")
        text += "CREATE STREAM made WITH (KAFKA_TOPIC = 'made') AS SELECT id, EXPLODE(\(array)) AS n,\n"
        let other = random.pick(arrays.filter { $0 != array })
        text += "    EXPLODE(\(other)) AS m, item, UUID() AS own FROM orders\(filter)\(key);\n"
        var input = "made"
        if random.chance(40) {
            input = "again"
            text += "CREATE STREAM again WITH (KAFKA_TOPIC = 'again') AS SELECT id,\n"
            let rekeyed = key.isEmpty ? "" : " PARTITION BY id"
            text += "    EXPLODE(GENERATE_SERIES(1, n)) AS n, m, item, own FROM made\(rekeyed);\n"
        }
        let group = random.pick(["id", "item", "n"])
        var items: [String] = []
        let calls = [
            "COUNT(*)", "SUM(m)", "COLLECT_LIST(m)", "COLLECT_SET(m)", "EARLIEST_BY_OFFSET(m)", "LATEST_BY_OFFSET(m)",
            "LATEST_BY_OFFSET(m, 3)", "EARLIEST_BY_OFFSET(m, 2, false)", "COUNT_DISTINCT(own)", "LATEST_BY_OFFSET(own)",
        ]
        for (index, call) in calls.shuffled(using: &random).prefix(2 + random.below(3)).enumerated() {
            items.append("\(call) AS a\(index)")
        }
        let window = window()
        text += "CREATE TABLE result WITH (KAFKA_TOPIC = 'result') AS\n"
        text += "    SELECT \(group), \(items.joined(separator: ", ")) FROM \(input)\n"
        if let window { text += "    WINDOW \(window)\n" }
        text += "    GROUP BY \(group)"
        return text + (window != nil && random.chance(50) ? " EMIT FINAL;\n" : " EMIT CHANGES;\n")
    }

    package static let tableTopic = "items"

    /// A join of `orders` with one or two tables over `items`: INNER or LEFT × by the key, a column or an expression ×
    /// as of the row's time or the start × over the topic or over another query's output × with an aggregation or not.
    /// - Parameter isLive: it is not to be limited to bounded history.
    package mutating func join(isLive: Bool = false) -> String {
        let versions = random.chance(25) && !isLive ? ", VERSIONS = 'start'" : ""
        var text =
            Self.source("JSON") + "CREATE TABLE items (id STRING PRIMARY KEY, item STRING, amount INT)\n"
            + "    WITH (KAFKA_TOPIC = 'items', FORMAT = 'JSON'\(versions));\n"
        var (input, table) = ("orders", "items")
        if random.chance(25) {
            text += "CREATE STREAM kept WITH (KAFKA_TOPIC = 'kept') AS SELECT id, item, amount, price FROM orders\n"
            text += "    WHERE amount > -15;\n"
            input = "kept"
        }
        if random.chance(25) {
            text += "CREATE TABLE good WITH (KAFKA_TOPIC = 'good') AS SELECT id, item, amount FROM items\n"
            text += "    WHERE amount > -10;\n"
            table = "good"
        }
        let keys = ["o.id", "o.item", "CONCAT('k', SUBSTRING(o.item, 2))"]
        let kinds = ["JOIN", "LEFT JOIN", "INNER JOIN", "LEFT OUTER JOIN"]
        let key = random.pick(keys)
        var joins = "FROM \(input) o\n    \(random.pick(kinds)) \(table) a ON \(key) = a.id\n"
        var last = "a"
        if random.chance(40) {
            joins += "    \(random.pick(kinds)) items b ON b.id = \(random.pick(keys + ["a.item"]))\n"
            last = "b"
        }
        let filter = random.chance(30) ? "    WHERE a.amount IS NULL OR a.amount <> o.amount\n" : ""
        if random.chance(50) {
            text +=
                "CREATE STREAM result WITH (KAFKA_TOPIC = 'result') AS SELECT \(last).id AS k, o.amount, a.item AS i,\n"
            text += "    a.amount + \(last).amount AS s, ROWTIME AS t \(joins)\(filter)    EMIT CHANGES;\n"
            return text
        }
        let group = random.pick(["a.item", "o.id"])
        text += "CREATE TABLE result WITH (KAFKA_TOPIC = 'result') AS SELECT \(group) AS k, COUNT(*) AS n,\n"
        text += "    SUM(\(last).amount) AS s, COUNT_DISTINCT(a.item) AS d \(joins)"
        if let window = window() { text += "    WINDOW \(window)\n" }
        return text + "\(filter)    GROUP BY \(group) EMIT CHANGES;\n"
    }

    mutating func window() -> String? {
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
