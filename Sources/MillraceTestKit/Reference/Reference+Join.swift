// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Joins, from the definition: a row sees the versions of the table whose merge time is not later than its own.
extension Reference {
    private struct Version {
        var mergeTime: Int64
        var place: TopicPartition
        var order: RowOrder
        var key: [Value]
        /// Nil: a deletion.
        var values: [Value]?
    }

    /// Looks the rows of `input` up in the table of a query's join, and puts its columns behind theirs.
    mutating func join(_ query: QueryPlan, _ number: Int, _ input: inout QueryOutput) throws {
        let join = query.joins[number]
        let table = try rows(of: query, port: number + 1)
        let times = mergeTimes()
        guard let definition = index.source(named: join.table) else { return }
        let keyCount = definition.keyColumns.count
        var versions: [Version] = []
        for row in table.rows {
            let key = Array(row.values.prefix(keyCount))
            let isKeyless = row.isNullKey || key.contains(.null)
            count(query, row.place) { if isKeyless { $0.filtered += 1 } else { $0.used += 1 } }
            if isKeyless { continue }
            versions.append(
                Version(
                    mergeTime: times[row.place]?[row.offset] ?? .min, place: row.place, order: row.order, key: key,
                    values: row.isNullValue ? nil : row.values))
        }
        versions.sort { left, right in
            if left.mergeTime != right.mergeTime { return left.mergeTime < right.mergeTime }
            return left.place == right.place ? left.order < right.order : left.place < right.place
        }
        input.places.formUnion(table.places)
        var rows: [InputRow] = []
        for row in input.rows {
            let key = Interpreter(row: scan(query, row)).values(join.key)
            let time = row.turn?.mergeTime ?? times[row.place]?[row.offset] ?? .min
            let version = versions.last { $0.mergeTime <= time && $0.key == key }
            let isDropped = row.isNullValue || key.contains(.null) || (version?.values == nil && join.kind == .inner)
            if isDropped {
                count(query, row.place) { $0.filtered += 1 }
                continue
            }
            var joined = row
            while joined.values.count < join.firstColumn { joined.values.append(.null) }
            joined.values += version?.values ?? definition.columns.map { _ in .null }
            rows.append(joined)
        }
        input.rows = rows
    }

    /// By partition and offset: the highest event time of the partition up to a record and including it.
    func mergeTimes() -> [TopicPartition: [Int64: Int64]] {
        var result: [TopicPartition: [Int64: Int64]] = [:]
        for place in log.places {
            guard let source = plan.rootSources.first(where: { $0.topic == place.topic }) else { continue }
            let reader = RecordReader(source: source, columns: [], schemas: log.schemas)
            var time = Int64.min
            for record in log.records(of: place) {
                if source.versions == .start {
                    time = .min
                } else if source.timestamp == nil {
                    if OutputTime.isUsable(record.timestamp) { time = max(time, record.timestamp) }
                } else if let row = try? reader.read(record) {
                    time = max(time, row.time)
                }
                result[place, default: [:]][record.offset] = time
            }
        }
        return result
    }
}
