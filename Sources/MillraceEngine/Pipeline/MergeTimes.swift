// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The merge times of a topic's records. A record without a usable time has that of the record before it; those of a
/// table that is taken as it is at the start lie before all others.
final class MergeTimes {
    private let areAllFirst: Bool
    private let eventTimes: EventTimes
    /// Nil: the records' own timestamps.
    private let decoder: RecordDecoder?
    private let batch: DecodedBatch?

    init(_ source: SourceDefinition, _ options: PipelineOptions) {
        areAllFirst = source.versions == .start
        eventTimes = EventTimes(source, futureLimit: options.futureLimit)
        guard let timestamp = source.timestamp, !areAllFirst else {
            (decoder, batch) = (nil, nil)
            return
        }
        let decoder = RecordDecoder(source: source, columns: [timestamp.column], strict: false)
        decoder.use(options.schemas)
        self.decoder = decoder
        batch = decoder.makeBatch()
    }

    /// - Parameter time: in: of the record before the first one; out: of the last one.
    func times(_ records: RawRecords, from: Int, to: Int, after time: inout Watermark) -> [Int64] {
        if areAllFirst { return Array(repeating: .none, count: to - from) }
        if let decoder, let batch { decoder.decode(records, from: from, to: to, into: batch) }
        let column = eventTimes.field(of: batch?.columns[0])
        var times: [Int64] = []
        times.reserveCapacity(to - from)
        for row in from..<to {
            let isBad = batch.map { $0.status[row - from] == .bad } ?? false
            if !isBad,
                let own = eventTimes.time(
                    recordTimestamp: records.timestamps[row], column: column, row: row - from)
            {
                time = max(time, own)
            }
            times.append(time)
        }
        return times
    }
}
