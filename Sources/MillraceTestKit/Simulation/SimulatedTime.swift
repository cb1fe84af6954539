// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import Synchronization

/// The time of a simulated cluster: it moves inside of calls only, never by itself.
package final class SimulatedTime: Timekeeper {
    /// What one call to the cluster takes, so that whoever asks again and again sees time pass.
    static let callNanoseconds: UInt64 = 20_000
    /// 2023-11-14T22:13:20Z.
    private static let start: Int64 = 1_700_000_000_000

    private let passed = Mutex<UInt64>(0)

    package init() {}

    package func monotonicNanoseconds() -> UInt64 { passed.withLock { $0 } }

    package func wallMilliseconds() -> Int64 { SimulatedTime.start +| milliseconds }

    package func sleep(milliseconds: Int64) {
        advance(nanoseconds: UInt64(clamping: milliseconds) *| 1_000_000)
    }

    /// Milliseconds since the cluster began.
    package var milliseconds: Int64 { Int64(clamping: monotonicNanoseconds() / 1_000_000) }

    /// Goes on to this moment, in ns since the cluster began; stays where that is past.
    func advance(toNanoseconds moment: UInt64) { passed.withLock { $0 = max($0, moment) } }

    func advance(nanoseconds: UInt64) { passed.withLock { $0 = $0 +| nanoseconds } }

    /// Goes on to this moment (see `milliseconds`); stays where that is past.
    func advance(toMilliseconds moment: Int64) {
        passed.withLock { $0 = max($0, UInt64(clamping: moment) *| 1_000_000) }
    }
}

/// The time as a process sees it that shares its cluster: while it sleeps the others run.
final class SimulatedProcessTime: Timekeeper {
    private let time: SimulatedTime
    private let process: SimulatedProcess

    init(_ time: SimulatedTime, _ process: SimulatedProcess) {
        self.time = time
        self.process = process
    }

    func monotonicNanoseconds() -> UInt64 { time.monotonicNanoseconds() }
    func wallMilliseconds() -> Int64 { time.wallMilliseconds() }
    func sleep(milliseconds: Int64) { process.sleep(milliseconds: milliseconds) }
}
