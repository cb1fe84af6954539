// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A program that runs beside the test, with its output in files. (Foundation's `Process` does not see the end of a
/// script that leaves a server behind.)
final class ChildProcess {
    let pid: pid_t
    private var status: Int32?
    /// What it has computed in its life; 0 while it runs.
    private(set) var cpuSeconds = 0.0

    /// Starts it at once.
    init(
        _ path: String, _ arguments: [String], directory: URL, output: URL, error: URL,
        environment: [String: String] = [:]
    )
        throws
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, error.path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var child = pid_t()
        // The shell changes the directory, and then is the program.
        let command = ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, directory.path, path] + arguments
        let result = ChildProcess.withCStrings(command) { words in
            ChildProcess.withCStrings(variables) { posix_spawn(&child, command[0], &actions, nil, words, $0) }
        }
        guard result == 0 else { throw Unexpected("cannot start \(path): \(String(cString: strerror(result)))") }
        pid = child
    }

    deinit {
        guard isRunning else { return }
        send(SIGKILL)
        var ignored: Int32 = 0
        waitpid(pid, &ignored, 0)
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers)
    }

    var isRunning: Bool {
        guard status == nil else { return false }
        var found: Int32 = 0
        var usage = rusage()
        guard wait4(pid, &found, WNOHANG, &usage) == pid else { return true }
        status = found
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        return false
    }

    func send(_ signal: Int32) { if isRunning { kill(pid, signal) } }

    /// Waits for its end; kills it and throws at the deadline.
    /// - Returns: the exit code, or 128 + the signal that ended it.
    func exitCode(seconds: Double) throws -> Int32 {
        let deadline = Deadline(seconds: seconds)
        while isRunning {
            if deadline.hasPassed {
                send(SIGKILL)
                throw Unexpected("it did not end in \(seconds) s")
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        let status = status ?? 0
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }
}
