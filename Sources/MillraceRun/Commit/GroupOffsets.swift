// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// An answer about committed offsets that is not to be believed yet: to be asked for again.
struct OffsetsInDoubt: Error {
    let message: String
}

/// Asks what the group has committed, and takes no answer that cannot be true.
final class GroupOffsets {
    /// For an answer that open transactions may put off, in ms.
    private static let patience: Int32 = 500
    /// For all questions of one kind together, in ns.
    private static let longest: UInt64 = 4_000_000_000

    /// What this process has learnt; a new member goes on with it.
    private(set) var memory: GroupMemory
    private let consumer: any GroupReader
    private let application: String
    /// All that the group reads.
    private let partitions: [TopicPartition]
    private let traces: TraceFinder
    /// Whether to begin although there are results already.
    private let publishesAgain: Bool
    /// For so long it is asked again before that is refused, in ns; nil: for as long as the trace deserves.
    private let patienceBesideResults: UInt64?
    private let clock: any Timekeeper
    private unowned let observer: any RunObserver
    private var known = KnownCommits()
    private var hasToldBeginning = false
    /// The last traces that were found, for the questions that follow closely. That there were none says nothing of
    /// later: another process may have committed since.
    private var lastFound: (time: UInt64, trace: GroupMemory.Trace)?

    init(
        _ consumer: any GroupReader, application: String, partitions: [TopicPartition], traces: TraceFinder,
        publishesAgain: Bool, patienceBesideResults: UInt64?, memory: GroupMemory, clock: any Timekeeper,
        observer: any RunObserver
    ) {
        self.consumer = consumer
        self.application = application
        self.partitions = partitions
        self.traces = traces
        self.publishesAgain = publishesAgain
        self.patienceBesideResults = patienceBesideResults
        self.memory = memory
        self.clock = clock
        self.observer = observer
    }

    /// What the group has committed; partitions for which it has not are left out, some that were not asked for may be
    /// there, too. What this process has committed itself, and is sure of, is not asked for.
    /// - Throws: `OffsetsInDoubt`; `RunFailure` where an answer stays impossible; `KafkaError`.
    func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws -> [TopicPartition: CommittedOffset] {
        let unknown = Set(partitions).filter { known.offsets[$0] == nil }.sorted()
        if unknown.isEmpty { return known.offsets }
        let told = try askWithWitnesses(unknown, timeoutMilliseconds)
        if told.isEmpty { try checkBeginning() }
        memory.note(told.mapValues(\.offset))
        return told.merging(known.offsets) { _, known in known }
    }

    /// What the group has committed, of these partitions or some of them: while a transaction holds offsets, those of
    /// other partitions will do, if there are any. The process that holds it may be dead.
    func someCommitted(_ partitions: [TopicPartition]) throws -> [TopicPartition: CommittedOffset] {
        let told = try someTold(partitions)
        try judge(told, told.isEmpty ? partitions : Array(told.keys))
        if told.isEmpty { try checkBeginning() }
        memory.note(told.mapValues(\.offset))
        return told
    }

    /// Asks until the answer is believed; for those who have not joined the group and need not be heard meanwhile.
    func patiently<Answer>(_ question: () throws -> Answer) throws -> Answer {
        while true {
            do {
                return try question()
            } catch let doubt as OffsetsInDoubt {
                if observer.isStopRequested { throw RunFailure.stoppedInDoubt(doubt.message) }
                observer.waitingForBroker(doubt.message)
                clock.sleep(milliseconds: 500)
            }
        }
    }

    // MARK: what the caller learns otherwise

    /// A commit has succeeded.
    func noteCommit(_ committed: [OffsetToCommit]) {
        known.note(committed)
        memory.note(Dictionary(uniqueKeysWithValues: committed.map { ($0.partition, $0.offset) }))
    }

    /// This process has begun a job for whoever will have its partitions.
    func noteBeginning(_ committed: [OffsetToCommit]) {
        memory.note(Dictionary(uniqueKeysWithValues: committed.map { ($0.partition, $0.offset) }))
    }

    /// The partition's log is another one.
    func noteReplaced(_ partition: TopicPartition) { memory.forget(partition) }

    /// The partitions belong to somebody else now.
    func forget(_ partitions: [TopicPartition]) { known.forget(partitions) }

    /// - Parameter isUncertain: a commit was asked for and it is not known what became of it.
    func note(_ error: KafkaError, isUncertain: Bool) { known.note(error, isUncertain: isUncertain) }

    // MARK: questions

    /// In one answer what is asked for and all other partitions that this process knows: those tell whether it may be
    /// true. An open transaction of one of them puts it off; then it has to do without them.
    private func askWithWitnesses(
        _ partitions: [TopicPartition], _ timeoutMilliseconds: Int32
    ) throws -> [TopicPartition: CommittedOffset] {
        let witnesses = Set(memory.offsets.keys).subtracting(partitions)
        if !witnesses.isEmpty {
            let all = (witnesses.union(partitions)).sorted()
            if let told = try? consumer.committed(all, timeoutMilliseconds: 2 *| GroupOffsets.patience) {
                try judge(told, all)
                return told
            }
        }
        let told = try consumer.committed(partitions, timeoutMilliseconds: timeoutMilliseconds)
        try judge(told, partitions)
        return told
    }

    private func judge(_ told: [TopicPartition: CommittedOffset], _ asked: [TopicPartition]) throws {
        while let behind = memory.firstBehind(told, ofAsked: asked), try isAnotherLog(behind) {
            memory.forget(behind)
        }
        switch memory.judge(told, ofAsked: asked, now: clock.monotonicNanoseconds()) {
        case .believed: return
        case .doubted(let text): throw OffsetsInDoubt(message: text)
        case .refused(let text):
            // Whoever starts a process again by itself must not do it now: the next one knows nothing.
            throw RunFailure(
                .data, .offsetsForgotten, "\(application): \(text)",
                hint: "if the offsets were reset or deleted on purpose, start again: a new process takes them as they "
                    + "are; if not, look after the broker that coordinates the group first")
        }
    }

    /// Whether a log ends before what was committed: it was cut or made again, and others may have gone on from there.
    private func isAnotherLog(_ partition: TopicPartition) throws -> Bool {
        guard let known = memory.offsets[partition] else { return false }
        let ranges = try consumer.offsetRanges([partition], timeoutMilliseconds: 2000)
        return ranges[partition].map { $0.high < known } ?? false
    }

    /// Where nothing is known and nothing is told: whether that may be, at the beginning of the application.
    private func checkBeginning() throws {
        guard memory.offsets.isEmpty else { return }
        // Others of the group may have committed what they have.
        let others = try someTold(partitions)
        memory.note(others.mapValues(\.offset))
        guard others.isEmpty, let trace = try trace() else { return }
        // Beside results the run ends then: a member of the group gives a broker that has forgotten all the time it
        // needs.
        let isRefused = trace.results != nil && !publishesAgain
        switch memory.judgeBeginning(
            trace, patience: isRefused ? patienceBesideResults : nil, now: clock.monotonicNanoseconds())
        {
        case .believed: break
        case .doubted(let text), .refused(let text): throw OffsetsInDoubt(message: text)
        }
        if let topic = trace.results, !publishesAgain { throw traces.failure(resultsIn: topic) }
        if hasToldBeginning { return }
        hasToldBeginning = true
        observer.log(
            LogLine(
                .warn,
                "the group \(application) has committed nothing, though there are records in \(trace.topic): "
                    + (trace.results == nil
                        ? "this is taken for the beginning of the application"
                        : "everything is published once more beside them"),
                code: trace.results == nil ? .offsetsForgotten : .resultsExist, kind: "the beginning"))
    }

    private func trace() throws -> GroupMemory.Trace? {
        let now = clock.monotonicNanoseconds()
        if let lastFound, now -| lastFound.time < Doubt.longestGap { return lastFound.trace }
        let trace = try traces.find()
        lastFound = trace.map { (now, $0) }
        return trace
    }

    private func someTold(_ partitions: [TopicPartition]) throws -> [TopicPartition: CommittedOffset] {
        let began = clock.monotonicNanoseconds()
        var failure: KafkaError
        do throws(KafkaError) {
            return try consumer.committed(partitions, timeoutMilliseconds: GroupOffsets.patience)
        } catch {
            failure = error
        }
        for partition in partitions where clock.nanoseconds(since: began) < GroupOffsets.longest {
            do throws(KafkaError) {
                let found = try consumer.committed([partition], timeoutMilliseconds: GroupOffsets.patience)
                if !found.isEmpty { return found }
            } catch {
                failure = error
            }
        }
        throw failure
    }
}
