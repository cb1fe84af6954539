// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Table functions, from the definition: each row that passes the filter becomes as many as the longest of its arrays
/// has to give, and none where there is nothing.
extension Reference {
    mutating func explode(_ query: QueryPlan, _ projection: Projection, _ input: QueryOutput) -> [InputRow] {
        let level = makers(before: query) + (query.streamJoin == nil ? 0 : 1)
        var output: [InputRow] = []
        for row in input.rows {
            let interpreter = Interpreter(row: scan(query, row))
            var lists: [[Value]] = []
            if !row.isNullValue, interpreter.isTrue(query.filter) {
                lists = query.tableCalls.map { Self.rows($0.function, interpreter.value($0.argument)) }
            }
            let count = lists.map(\.count).max() ?? 0
            var hasBad = false
            for number in 0..<count {
                var made = row
                while made.subOffsets.count < level { made.subOffsets.append(0) }
                made.subOffsets.append(number)
                made.exploded = lists.map { number < $0.count ? $0[number] : .null }
                let own = Interpreter(row: scan(query, made))
                let (keys, values) = (own.values(projection.keys), own.values(projection.values))
                made.exploded = []
                if made.set(keys: keys, values: values, sink: query.sink) {
                    output.append(made)
                } else {
                    hasBad = true
                }
            }
            if input.isBehindAggregation { continue }
            self.count(query, row.place) { account in
                if count == 0 { account.filtered += 1 } else if hasBad { account.bad += 1 } else { account.used += 1 }
            }
        }
        return output
    }

    /// How many queries on the way to a query's input make several rows of one, at most.
    func makers(before query: QueryPlan) -> Int {
        query.streams.flatMap { index.writers(of: $0) }.map { writer in
            let maker = plan.queries[writer]
            return makers(before: maker) + (maker.tableCalls.isEmpty ? 0 : 1) + (maker.streamJoin == nil ? 0 : 1)
        }.max() ?? 0
    }

    private static func rows(_ function: TableFunction, _ argument: Value) -> [Value] {
        guard case .array(let elements) = argument else { return [] }
        switch function {
        case .explode: return elements.count > 1 << 21 ? [] : elements
        case .cubeExplode:
            guard elements.filter({ !$0.isNull }).count <= 21 else { return [] }
            // Of each element first without it, then with it; the last one changes fastest.
            let choices = elements.reduce(into: [[Value]]([[]])) { choices, element in
                choices = choices.flatMap { choice in
                    element.isNull ? [choice + [.null]] : [choice + [.null], choice + [element]]
                }
            }
            return choices.map { .array($0) }
        }
    }
}

extension InputRow {
    /// As UUID() is given it: 21 bits a number.
    var subOffset: Int64 {
        var result: Int64 = 0
        for level in 0..<3 {
            result = result * (1 << 21) + Int64(level < subOffsets.count ? subOffsets[level] : 0)
        }
        return result
    }
}
