// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import Foundation

/// What a live run takes while nothing comes.
struct Idle {
    private let bench: Bench

    init(_ bench: Bench) { self.bench = bench }

    func measure() throws -> Special.Outcome {
        let topic = "idle-\(bench.stamp)"
        if try bench.admin.partitionCount(topic) == 0 { try bench.admin.create(topic, partitions: 4) }
        guard let workload = Catalogue.throughput.first(where: { $0.name == "tumbling" }) else {
            throw Failure("there is no tumbling")
        }
        let files = try ProgramFiles(
            bench, application: bench.application("idle"), program: { workload.program(input: topic, output: $0) },
            settings: ["mode: stream"], isQuiet: false)
        let run: LiveRun
        do {
            run = try LiveRun(files)
        } catch let refusal as LiveRun.Refusal {
            return Special.Outcome(text: "idle: FAILED: \(refusal.text)", json: ["failure": refusal.text], failures: 1)
        }
        let seconds = bench.isQuick ? 5.0 : 60.0
        usleep(3_000_000)
        let before = run.cpuSeconds()
        let began = MonotonicClock.nanoseconds()
        MonotonicClock.sleep(until: began + Int64(seconds * 1e9))
        let share = (run.cpuSeconds() - before) * 1e9 / Double(MonotonicClock.nanoseconds() - began)
        let megabytes = Double(run.residentBytes()) / 1e6
        _ = run.process.stop()
        try bench.admin.delete([topic, files.output])
        return Special.Outcome(
            text: "idle for \(seconds.text(0)) s: \((share * 100).text(2)) % of a core, \(megabytes.text(0)) MB",
            json: ["coreShare": share, "megabytes": megabytes, "seconds": seconds])
    }
}
