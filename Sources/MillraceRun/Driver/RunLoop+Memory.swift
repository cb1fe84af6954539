// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

extension RunLoop {
    /// Looks whether the state is within its budget, where it is time to. Waits until nothing is under way.
    func watchMemory(_ assignment: Assignment) throws {
        let bytes = assignment.reader.bytesRun
        guard memoryWatch.isDue(now: clock.monotonicNanoseconds(), bytes: bytes) else { return }
        assignment.reader.pool.waitUntilIdle()
        let hasTurned = try memoryWatch.look(assignment.pipeline, bytes: bytes, clock: clock)
        guard assignment.pipeline.graph.needsAllPartitions else { return }
        guard memoryWatch.isUnderPressure else {
            if hasTurned { try assignment.reader.release() }
            return
        }
        let slowest = try assignment.reader.holdBack()
        guard hasTurned, !slowest.isEmpty else { return }
        observer.log(
            LogLine(
                .warn,
                "the state has come near to state.memory.max: reading only the slowest partitions, so that windows "
                    + "close (\(slowest.map(\.description).joined(separator: ", ")))", code: .stateTooLarge,
                kind: "near to state.memory.max"))
    }
}
