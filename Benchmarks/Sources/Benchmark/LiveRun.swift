// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import Foundation

/// A `millrace run` that goes on until it is stopped.
struct LiveRun {
    let process: ChildProcess
    private let files: ProgramFiles

    /// Starts it and waits until it is live; throws a `Refusal` where it ends before.
    init(_ files: ProgramFiles) throws {
        self.files = files
        process = try ChildProcess(
            files.command, environment: ["MILLRACE_LOG_FORMAT": "text"], error: files.log)
        let deadline = MonotonicClock.nanoseconds() + 60_000_000_000
        while true {
            let log = (try? String(contentsOfFile: files.log, encoding: .utf8)) ?? ""
            if log.split(whereSeparator: \.isNewline).contains(where: { $0.hasSuffix("live") }) { return }
            var information = siginfo_t()
            let ended =
                waitid(P_PID, id_t(process.identifier), &information, WEXITED | WNOHANG | WNOWAIT) == 0
                && information.si_signo == SIGCHLD
            if ended || MonotonicClock.nanoseconds() > deadline {
                let result = process.stop()
                throw Refusal(exitCode: result.exitCode, text: ChildProcess.tail(of: files.log))
            }
            usleep(20_000)
        }
    }

    /// Why it did not come to be live.
    struct Refusal: Error {
        var exitCode: Int32
        var text: String
    }

    /// CPU time of all threads so far, in seconds.
    func cpuSeconds() -> Double {
        let tasks = "/proc/\(process.identifier)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return threads.reduce(0) { sum, thread in
            let text = (try? String(contentsOfFile: "\(tasks)/\(thread)/schedstat", encoding: .utf8)) ?? ""
            return sum + (text.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1e9
        }
    }

    /// Resident memory now, in bytes.
    func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
}
