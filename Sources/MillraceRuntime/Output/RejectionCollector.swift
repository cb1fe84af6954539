// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Late and bad records of one compute thread: the first few of each reason to show, and all of them where there is a
/// dead-letter topic.
final class RejectionCollector {
    /// What is shown of the records that a query rejected for one reason.
    struct Reason: Hashable {
        var query: String
        var kind: RejectionReport.Kind
        var reason: String
    }

    private static let maximumSamples = 3

    private(set) var samples: [Reason: [RejectionReport.Place]] = [:]
    /// For the dead-letter topic.
    let records = RawRecords(capacity: 16, byteCapacity: 1024)
    private let queryNames: [String]
    private let deadLetterPartitions: Int?

    /// - Parameter deadLetterPartitions: of the dead-letter topic; nil: there is none.
    init(_ graph: QueryGraph, deadLetterPartitions: Int?) {
        queryNames = graph.program.queries.map(\.name)
        self.deadLetterPartitions = deadLetterPartitions
    }

    func add(_ rejection: Rejection) {
        let query = queryNames[rejection.query]
        let reason = Reason(query: query, kind: rejection.kind == .late ? .late : .bad, reason: rejection.reason)
        let records = rejection.records
        let partition = TopicPartition(rejection.topic, records.partitions[rejection.row])
        if samples[reason, default: []].count < RejectionCollector.maximumSamples {
            samples[reason, default: []].append(
                RejectionReport.Place(partition, offset: records.offsets[rejection.row]))
        }
        if let deadLetterPartitions { addDeadLetter(rejection, query, partitions: deadLetterPartitions) }
    }

    /// The record as it was, with headers that say where it comes from and why it is here.
    private func addDeadLetter(_ rejection: Rejection, _ query: String, partitions: Int) {
        let row = rejection.row
        let records = rejection.records
        let headers = [
            ("millrace.reason", rejection.detail), ("millrace.query", query), ("millrace.topic", rejection.topic),
            ("millrace.partition", String(records.partitions[row])), ("millrace.offset", String(records.offsets[row])),
        ]
        let original = row < records.headers.count ? records.headers[row] : []
        let key = records.key(row)
        let partition =
            key.map { Murmur2.partition(ofKey: $0, partitions: Int32(partitions)) }
            ?? records.partitions[row] % Int32(partitions)
        self.records.append(
            key: key.map { Array($0) }, value: records.value(row).map { Array($0) },
            timestamp: records.timestamps[row], offset: records.offsets[row], partition: partition,
            headers: original + headers.map { RawRecords.Header(name: $0.0, value: Array($0.1.utf8)) })
    }

    /// Takes what waits for the dead-letter topic as sent.
    func clearRecords() { records.removeAll() }
}
