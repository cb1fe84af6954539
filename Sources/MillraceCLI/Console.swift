// SPDX-License-Identifier: Apache-2.0
import MillraceRuntime
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How often the process was told to stop (SIGINT, SIGTERM). Touched by a signal handler: atomics only.
private let stopRequests = Atomic<Int>(0)

/// The terminal: results on stdout, everything else on stderr, signals as a wish to stop.
final class Console: RunObserver {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isQuiet = false
    private var progressIsShown = false
    private var lastProgressMilliseconds: Int64 = -1
    private var lastStage = ""
    private var lastRecords = 0

    /// Silences notes and progress; errors stay.
    func beQuiet() { isQuiet = true }

    /// From now on the first SIGINT or SIGTERM asks to stop, a second one ends the process at once (which open
    /// transactions survive).
    func handleSignals() {
        let handler: @convention(c) (Int32) -> Void = { signal in
            if stopRequests.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + signal) }
        }
        signal(SIGINT, handler)
        signal(SIGTERM, handler)
        signal(SIGPIPE, SIG_IGN)
        // A process that was started from a thread with blocked signals inherits that, and could not be stopped.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    var isStopRequested: Bool { stopRequests.load(ordering: .relaxed) > 0 }

    func note(_ line: String) {
        guard !isQuiet else { return }
        clearProgress()
        tell(line + "\n")
    }

    func stageBegan(_ mode: StageReport.Mode) {}

    func error(_ text: String) {
        clearProgress()
        tell(text + "\n")
    }

    func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {
        guard !isQuiet else { return }
        // A run that goes back to its last commit begins its stage again.
        if stage != lastStage || elapsedMilliseconds < lastProgressMilliseconds || records < lastRecords {
            lastStage = stage
            lastProgressMilliseconds = 0
            lastRecords = 0
        }
        let interval: Int64 = isTerminal ? 200 : 5000
        let passed = elapsedMilliseconds - lastProgressMilliseconds
        guard passed >= interval else { return }
        let rate = Double(records - lastRecords) * 1000 / Double(max(passed, 1))
        // A stream that stands still has nothing to say on a log.
        let isNews = records != lastRecords || total != nil
        lastProgressMilliseconds = elapsedMilliseconds
        lastRecords = records
        guard isTerminal || isNews else { return }
        let line = ProgressLine(
            activity: stage, records: Int64(records), total: total.map { Int64($0) },
            elapsedNanoseconds: UInt64(elapsedMilliseconds) * 1_000_000, rate: rate)
        if isTerminal {
            tell("\r\u{1B}[K\(line.terminal(width: width))")
            progressIsShown = true
        } else {
            tell(line.plain + "\n")
        }
    }

    private var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    private func clearProgress() {
        guard progressIsShown else { return }
        tell("\r\u{1B}[K")
        progressIsShown = false
    }

    /// Writes a text to stdout.
    func write(_ text: String) throws {
        try Array(text.utf8).withUnsafeBytes { try write($0) }
    }

    func write(_ text: UnsafeRawBufferPointer) throws {
        guard Console.write(text, to: STDOUT_FILENO) else {
            throw RunFailure(.io, "cannot write to standard output: \(String(cString: strerror(errno)))")
        }
    }

    /// Writes to stderr; that it fails cannot be told to anybody.
    private func tell(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Console.write($0, to: STDERR_FILENO) }
    }

    /// Writes a line to stderr from any thread.
    static func logLine(_ line: String) {
        _ = Array((line + "\n").utf8).withUnsafeBytes { write($0, to: STDERR_FILENO) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var position = 0
        while position < bytes.count, let base = bytes.baseAddress {
            let count = systemWrite(descriptor, base + position, bytes.count - position)
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            position += count
        }
        return true
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
        Glibc.write(descriptor, bytes, count)
    #else
        Darwin.write(descriptor, bytes, count)
    #endif
}
