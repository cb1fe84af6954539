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

    /// A run whose clock can be set.
    private func begin(_ name: String) throws -> (subject: FilteredOrders, jumper: Jumper, process: MillraceProcess) {
        let subject = try FilteredOrders(name)
        // Topics may refuse what seems to be of the future.
        _ = try subject.workspace.createTopic(
            "wanted", partitions: 3, configuration: ["message.timestamp.after.max.ms": "\(Int64.max)"])
        let jumper = try Jumper(subject.workspace)
        let process = try subject.start(environment: jumper.environment)
        try process.waitToSay("live")
        return (subject, jumper, process)
    }

    /// Fault 14: an hour and ten years forwards: results and commits stay what they were.
    @Test func jumpsForwardsChangeNothing() throws {
        var (subject, jumper, process) = try begin("clock")
        for seconds in [3600, 10 * Self.year] {
            let live = subject.arriving()
            try Deadline(seconds: 20).wait(for: "orders") { live.count > 100 }
            try jumper.set(seconds)
            try Deadline(seconds: 20).wait(for: "orders") { live.count > 300 }
            try subject.stop(live)
            try subject.waitUntilCaughtUp(process, seconds: 20)
        }
        try subject.finish(process)
    }

    /// Fault 14: an hour and ten years back. librdkafka waits for moments of the wall clock: what waits just then waits
    /// as much longer, or librdkafka ends the process. Either way each result is published once.
    @Test(arguments: [-3600, -10 * ClockJumpTests.year])
    func jumpsBackLoseAndDoubleNothing(seconds: Int64) throws {
        var (subject, jumper, process) = try begin("clock-back")
        let live = subject.arriving()
        try Deadline(seconds: 20).wait(for: "orders") { live.count > 100 }
        try jumper.set(seconds)
        Thread.sleep(forTimeInterval: 4)
        try subject.stop(live)
        process.send(SIGKILL)
        _ = try process.exitCode(seconds: 10)
        // With the clock as it is now.
        process = try subject.start(environment: jumper.environment)
        try process.waitToSay("live", seconds: 60)
        try subject.finish(process)
    }
}
