// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One of several workers of a process, with a thread of its own. `@unchecked Sendable`: the run is its thread's alone,
/// and the result is read when that has ended.
final class JobWorker: @unchecked Sendable {
    private let run: ContinuousRun
    private let crew: JobCrew
    private var result: Result<RunReport, any Error>?
    private var thread: pthread_t?

    /// Starts it.
    init(_ run: ContinuousRun, _ crew: JobCrew) {
        self.run = run
        self.crew = crew
        thread = startThread(work)
        if thread == nil {
            end(.failure(RunFailure(.internalError, .internalError, "the system has no thread left for a worker")))
        }
    }

    private func work() { end(Result { try run.run() }) }

    private func end(_ result: Result<RunReport, any Error>) {
        if case .failure(let error) = result { crew.note(failure: error) }
        self.result = result
    }

    /// Waits for its end.
    func wait() -> Result<RunReport, any Error> {
        if let thread { pthread_join(thread, nil) }
        return result ?? .failure(RunFailure(.internalError, .internalError, "a worker has no result"))
    }
}

/// What the workers of a process have in common: they speak one at a time, and stop when one of them has failed.
/// `@unchecked Sendable`: the observer is called under the lock only, but for its wish to stop, which any thread may
/// ask for.
final class JobCrew: @unchecked Sendable {
    private struct State {
        var failure: (any Error)?
        /// By worker: the records that it has read, and is to read.
        var progress: [Int: (records: Int, total: Int?)] = [:]
    }

    private let observer: any RunObserver
    private let state = Mutex(State())
    private let hasFailed = Atomic(false)

    init(_ observer: any RunObserver) { self.observer = observer }

    /// What worker `number` tells, and is told.
    func observer(_ number: Int) -> any RunObserver { JobWorkerObserver(number, self) }

    /// Of the first worker that failed.
    var failure: (any Error)? { state.withLock { $0.failure } }

    func note(failure: any Error) {
        state.withLock { $0.failure = $0.failure ?? failure }
        hasFailed.store(true, ordering: .relaxed)
    }

    fileprivate var isStopRequested: Bool { hasFailed.load(ordering: .relaxed) || observer.isStopRequested }

    fileprivate func speak(_ body: (any RunObserver) throws -> Void) rethrows {
        try state.withLock { _ in try body(observer) }
    }

    fileprivate func progress(
        _ number: Int, stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64
    ) {
        state.withLock { state in
            state.progress[number] = (records, total)
            let totals = state.progress.values.compactMap(\.total)
            observer.progress(
                stage: stage, records: state.progress.values.reduce(0) { $0 + $1.records },
                total: totals.count == state.progress.count ? totals.reduce(0, +) : nil,
                elapsedMilliseconds: elapsedMilliseconds)
        }
    }
}

/// One worker's part of the conversation.
private final class JobWorkerObserver: RunObserver {
    private let number: Int
    private let crew: JobCrew

    init(_ number: Int, _ crew: JobCrew) {
        self.number = number
        self.crew = crew
    }

    func log(_ line: LogLine) {
        var line = line
        line.text = "worker \(number): \(line.text ?? line.message)"
        line.fields.append(LogLine.Field("worker", .number(Int64(number))))
        crew.speak { $0.log(line) }
    }

    func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {
        crew.progress(
            number, stage: stage, records: records, total: total, elapsedMilliseconds: elapsedMilliseconds)
    }

    func stageBegan(_ mode: StageReport.Mode) { crew.speak { $0.stageBegan(mode) } }

    func write(_ text: UnsafeRawBufferPointer) throws { try crew.speak { try $0.write(text) } }

    var isStopRequested: Bool { crew.isStopRequested }
}
