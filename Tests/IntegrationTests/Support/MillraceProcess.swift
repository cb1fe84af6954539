// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The real binary, running.
final class MillraceProcess {
    private let process: ChildProcess
    private let outputFile: URL
    private let errorFile: URL

    /// Starts it at once. It logs as for people, unless the environment says otherwise.
    init(_ arguments: [String], directory: URL, environment: [String: String] = [:]) throws {
        guard let binary = Environment.binary else { throw Unexpected("there is no millrace to test") }
        let name = UUID().uuidString
        outputFile = directory.appendingPathComponent("\(name).out")
        errorFile = directory.appendingPathComponent("\(name).err")
        // The locks of instances go where the test's files go. Faults are for tests, and this is one.
        process = try ChildProcess(
            binary, arguments, directory: directory, output: outputFile, error: errorFile,
            environment: ["MILLRACE_LOG_FORMAT": "text", "MILLRACE_FAULT_ALLOWED": "in-this-test"].merging(environment)
            { $1 }
            .merging(["TMPDIR": directory.path]) { $1 })
    }

    var isRunning: Bool { process.isRunning }

    var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }

    var error: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    func send(_ signal: Int32) { process.send(signal) }

    /// What it has in memory now, in MiB.
    var residentMebibytes: Int {
        let text = (try? String(contentsOfFile: "/proc/\(process.pid)/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(getpagesize()) / 1_048_576
    }

    /// The time that it has computed when it has ended, in seconds.
    var cpuSecondsAtEnd: Double { process.cpuSeconds }

    /// The time that it has computed until now, in seconds.
    var cpuSeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)) ?? ""
        // Behind the name, which may have spaces: state is field 3, user and system time are 14 and 15.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Waits for its end.
    /// - Returns: the exit code, or 128 + the signal that ended it.
    func exitCode(seconds: Double = 30) throws -> Int32 {
        do {
            return try process.exitCode(seconds: seconds)
        } catch {
            throw Unexpected("millrace: \(error); it said:\n\(self.error)")
        }
    }

    /// Asks it to stop, as a service manager does, and waits for its end.
    func stop(seconds: Double = 30) throws -> Int32 {
        send(SIGTERM)
        return try exitCode(seconds: seconds)
    }

    /// Ends it as a crash does.
    func crash() throws {
        send(SIGKILL)
        _ = try exitCode(seconds: 10)
    }

    /// Bytes are found much sooner than characters, in the many lines of a debug log.
    private func hasSaid(_ text: String) -> Bool {
        (try? Data(contentsOf: errorFile))?.range(of: Data(text.utf8)) != nil
    }

    /// Waits until it has written this to stderr.
    func waitToSay(_ text: String, seconds: Double = 30) throws {
        let deadline = Deadline(seconds: seconds)
        while !hasSaid(text) {
            let isOver = !isRunning
            if hasSaid(text) { return }
            if isOver || deadline.hasPassed { throw Unexpected("millrace did not say '\(text)':\n\(error)") }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }
}
