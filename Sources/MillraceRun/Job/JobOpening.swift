// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport
import MillraceSettings

/// Begins a job, or finds it begun: its slice is fixed once, and is the same for every process, whenever it comes.
///
///     the group's commits ── there are some ─► they say what the slice is
///            └ none ─► take over APPLICATION-JOB-slice ─► still none ─► look the slice up, commit its beginnings
///
/// Of several that find nothing only the last one to take over the transactional id can commit, all partitions or none.
struct JobOpening {
    private static let timeout: Int32 = 10_000
    private static let maximumAttempts = 30

    /// Of the job's group, which it has not joined.
    let consumer: any GroupReader
    let groupOffsets: GroupOffsets
    let graph: QueryGraph
    let options: RunOptions
    /// All partitions of the input.
    let inputs: [TopicPartition]
    /// By query.
    let exchanges: [Int: QueryExchange]
    let clock: any Clock
    unowned let observer: any RunObserver

    /// - Throws: `RunFailure` where the job was begun with something else.
    func open() throws -> JobSlice {
        var attempts = 0
        while true {
            do {
                return try groupOffsets.patiently { try begun() ?? begin() }
            } catch let error as KafkaError
                where error.isRetriable || error.isFenced || error.requiresAbort || error.isFatal
                || error.category == .unreachable
            {
                // Somebody else begins it just now, or a broker is away.
                attempts += 1
                if observer.isStopRequested || attempts == JobOpening.maximumAttempts { throw error }
                if error.category == .unreachable { observer.waitingForBroker(error.message) }
            }
        }
    }

    /// Nil: nobody has begun the job.
    private func begun() throws -> JobSlice? {
        let commits = try groupOffsets.committed(inputs, timeoutMilliseconds: JobOpening.timeout)
        guard let (partition, commit) = commits.first else { return nil }
        if CommitMetadata.isNewer(commit.metadata) {
            throw ProgramGate.foreignCommit(options.application, partition, commit)
        }
        guard let slice = CommitMetadata(commit.metadata)?.part?.slice else {
            throw RunFailure(
                .data, .foreignCommit, "the group \(options.application) has committed offsets, but not of a job",
                hint: "take another name with --job")
        }
        guard slice.fingerprint == fingerprint else {
            throw RunFailure(
                .data, .jobOfAnother, "the job \(options.application) was begun with another program or another slice",
                hint: "start it as it was, or take another name with --job")
        }
        if let added = inputs.first(where: { commits[$0] == nil }) { throw JobOpening.failure(added: added) }
        return slice
    }

    /// What a partition holds that came later is in no slice, and may belong in one.
    static func failure(added partition: TopicPartition) -> RunFailure {
        RunFailure(
            .data, .jobWidened, "\(partition) was added to its topic after the job was begun",
            hint: "begin anew under another name (--job)")
    }

    private func begin() throws -> JobSlice {
        var producerOptions = WriterOptions(transactionalID: "\(options.application)-slice")
        // That another process is quicker is no news.
        producerOptions.isSilent = true
        let producer = try options.cluster.writer(producerOptions)
        try producer.initTransactions(timeoutMilliseconds: JobOpening.timeout)
        // From here on nobody else can begin it, but somebody may have.
        if let slice = try begun() { return slice }
        let resolver = SliceResolver(consumer, graph, clock: clock, margin: options.marginMilliseconds)
        let found = try resolver.resolve(from: options.from, to: options.to, partitions: inputs)
        let slice = JobSlice(fromTime: found.fromTime, toTime: found.toTime, fingerprint: fingerprint)
        let beginnings = found.ranges.map { beginning($0, slice) }
        try producer.beginTransaction()
        try producer.sendOffsets(
            beginnings, ofGroupWithoutMembers: options.application, timeoutMilliseconds: JobOpening.timeout)
        try producer.commitTransaction(timeoutMilliseconds: JobOpening.timeout)
        groupOffsets.noteBeginning(beginnings)
        for line in found.notes { observer.log(line) }
        return slice
    }

    private func beginning(_ range: Slice.Range, _ slice: JobSlice) -> OffsetToCommit {
        let topic = range.partition.topic
        let exchanged = exchanges.keys.sorted().filter { graph.topics(feeding: $0).contains(topic) }
        let metadata = CommitMetadata(
            restoreOffset: range.from, watermarks: graph.roots(ofTopic: topic).map { _ in .none }, lastRecord: nil,
            changesArePending: true, firstPartitions: Int32(inputs.count { $0.topic == topic }),
            exchanged: exchanged.map { StateFingerprint.of($0, in: graph, exchange: exchanges[$0]) },
            part: JobPart(slice, end: range.to))
        return OffsetToCommit(partition: range.partition, offset: range.from, metadata: metadata.text)
    }

    /// Of everything that the results depend on.
    private var fingerprint: UInt64 {
        let text =
            PlanDiagram(graph.program).text
            + "\n\(options.from) \(options.to) \(options.marginMilliseconds ?? -1) \(options.decodesStrictly) "
            + "\(options.futureLimit.milliseconds ?? -1)"
        return Array(text.utf8).withUnsafeBytes { bytes in
            bytes.baseAddress.map { Hash.bytes($0, count: bytes.count) } ?? 0
        }
    }
}
