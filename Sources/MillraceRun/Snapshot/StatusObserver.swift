// SPDX-License-Identifier: Apache-2.0
import MillraceReport

/// Puts what a run says to its observer on the status board too.
final class StatusObserver: RunObserver {
    private let observer: any RunObserver
    private let board: StatusBoard

    init(_ observer: any RunObserver, _ board: StatusBoard) {
        self.observer = observer
        self.board = board
    }

    func log(_ line: LogLine) {
        if line.level <= .info { board.note(line.message) }
        observer.log(line)
    }

    func waitingForBroker(_ reason: String) {
        board.begin(.waitingForBroker(reason))
        observer.waitingForBroker(reason)
    }

    func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {
        observer.progress(stage: stage, records: records, total: total, elapsedMilliseconds: elapsedMilliseconds)
    }

    func stageBegan(_ mode: StageReport.Mode) { observer.stageBegan(mode) }

    func write(_ text: UnsafeRawBufferPointer) throws { try observer.write(text) }

    /// Whoever asks goes on: nothing that may take long is done without asking now and then.
    var isStopRequested: Bool {
        board.beat()
        return observer.isStopRequested
    }
}
