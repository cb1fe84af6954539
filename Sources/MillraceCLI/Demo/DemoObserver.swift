// SPDX-License-Identifier: Apache-2.0
import MillraceReport
import MillraceRun

/// Watches a run of the demo, feeds it with records as it goes, and stops it when it has read them all.
final class DemoObserver: RunObserver {
    private let console: Console
    private let expectedRecords: Int
    private var isDone = false
    private var failure: (any Error)?
    /// Called when a stage begins.
    var onStage: ((StageReport.Mode) throws -> Void)?
    /// Called again and again while the run goes on.
    var onProgress: (() throws -> Void)?
    /// A replay's results are only counted.
    var discardsResults = false

    init(_ console: Console, expectedRecords: Int) {
        self.console = console
        self.expectedRecords = expectedRecords
    }

    func log(_ line: LogLine) {
        // Twenty-four partitions are no reading matter.
        if !line.fields.contains(where: { $0.name == "partition" }) { console.log(line) }
    }

    func stageBegan(_ mode: StageReport.Mode) { attempt { try onStage?(mode) } }

    func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {
        console.progress(stage: stage, records: records, total: total, elapsedMilliseconds: elapsedMilliseconds)
        attempt { try onProgress?() }
        if stage == "stream" && records >= expectedRecords { isDone = true }
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            failure = error
            isDone = true
        }
    }

    func write(_ text: UnsafeRawBufferPointer) throws {
        if !discardsResults { try console.write(text) }
    }

    var isStopRequested: Bool { isDone || console.isStopRequested }
}
