// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import MillraceReport
import MillraceRun
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whoever reads standard output has what they want, as in `millrace replay … | head`: an end like any other.
struct ReaderGone: Error {}

/// The terminal: results on stdout, everything else on stderr through the log, signals as a wish to stop.
final class Console: RunObserver {
    let log: Log
    private let standardError: StandardError
    private var progress = ProgressPace()
    /// Whether results go to a terminal; where progress goes to one, too, it is the same one.
    private let showsResults = isatty(STDOUT_FILENO) == 1
    /// How lines are written where nobody says how.
    private(set) var standardFormat = LogFormat.text

    init() {
        let standardError = StandardError()
        self.standardError = standardError
        // Whoever writes sees that nobody reads any more.
        signal(SIGPIPE, SIG_IGN)
        log = Log(clock: SystemClock()) { standardError.line($0) }
    }

    /// From now on this is a process that nobody sits before, unless there is a terminal: machines read what it says.
    func beginService() {
        if !standardError.isTerminal { standardFormat = .json }
    }

    /// Silences notes and progress; errors stay.
    func beQuiet() { log.settings.level = .error }

    /// From now on the first SIGINT or SIGTERM asks to stop, a second one ends the process at once, and so does the
    /// first where a computation goes on for longer than anybody waits.
    func handleSignals() {
        StopSignals.handle { [log] in
            log.write(
                LogLine(
                    .error, "stopped in the middle of a computation that goes on for too long", code: .stoppedEarly,
                    fields: [.init("next", .text("what was not committed is done again by the next start"))]))
        }
    }

    var isStopRequested: Bool { StopSignals.isStopRequested }

    func log(_ line: LogLine) { log.write(line) }

    /// Something that a person would like to know.
    func say(_ text: String) { log(LogLine(.info, text)) }

    /// What a run has done, at its end.
    func say(_ report: RunReport) {
        var line = LogLine(.info, "the run has ended", fields: [LogLine.Field("report", .json(report.json))])
        line.text = "\n" + report.text
        log(line)
    }

    /// Takes librdkafka's own log lines.
    var takesKafkaLog: KafkaLogHandler {
        { [log] line in log.write(LogLine(line)) }
    }

    func stageBegan(_ mode: StageReport.Mode) {}

    func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {
        let settings = log.settings
        guard settings.level >= .info else { return }
        let isDrawn = standardError.isTerminal && settings.format == .text
        guard
            let rate = progress.rate(
                stage: stage, records: records, hasEnd: total != nil, elapsedMilliseconds: elapsedMilliseconds,
                isDrawn: isDrawn)
        else { return }
        let line = ProgressLine(
            activity: stage, records: Int64(records), total: total.map { Int64($0) },
            elapsedNanoseconds: UInt64(clamping: elapsedMilliseconds) *| 1_000_000, rate: rate)
        if isDrawn {
            standardError.progress(line.terminal(width: standardError.width))
        } else {
            log(line.logLine)
        }
    }

    /// Columns of the terminal that results go to.
    static var resultWidth: Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Writes a text to stdout.
    func write(_ text: String) throws {
        try Array(text.utf8).withUnsafeBytes { try write($0) }
    }

    func write(_ text: UnsafeRawBufferPointer) throws {
        func put() -> Bool { FileDescriptor.write(text, to: STDOUT_FILENO) }
        guard showsResults && standardError.isTerminal ? standardError.withoutProgress(put) : put() else {
            if errno == EPIPE { throw ReaderGone() }
            throw RunFailure(
                .io, .cannotWrite, "cannot write to standard output: \(String(cString: strerror(errno)))")
        }
    }
}
