// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// Publishes how the run stands, where it is time to and somebody may want to see it.
struct SnapshotPublisher {
    let context: RunContext

    func publish(_ assignment: Assignment?, _ meter: StageMeter?) {
        guard let recorder = context.recorder, recorder.isDue else { return }
        let partitions = assignment?.starts.map(\.partition) ?? []
        watchConnection(recorder, partitions)
        assignment?.reader.pool.waitUntilIdle()
        let consumer = context.consumer
        let history = context.history
        var moment = StatusRecorder.Moment(
            assignment: assignment, meter: meter, stages: history.stages, totals: history.totals,
            bytesRead: history.bytesRead + consumer.bytesRead, ends: [:], positions: [:],
            cluster: consumer.knownClusterID)
        if assignment != nil {
            moment.ends = consumer.knownEnds(partitions)
            for partition in partitions {
                guard let slot = consumer.slot(of: partition) else { continue }
                moment.positions[partition] = consumer.position(slot: slot)
            }
        }
        recorder.publish(moment)
    }

    /// Notices a broker that is away though nothing is asked of it: an idle run would look well.
    private func watchConnection(_ recorder: StatusRecorder, _ partitions: [TopicPartition]) {
        let consumer = context.consumer
        guard let failure = consumer.lastConnectionFailure,
            recorder.isProbeDue(
                lastFailureMilliseconds: failure.wallMilliseconds, bytesRead: consumer.bytesRead)
        else { return }
        // Nothing comes just now: there is time to wait for a broker that has a lot to do after its start.
        let asked = context.clock.wallMilliseconds()
        if !partitions.isEmpty, (try? consumer.offsetRanges(partitions, timeoutMilliseconds: 1500)) != nil {
            recorder.noteAnswer(askedMilliseconds: asked)
        } else {
            recorder.noteSilence(failure.error.message)
        }
    }
}
