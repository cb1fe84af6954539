// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// The event times of some records, by the rule of a run. Not for the hot path.
package enum SampledTimes {
    /// Of those that have one.
    package static func of(_ source: SourceDefinition, _ records: RawRecords) -> [EventTime] {
        let columns = source.timestamp.map { [$0.column] } ?? []
        let decoder = RecordDecoder(source: source, columns: columns, strict: false)
        let batch = decoder.makeBatch()
        decoder.decode(records, from: 0, to: records.count, into: batch)
        let times = EventTimes(source)
        let column = times.field(of: batch.columns.first)
        return (0..<records.count).compactMap { row in
            guard batch.status[row] != .bad else { return nil }
            return times.time(recordTimestamp: records.timestamps[row], column: column, row: row)
        }
    }
}
