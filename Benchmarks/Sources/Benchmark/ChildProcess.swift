// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import Foundation

/// A program that is started, waited for, and measured.
final class ChildProcess {
    struct Result {
        /// From its start to its end, in seconds.
        var seconds: Double
        var usage: ProcessUsage
        /// 128 and the signal's number where a signal has ended it.
        var exitCode: Int32
    }

    let identifier: pid_t
    let startNanoseconds: Int64

    /// Starts it.
    /// - Parameters:
    ///   - output: the file for its stdout, nil: none is kept. `error` likewise.
    ///   - outputDescriptor: takes its stdout in place of a file.
    init(
        _ command: [String], environment: [String: String] = [:], output: String? = nil, error: String? = nil,
        outputDescriptor: Int32? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        if let outputDescriptor {
            posix_spawn_file_actions_adddup2(&actions, outputDescriptor, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", flags, 0o644)
        }
        posix_spawn_file_actions_addopen(&actions, 2, error ?? "/dev/null", flags, 0o644)
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var words = command.map { strdup($0) } + [nil]
        var environment = variables.map { strdup($0) } + [nil]
        defer { for text in words + environment { free(text) } }
        var identifier = pid_t()
        startNanoseconds = MonotonicClock.nanoseconds()
        let code = posix_spawn(&identifier, command[0], &actions, nil, &words, &environment)
        guard code == 0 else { throw Failure("\(command[0]): \(String(cString: strerror(code)))") }
        self.identifier = identifier
    }

    /// Waits for its end.
    func wait() -> Result {
        var status: Int32 = 0
        var usage = rusage()
        while wait4(identifier, &status, 0, &usage) < 0, errno == EINTR {}
        let seconds = Double(MonotonicClock.nanoseconds() - startNanoseconds) / 1e9
        let signal = status & 0x7f
        return Result(
            seconds: seconds, usage: ProcessUsage(usage),
            exitCode: signal == 0 ? (status >> 8) & 0xff : 128 + signal)
    }

    /// Asks it to end, and kills it if it has not after half a minute.
    func stop() -> Result {
        kill(identifier, SIGTERM)
        let child = identifier
        // The group stays with this process until it is waited for, so the number cannot be another's.
        let deadline = MonotonicClock.nanoseconds() + 30_000_000_000
        var information = siginfo_t()
        while MonotonicClock.nanoseconds() < deadline {
            if waitid(P_PID, id_t(child), &information, WEXITED | WNOHANG | WNOWAIT) == 0,
                information.si_signo == SIGCHLD
            {
                return wait()
            }
            usleep(5000)
        }
        kill(child, SIGKILL)
        return wait()
    }

    /// Runs a program to its end and returns what it wrote to stdout; throws where it fails.
    static func text(_ command: [String], directory: String) throws -> String {
        let name = URL(fileURLWithPath: command[0]).lastPathComponent
        let output = "\(directory)/\(name).out"
        let error = "\(directory)/\(name).err"
        let result = try ChildProcess(command, output: output, error: error).wait()
        guard result.exitCode == 0 else {
            throw Failure("\(command.joined(separator: " ")): exit \(result.exitCode)\n\(tail(of: error))")
        }
        return (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    }

    /// The end of a text file.
    static func tail(of path: String) -> String {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return String(text.suffix(1500))
    }
}
