// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

/// A run of a job: a bounded slice that several processes share. Each partition ends by itself, with everything that is
/// left of it, and the job is done when all are over; until then every process stays, to take over from those that die.
///
///     input partition ── its end ─► what is left is emitted, or handed over with the end ─► over
///     exchange's partition ── the ends of all that feed it ─► what is left is emitted ─► over
extension RunLoop {
    /// Between two looks at what the other processes have committed, in ns.
    static let lookInterval: UInt64 = 300_000_000

    /// Ends the parts that have come to their ends.
    func endParts(_ assignment: Assignment) throws {
        let pipeline = assignment.pipeline
        // What comes through exchanges is looked at with nothing under way, behind a read-out.
        let isQuiet = !readOutIsPending
        let reached = pipeline.sources.indices.filter { source in
            if assignment.endedParts.contains(source) { return false }
            return pipeline.isExchange(source)
                ? isQuiet && pipeline.isExhausted(source) : assignment.reader.hasReachedBound(source)
        }
        guard !reached.isEmpty else { return }
        try commit(assignment, ending: Set(reached))
    }

    /// Whether all that this process has of the job is over.
    var hasEndedParts: Bool { job != nil && (assignment?.isOver ?? assigned.isEmpty) }

    /// Whether the job is done, which is asked now and then when this process has nothing left to do.
    func isJobDone() -> Bool {
        let now = clock.monotonicNanoseconds()
        guard hasEndedParts, now >= nextLookAtJob else { return false }
        nextLookAtJob = now +| RunLoop.lookInterval
        // No answer: somebody commits just now.
        guard let commits = try? consumer.committed(allPartitions, timeoutMilliseconds: 500) else { return false }
        let over = commits.values.count { CommitMetadata($0.metadata)?.part?.isOver == true }
        isJobOver = over == allPartitions.count
        if isJobOver {
            observer.log(LogLine(.info, "the job \(options.application) is done"))
        } else if !isWaitingForJob, hasBeenAssigned {
            observer.log(
                LogLine(
                    .info,
                    "\(over) of \(allPartitions.count) partitions are done, the other processes have the rest"))
            isWaitingForJob = true
        }
        return isJobOver
    }

    var stoppedBeforeEnd: RunFailure {
        RunFailure(
            .tryAgain, .stoppedEarly, "stopped before the end of the slice",
            hint: "the same command goes on from here; what is published stays")
    }
}
