// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Joins of two streams, from the definition: all pairs of rows that count, have equal keys, and are near in time.
extension Reference {
    private struct Candidate {
        var row: InputRow
        var key: [Value]
        var hasMet = false
    }

    /// Puts pairs in the place of the rows of `input`, and rows that have no partner.
    mutating func pair(_ query: QueryPlan, _ join: StreamJoin, _ input: inout QueryOutput) throws {
        let other = try rows(of: query, port: query.joins.count + 1)
        let delay = delay(before: query)
        let finality = Int128(join.finality) + Int128(delay)
        var lefts = candidates(
            query, input.rows.map { padded($0, to: join.firstColumn) }, key: join.leftKey,
            patience: Int128(join.after) + Int128(join.grace) + Int128(delay))
        var rights = candidates(
            query, other.rows.map { shifted($0, by: join.firstColumn) }, key: join.rightKey,
            patience: Int128(join.before) + Int128(join.grace) + Int128(delay))
        input.places.formUnion(other.places)
        input.watermarks.merge(other.watermarks) { max($0, $1) }
        input.raises += other.raises
        let lowest = Int128(input.watermarks.values.min() ?? .none)
        let times = mergeTimes()
        let byKey = Dictionary(grouping: rights.indices) { rights[$0].key }
        // By the row that comes later: what it meets.
        var pairs: [(trigger: InputRow, partner: InputRow, made: InputRow)] = []
        for left in lefts.indices {
            for right in byKey[lefts[left].key] ?? [] {
                let (one, two) = (lefts[left].row, rights[right].row)
                let earliest = Int128(one.time) - Int128(join.before)
                guard Int128(two.time) >= earliest, Int128(two.time) <= Int128(one.time) + Int128(join.after) else {
                    continue
                }
                lefts[left].hasMet = true
                rights[right].hasMet = true
                let isLeftLater = comesBehind(one, two, times)
                var made = isLeftLater ? one : two
                made.values = Array(one.values.prefix(join.firstColumn)) + two.values.dropFirst(join.firstColumn)
                made.time = max(one.time, two.time)
                made.isOrdered = false
                pairs.append((isLeftLater ? one : two, isLeftLater ? two : one, made))
            }
        }
        let level = makers(before: query)
        var rows = numbered(pairs, level: level)
        let isOver: (InputRow) -> Bool = { [readOut] row in
            readOut == .bounded || Int128(row.time) + finality < lowest
        }
        let unmet =
            (join.keepsLeft ? lefts : []).filter { !$0.hasMet } + (join.keepsRight ? rights : []).filter { !$0.hasMet }
        for candidate in unmet where isOver(candidate.row) {
            var row = candidate.row
            while row.values.count < join.columns.upperBound { row.values.append(.null) }
            // When they come out depends on how often is looked.
            row.isOrdered = false
            row.turn = turn(of: Int128(row.time) + finality, input, times)
            row.watermarkBefore = Int64(clamping: Int128(row.time) + finality)
            while row.subOffsets.count <= level { row.subOffsets.append(0) }
            rows.append(row)
        }
        input.rows = rows
    }

    /// The rows of a side that count.
    private mutating func candidates(
        _ query: QueryPlan, _ rows: [InputRow], key: [Expression], patience: Int128
    ) -> [Candidate] {
        rows.compactMap { row in
            let values = Interpreter(row: scan(query, row)).values(key)
            if row.isNullValue {
                count(query, row.place) { $0.filtered += 1 }
                return nil
            }
            if row.watermarkBefore != .none, Int128(row.time) + patience < Int128(row.watermarkBefore) {
                count(query, row.place) { $0.late += 1 }
                return nil
            }
            if values.contains(.null) {
                count(query, row.place) { $0.filtered += 1 }
                return nil
            }
            count(query, row.place) { $0.used += 1 }
            return Candidate(row: row, key: values)
        }
    }

    private func padded(_ row: InputRow, to count: Int) -> InputRow {
        var row = row
        while row.values.count < count { row.values.append(.null) }
        return row
    }

    private func shifted(_ row: InputRow, by count: Int) -> InputRow {
        var row = row
        row.values = Array(repeating: .null, count: count) + row.values
        return row
    }

    /// Whether a row is run behind another one.
    private func comesBehind(_ row: InputRow, _ other: InputRow, _ times: [TopicPartition: [Int64: Int64]]) -> Bool {
        func turn(_ row: InputRow) -> Turn {
            row.turn ?? Turn(mergeTime: times[row.place]?[row.offset] ?? .min, place: row.place)
        }
        let (own, others) = (turn(row), turn(other))
        return own.mergeTime == others.mergeTime ? others.place < own.place : own.mergeTime > others.mergeTime
    }

    /// When the watermarks of all partitions have come behind a time; where one never does, behind all records.
    private func turn(
        of time: Int128, _ input: QueryOutput, _ times: [TopicPartition: [Int64: Int64]]
    ) -> Turn {
        var last = Turn(mergeTime: .min, place: TopicPartition("", 0))
        for root in input.raises {
            for (place, raises) in root {
                guard let raise = raises.first(where: { Int128($0.watermark) > time }) else {
                    return Turn(mergeTime: .max, place: TopicPartition("\u{10FFFF}", .max))
                }
                let mergeTime = times[place]?[raise.offset] ?? .min
                if (last.mergeTime, last.place) < (mergeTime, place) { last = Turn(mergeTime: mergeTime, place: place) }
            }
        }
        return last
    }

    /// Those that a row meets in the order of time and place.
    private func numbered(
        _ pairs: [(trigger: InputRow, partner: InputRow, made: InputRow)], level: Int
    ) -> [InputRow] {
        struct Trigger: Hashable {
            var place: TopicPartition
            var offset: Int64
            var subOffsets: [Int]
        }
        let byTrigger = Dictionary(grouping: pairs) { pair in
            Trigger(place: pair.trigger.place, offset: pair.trigger.offset, subOffsets: pair.trigger.subOffsets)
        }
        return byTrigger.values.flatMap { group in
            let sorted = group.sorted { left, right in
                let (one, two) = (left.partner, right.partner)
                if one.time != two.time { return one.time < two.time }
                return one.place == two.place ? one.order < two.order : one.place < two.place
            }
            return sorted.enumerated().map { number, pair in
                var made = pair.made
                while made.subOffsets.count < level { made.subOffsets.append(0) }
                made.subOffsets.append(number)
                return made
            }
        }
    }

    /// How far behind the watermarks rows of a query's streams may come, because joins made them.
    func delay(before query: QueryPlan) -> Int64 {
        query.streams.flatMap { index.writers(of: $0) }.map { writer in
            delay(before: plan.queries[writer]) + (plan.queries[writer].streamJoin?.finality ?? 0)
        }.max() ?? 0
    }
}
