// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The real binary, running. Its output goes to files, so that it never waits for a reader.
final class MillraceProcess {
    private let process = Process()
    private let outputPath: String
    private let errorPath: String

    /// Starts it at once.
    init(_ arguments: [String], directory: URL) throws {
        let name = UUID().uuidString
        outputPath = directory.appendingPathComponent("\(name).out").path
        errorPath = directory.appendingPathComponent("\(name).err").path
        for path in [outputPath, errorPath] { try Data().write(to: URL(fileURLWithPath: path)) }
        guard let binary = Environment.binary, let output = FileHandle(forWritingAtPath: outputPath),
            let error = FileHandle(forWritingAtPath: errorPath)
        else { throw Unexpected("cannot start millrace") }
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = error
        try process.run()
        try output.close()
        try error.close()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var isRunning: Bool { process.isRunning }

    var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }

    var error: String { (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? "" }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for its end.
    /// - Returns: the exit code, or 128 + the signal that ended it.
    func exitCode(seconds: Double = 30) throws -> Int32 {
        do {
            try Deadline(seconds: seconds).wait(for: "the end of millrace") { !process.isRunning }
        } catch {
            kill(process.processIdentifier, SIGKILL)
            throw Unexpected("millrace did not end in \(seconds) s; it said:\n\(self.error)")
        }
        let status = process.terminationStatus
        return process.terminationReason == .uncaughtSignal ? 128 + status : status
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

    /// Waits until it has written this to stderr.
    func waitToSay(_ text: String, seconds: Double = 30) throws {
        try Deadline(seconds: seconds).wait(for: "'\(text)' in:\n\(error)") {
            if error.contains(text) { return true }
            if !process.isRunning { throw Unexpected("millrace ended without saying '\(text)':\n\(error)") }
            return false
        }
    }
}
