// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

extension RunLoop {
    /// A drain was asked for.
    var isDrainRequested: Bool { recorder?.isDrainRequested ?? false }

    /// Publishes how the run stands, where it is time to.
    func showStatus() {
        guard let recorder, recorder.isDue else { return }
        watchConnection(recorder)
        assignment?.reader.pool.waitUntilIdle()
        var moment = StatusRecorder.Moment(
            assignment: assignment, meter: meter, stages: history.stages, totals: history.totals,
            bytesRead: history.bytesRead + consumer.bytesRead, ends: [:], positions: [:],
            cluster: consumer.knownClusterID)
        if let starts = assignment?.starts {
            let partitions = starts.map(\.partition)
            moment.ends = consumer.knownEnds(partitions)
            for partition in partitions {
                guard let slot = consumer.slot(of: partition) else { continue }
                moment.positions[partition] = consumer.position(slot: slot)
            }
        }
        recorder.publish(moment)
    }

    /// Notices a broker that is away though nothing is asked of it: an idle run would look well.
    private func watchConnection(_ recorder: StatusRecorder) {
        guard let failure = consumer.lastConnectionFailure,
            recorder.isProbeDue(
                lastFailureMilliseconds: failure.wallMilliseconds, bytesRead: consumer.bytesRead)
        else { return }
        // Nothing comes just now: there is time to wait for a broker that has a lot to do after its start.
        let partitions = assignment?.starts.map(\.partition) ?? []
        let asked = clock.wallMilliseconds()
        if !partitions.isEmpty, (try? consumer.offsetRanges(partitions, timeoutMilliseconds: 1500)) != nil {
            recorder.noteAnswer(askedMilliseconds: asked)
        } else {
            recorder.noteSilence(failure.error.message)
        }
    }

    /// Whether a snapshot needs no barrier: with several threads one is made behind a read-out, which has made one.
    var isSnapshotCheap: Bool { assignment == nil || options.threads == 1 || !readOutIsPending }

    /// Runs what may have to wait for Kafka.
    func measureBlocking<Result>(_ body: () throws -> Result) rethrows -> Result {
        try recorder?.measureBlocking(body) ?? body()
    }

    /// Runs a commit.
    func measureCommit<Result>(_ body: () throws -> Result) rethrows -> Result {
        try recorder?.measureCommit(body) ?? body()
    }

    // MARK: on request

    /// While a pause is asked for nothing is read. What was read before is committed first.
    func hold(_ assignment: Assignment) throws -> Bool {
        guard let recorder, recorder.isPauseRequested else {
            if isHeld { recorder?.enter(phase == .restoring ? .restoring : phase == .batch ? .backfill : .live) }
            isHeld = false
            return false
        }
        if !isHeld, phase != .restoring { try commit(assignment) }
        isHeld = true
        recorder.enter(.paused)
        try serveEvents(timeoutMilliseconds: 50)
        return true
    }
}
