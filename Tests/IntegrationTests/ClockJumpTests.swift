// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The clock of the machine is set while a run goes on (in the process alone, by a library that is loaded before it).
@Suite(.enabled(if: Environment.isReady && Environment.compiler != nil)) struct ClockJumpTests {
    private static let year: Int64 = 365 * 86_400

    /// A process's clock.
    private struct Jumper {
        private let file: URL
        let environment: [String: String]

        init(_ workspace: Workspace) throws {
            file = workspace.directory.appendingPathComponent("clock")
            let library = workspace.directory.appendingPathComponent("clock_jump.so")
            let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../Preload/clock_jump.c").standardized
            let said = workspace.directory.appendingPathComponent("clang.err")
            let compiler = try ChildProcess(
                try #require(Environment.compiler),
                ["-shared", "-fPIC", "-O1", "-o", library.path, source.path, "-ldl", "-lpthread"],
                directory: workspace.directory, output: said, error: said)
            guard try compiler.exitCode(seconds: 60) == 0 else {
                throw Unexpected("clang: \(try String(contentsOf: said, encoding: .utf8))")
            }
            environment = ["LD_PRELOAD": library.path, "CLOCK_JUMP": file.path]
            try Data(count: 8).write(to: file)
        }

        /// From now on the clock is so many seconds off.
        func set(_ seconds: Int64) throws {
            let handle = try FileHandle(forWritingTo: file)
            defer { try? handle.close() }
            handle.write(withUnsafeBytes(of: seconds) { Data($0) })
        }
    }

    /// Fault 14: an hour and ten years, forwards and back. Results, commits and the answer to SIGTERM stay.
    @Test func jumpsChangeNothing() throws {
        var subject = try FilteredOrders("clock")
        // Topics may refuse what seems to be of the future.
        _ = try subject.workspace.createTopic(
            "wanted", partitions: 3, configuration: ["message.timestamp.after.max.ms": "\(Int64.max)"])
        let jumper = try Jumper(subject.workspace)
        var process = try subject.start(environment: jumper.environment)
        try process.waitToSay("live")
        for seconds in [3600, -3600, 10 * Self.year, -10 * Self.year, 0] {
            let live = subject.arriving()
            try Deadline(seconds: 20).wait(for: "orders") { live.count > 100 }
            try jumper.set(seconds)
            try Deadline(seconds: 20).wait(for: "orders") { live.count > 300 }
            try subject.stop(live)
            try subject.waitUntilCaughtUp(process, seconds: 20)
            #expect(!process.error.contains("aborted") && !process.error.contains("E3"), "\(seconds): \(process.error)")
        }
        // Set back while nothing comes, and then to be stopped.
        try jumper.set(-3600)
        Thread.sleep(forTimeInterval: 2)
        process.send(SIGTERM)
        #expect(try process.exitCode(seconds: 10) == 0, "\(process.error)")
        process = try subject.start(environment: jumper.environment)
        try process.waitToSay("live")
        try subject.finish(process)
    }
}
