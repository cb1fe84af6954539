// SPDX-License-Identifier: Apache-2.0

/// Random programs that join two or three streams.
extension ProgramTemplates {
    package static let otherTopic = "payments"
    package static let thirdTopic = "parcels"

    /// A join of `orders`, perhaps joined with `parcels`, with `payments`: INNER, LEFT, RIGHT or FULL × near, before or
    /// after × by the key, a column or an expression × with a table behind it or not × with WHERE, with an
    /// aggregation, with a window, or published as it is.
    package mutating func streamJoin() -> String {
        var text = Self.source("JSON")
        for name in [Self.otherTopic, Self.thirdTopic] {
            text += "CREATE STREAM \(name) (id STRING KEY, item STRING, amount INT)\n"
            text += "    WITH (KAFKA_TOPIC = '\(name)', FORMAT = 'JSON');\n"
        }
        text += "CREATE TABLE items (id STRING PRIMARY KEY, item STRING)\n"
        text += "    WITH (KAFKA_TOPIC = 'items', FORMAT = 'JSON');\n"
        var input = "orders"
        if random.chance(40) {
            let kind = random.pick(["JOIN", "LEFT JOIN"])
            text += "CREATE STREAM paid WITH (KAFKA_TOPIC = 'paid') AS SELECT o.id AS id, p.item AS item,\n"
            text += "    o.amount AS amount\n"
            text += "    FROM orders o \(kind) parcels p \(within()) ON o.id = p.id;\n"
            input = "paid"
        }
        let kind = random.pick(["JOIN", "LEFT JOIN", "RIGHT OUTER JOIN", "FULL JOIN"])
        let key = random.pick(["id", "item"])
        var from = "FROM \(input) o\n    \(kind) payments p \(within()) ON o.\(key) = p.\(key)"
        if random.chance(25) { from += " AND o.amount + 1 = p.amount + 1" }
        from += "\n"
        let hasTable = random.chance(30)
        if hasTable { from += "    LEFT JOIN items i ON i.id = o.id\n" }
        let condition = "    WHERE o.amount IS NULL OR p.amount IS NULL OR o.amount <> p.amount\n"
        let filter = random.chance(30) ? condition : ""
        let table = hasTable ? "i.item" : "'none'"
        if random.chance(50) {
            text += "CREATE STREAM result WITH (KAFKA_TOPIC = 'result') AS SELECT o.id AS k, o.amount AS a,\n"
            text += "    p.amount AS b, p.item AS i, \(table) AS t, ROWTIME AS at \(from)\(filter)"
            text += "    PARTITION BY o.id EMIT CHANGES;\n"
            return text
        }
        text += "CREATE TABLE result WITH (KAFKA_TOPIC = 'result') AS SELECT o.item AS k, COUNT(*) AS n,\n"
        text += "    SUM(p.amount) AS s, COLLECT_LIST(o.amount) AS l, COUNT_DISTINCT(\(table)) AS d \(from)"
        let window = window()
        if let window { text += "    WINDOW \(window)\n" }
        let emit = window != nil && random.chance(40) ? "FINAL" : "CHANGES"
        return text + "\(filter)    GROUP BY o.item EMIT \(emit);\n"
    }

    private mutating func within() -> String {
        let near = random.pick([0, 1, 5, 20, 60])
        let after = random.pick([0, 1, 10, 50])
        let reach = random.chance(50) ? "\(near) MILLISECONDS" : "(\(near) MILLISECONDS, \(after) MILLISECONDS)"
        return "WITHIN \(reach) GRACE PERIOD \(random.pick([0, 1, 10, 100])) MILLISECONDS"
    }
}
