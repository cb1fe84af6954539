// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceReport

/// Keeps the state within its budget: near to it, only the slowest partitions are read, so that windows close.
final class MemoryPressure {
    private let context: RunContext
    private var watch: MemoryWatch

    init(_ context: RunContext) {
        self.context = context
        watch = MemoryWatch(limit: context.options.stateMemoryBytes)
    }

    /// Looks where it is time to. Waits until nothing is under way.
    func look(_ assignment: Assignment) throws {
        let bytes = assignment.reader.bytesRun
        guard watch.isDue(now: context.clock.monotonicNanoseconds(), bytes: bytes) else { return }
        assignment.reader.pool.waitUntilIdle()
        let hasTurned = try watch.look(assignment.pipeline, bytes: bytes, clock: context.clock)
        // What joins read waits by itself for what it is behind.
        let graph = assignment.pipeline.graph
        guard graph.needsAllPartitions, !graph.hasJoins else { return }
        guard watch.isUnderPressure else {
            if hasTurned { try assignment.reader.release() }
            return
        }
        let slowest = try assignment.reader.holdBack()
        guard hasTurned, !slowest.isEmpty else { return }
        context.log(
            LogLine(
                .warn,
                "the state has come near to state.memory.max: reading only the slowest partitions, so that windows "
                    + "close (\(slowest.map(\.description).joined(separator: ", ")))", code: .stateTooLarge,
                kind: "near to state.memory.max"))
    }
}
