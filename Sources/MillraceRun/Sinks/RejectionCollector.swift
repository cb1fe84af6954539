// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport
import MillraceSettings

extension RejectionReason {
    /// The pipeline counts the other reasons.
    static let tooLarge = RejectionReason("result too large")
}

/// Records of one compute thread that did not reach the results: the first few of each reason to show, those that go to
/// the dead-letter topic, and the first one that ends the run.
final class RejectionCollector {
    /// What is shown of the records that a query rejected for one reason.
    struct Reason: Hashable {
        var query: String
        var kind: RejectionReport.Kind
        var reason: RejectionReason
    }

    /// The first record of a reason, and what is wrong with it.
    struct Example {
        var place: RejectionReport.Place
        var account: String
    }

    /// Where dead letters go.
    struct DeadLetters {
        var topic: String
        var partitions: Int
        var limits: TopicLimits
    }

    private static let maximumSamples = 3

    private(set) var samples: [Reason: [RejectionReport.Place]] = [:]
    private(set) var examples: [Reason: Example] = [:]
    /// Results that their topics do not take. The pipeline counts the other reasons.
    private(set) var refused: [Reason: Int] = [:]
    /// For the dead-letter topic.
    let records = RawRecords(capacity: 16, byteCapacity: 1024)
    /// How many went there.
    private(set) var deadLetterCount = 0
    /// The first record that must not be passed over; nil: none yet.
    private(set) var failure: RejectionFailure?
    private let queryNames: [String]
    private let errors: ErrorHandling
    private let deadLetters: DeadLetters?
    private let clock: any Clock

    /// - Parameter deadLetters: nil: there is no topic for them.
    init(_ graph: QueryGraph, errors: ErrorHandling, deadLetters: DeadLetters?, clock: any Clock) {
        self.clock = clock
        queryNames = graph.program.queries.map(\.name)
        self.errors = errors
        self.deadLetters = deadLetters
    }

    /// - Parameter code: nil: that of its cause.
    func add(_ rejection: Rejection, code: ErrorCode? = nil) {
        let query = queryNames[rejection.query]
        let place = RejectionReport.Place(rejection.partition, offset: rejection.offset)
        if rejection.cause == .tooLarge || rejection.cause == .refused {
            refused[Reason(query: query, kind: .bad, reason: rejection.reason), default: 0] += 1
        }
        if rejection.cause != .nullKey { note(place, rejection, query) }
        switch errors[rejection.cause] {
        case .skip: break
        case .deadLetter: addDeadLetter(rejection, query, place)
        case .fail:
            fail(
                RejectionFailure(
                    place: place, query: query, detail: rejection.detail,
                    kind: rejection.cause, code: code, cause: "\(rejection.cause.key) is fail",
                    hint: "mend what writes such records; or set \(rejection.cause.key) to skip, or to dead-letter"))
        }
    }

    private func note(_ place: RejectionReport.Place, _ rejection: Rejection, _ query: String) {
        let kind: RejectionReport.Kind = rejection.cause == .late ? .late : .bad
        let reason = Reason(query: query, kind: kind, reason: rejection.reason)
        guard samples[reason, default: []].count < RejectionCollector.maximumSamples else { return }
        if examples[reason].map({ place < $0.place }) ?? true, !rejection.account.isEmpty {
            examples[reason] = Example(place: place, account: rejection.account)
        }
        samples[reason, default: []].append(place)
    }

    private func fail(_ new: RejectionFailure) { if failure == nil { failure = new } }

    /// The record as it was, with headers that say where it comes from and why it is here.
    private func addDeadLetter(_ rejection: Rejection, _ query: String, _ place: RejectionReport.Place) {
        guard let deadLetters else { return }
        let row = rejection.row
        let records = rejection.records
        var notes = [
            ("millrace.reason", rejection.detail), ("millrace.query", query),
            ("millrace.topic", place.partition.topic), ("millrace.partition", String(place.partition.partition)),
        ]
        if place.offset >= 0 { notes.append(("millrace.offset", String(place.offset))) }
        // A letter that its topic does not take for its time is one of now.
        var timestamp = records.timestamps[row]
        let now = clock.wallMilliseconds()
        if timestamp >= 0, !deadLetters.limits.time.allows(timestamp, now: now) {
            notes.append(("millrace.timestamp", String(timestamp)))
            timestamp = now
        }
        let headers =
            (row < records.headers.count ? records.headers[row] : [])
            + notes.map { RawRecords.Header(name: $0.0, value: Array($0.1.utf8)) }
        let key = records.key(row)
        let value = records.value(row)
        if key == nil, deadLetters.limits.refusesKeyless {
            return fail(
                RejectionFailure(
                    place: place, query: query, detail: rejection.detail, kind: rejection.cause,
                    cause: "the dead-letter topic \(deadLetters.topic) is compacted and takes no record without a key",
                    hint: "set its cleanup.policy to delete, or \(rejection.cause.key) to skip"))
        }
        let size = deadLetters.limits.size
        guard size.allows(key: key?.count ?? 0, value: value?.count ?? 0, headers: headers) else {
            return fail(
                RejectionFailure(
                    place: place, query: query, detail: rejection.detail,
                    kind: rejection.cause,
                    cause: "the dead-letter topic \(deadLetters.topic) takes \(size.bytes) bytes",
                    hint: "let it take more (max.message.bytes of the topic, kafka: message.max.bytes), or set "
                        + "\(rejection.cause.key) to skip"))
        }
        let partitions = Int32(deadLetters.partitions)
        let partition =
            key.map { Murmur2.partition(ofKey: $0, partitions: partitions) } ?? place.partition.partition % partitions
        deadLetterCount += 1
        self.records.append(
            key: key.map { Array($0) }, value: value.map { Array($0) }, timestamp: timestamp,
            offset: place.offset, partition: partition, headers: headers)
    }

    /// Takes what waits for the dead-letter topic as sent.
    func clearRecords() { records.removeAll(keepingAtMost: OutputCollector.keptBytes) }
}
