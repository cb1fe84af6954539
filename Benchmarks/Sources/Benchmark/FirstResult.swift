// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import Foundation

/// How long a replay takes from its start as a process to its first result on stdout.
struct FirstResult {
    private let bench: Bench

    init(_ bench: Bench) { self.bench = bench }

    func measure() throws -> Special.Outcome {
        let topic = try bench.ensure(.orders) { _ in }
        guard let workload = Catalogue.throughput.first(where: { $0.name == "tumbling" }) else {
            throw Failure("there is no tumbling")
        }
        let path = try bench.write(workload.program(input: topic, output: "none"), to: "first-result.sql")
        let seconds = try (0..<max(3, bench.rounds)).map { _ in try first(path) }
        let span = Measurement.Span(seconds)
        return Special.Outcome(
            text: "first result of a replay: \(span.median.text(3)) s "
                + "(\(span.lowest.text(3))–\(span.highest.text(3)))",
            json: span.json)
    }

    private func first(_ program: String) throws -> Double {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure("no pipe") }
        // Otherwise the child would keep the reading end of its own output open.
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        let log = "\(bench.directory)/first-result.log"
        let child = try ChildProcess(
            [bench.millrace, "replay", program, "-b", bench.bootstrap, "--format", "json", "--quiet"],
            error: log, outputDescriptor: ends[1])
        close(ends[1])
        var byte: UInt8 = 0
        let count = read(ends[0], &byte, 1)
        let seconds = Double(MonotonicClock.nanoseconds() - child.startNanoseconds) / 1e9
        close(ends[0])
        _ = child.stop()
        guard count == 1 else { throw Failure("no result: \(ChildProcess.tail(of: log))") }
        return seconds
    }
}
