// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Synchronization
import Testing
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceStatus

@Suite struct ProbesTests {
    private func view(silentSeconds: UInt64, activity: RunActivity = .working) throws -> StatusView {
        let second: UInt64 = 1_000_000_000
        return StatusView(
            identity: try StatusFixture.identity(), snapshot: StatusFixture.snapshot(), activity: activity,
            activitySinceNanoseconds: 0, heardNanoseconds: 1000 * second,
            nowNanoseconds: (1000 + silentSeconds) * second, nowMilliseconds: StatusFixture.now)
    }

    @Test func aPipelineThatStandsStillIsNotAlive() throws {
        #expect(Probes(try view(silentSeconds: 0)).liveness.status == 200)
        #expect(Probes(try view(silentSeconds: 120)).liveness.status == 200)
        let standing = Probes(try view(silentSeconds: 125)).liveness
        #expect(standing.status == 503)
        #expect(standing.body.contains("stood still for 125 s"))
    }

    /// Another process would not reach the brokers, either.
    @Test func whoWaitsForABrokerIsAlive() throws {
        #expect(Probes(try view(silentSeconds: 3, activity: .waitingForBroker("away"))).liveness.status == 200)
    }

    /// What the data plane does shows that it goes on: it asks whether to stop, wherever it may wait for long.
    @Test func askingWhetherToStopIsASignOfLife() throws {
        let clock = SettableClock()
        let board = StatusBoard(try StatusFixture.identity(), clock: clock)
        let observer = StatusObserver(Silence(), board)
        clock.nanoseconds.store(200_000_000_000, ordering: .relaxed)
        #expect(board.view.silentSeconds == 200)
        let isStopping = observer.isStopRequested
        #expect(!isStopping)
        #expect(board.view.silentSeconds == 0)
    }

    private final class SettableClock: Clock {
        let nanoseconds = Atomic<UInt64>(0)
        func monotonicNanoseconds() -> UInt64 { nanoseconds.load(ordering: .relaxed) }
        func wallMilliseconds() -> EventTime { StatusFixture.now }
    }

    private final class Silence: RunObserver {
        func log(_ line: LogLine) {}
        func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {}
        func stageBegan(_ mode: StageReport.Mode) {}
        func write(_ text: UnsafeRawBufferPointer) throws {}
        var isStopRequested: Bool { false }
    }
}
