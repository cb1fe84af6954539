// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import Foundation

/// Runs workloads and the raw reader side by side, round by round, in a shuffled order.
struct ThroughputRunner {
    private let bench: Bench
    private(set) var measurements: [Measurement] = []

    init(_ bench: Bench) { self.bench = bench }

    mutating func run(_ workloads: [Workload]) throws {
        for workload in workloads {
            let topic = try bench.ensure(workload.data) { topic in try seed(workload, topic) }
            let records = workload.data.count(bench.records) - workload.data.seedRecords
            var measurement = Measurement(workload, topic: topic, records: records)
            if workload.way == .recovery { setUpRecovery(&measurement) }
            measurements.append(measurement)
        }
        try warmUp()
        var random = SplitMix64(seed: bench.seed)
        for round in 1...max(1, bench.rounds) {
            for index in measurements.indices.shuffled(using: &random) {
                Console.note("round \(round): \(measurements[index].workload.name)")
                for turn in [0, 1, 2].shuffled(using: &random) {
                    switch turn {
                    case 0: try runProduct(index, round: round)
                    case 1: measurements[index].raw.append(try runRaw(index, allocator: nil))
                    default: measurements[index].tunedRaw.append(try runRaw(index, allocator: bench.allocator))
                    }
                }
            }
        }
        if bench.countsAllocations { try countAllocations() }
        for index in measurements.indices where measurements[index].workload.way == .recovery {
            try bench.admin.delete(["out-\(bench.application(measurements[index].workload.name))"])
        }
    }

    // MARK: One run

    /// - Parameter allocator: a library to preload; nil: the C library's.
    private func runRaw(_ index: Int, allocator: String?) throws -> Measurement.Sample {
        let topic = measurements[index].topic
        let log = "\(bench.directory)/raw.out"
        let result = try ChildProcess(
            [bench.tool("RawReader"), bench.bootstrap, topic],
            environment: allocator.map { ["LD_PRELOAD": $0] } ?? [:], output: log,
            error: "\(bench.directory)/raw.err"
        ).wait()
        guard result.exitCode == 0 else {
            throw Failure("RawReader: \(ChildProcess.tail(of: "\(bench.directory)/raw.err"))")
        }
        let count = Int(JSON.number(try JSON.object(try String(contentsOfFile: log, encoding: .utf8)), "records"))
        // The seed's records are read too; their share is a thousandth at most of any real run.
        let expected = measurements[index].workload.data.count(bench.records)
        guard count == expected else { throw Failure("\(topic): \(count) records read raw, not \(expected)") }
        return sample(result)
    }

    private mutating func runProduct(_ index: Int, round: Int) throws {
        let workload = measurements[index].workload
        let isRecovery = workload.way == .recovery
        let files = try files(
            workload, measurements[index].topic,
            application: bench.application(isRecovery ? workload.name : "\(workload.name)-\(round)"),
            // What is measured is how fast the log is read again.
            flushesState: !isRecovery)
        if workload.way == .changes {
            try CommittedOffsets.copy(
                bootstrap: bench.bootstrap, topic: measurements[index].topic,
                partitions: Int32(workload.data.partitions), from: seedName(measurements[index].topic),
                to: files.application)
        }
        let result = try ChildProcess(files.command, error: files.log).wait()
        guard result.exitCode == 0 else {
            return fail(index, "exit \(result.exitCode): \(ChildProcess.tail(of: files.log))")
        }
        var sample = sample(result)
        if isRecovery {
            checkRecovery(index, files)
        } else {
            let report = try MillraceReport(path: files.report)
            sample.stageSpeed = report.stageSpeed
            try check(index, report, files)
            try bench.admin.delete([files.output])
        }
        measurements[index].product.append(sample)
    }

    private func sample(_ result: ChildProcess.Result) -> Measurement.Sample {
        Measurement.Sample(
            seconds: result.seconds, cpuSeconds: result.usage.seconds, peakBytes: result.usage.peakBytes)
    }

    /// The group whose commit lies behind a data set's first records: as old as the data set, not as this call.
    private func seedName(_ topic: String) -> String { "bench-seed-\(topic)" }

    private func files(
        _ workload: Workload, _ topic: String, application: String, from: String = "earliest",
        flushesState: Bool = true
    ) throws -> ProgramFiles {
        let replays = workload.way == .replay
        return try ProgramFiles(
            bench, application: application,
            program: { workload.program(input: topic, output: $0) },
            settings: ["from: \(from)", "threads: \(workload.threads)", "commit.interval: 1s"]
                + (replays ? ["to: now"] : ["mode: batch"])
                + (flushesState ? [] : ["state.flush.interval: off"]),
            replays: replays, isQuiet: workload.way != .recovery)
    }

    // MARK: Before the rounds

    /// A broker's first group and first transaction take seconds, because it makes its own topics for them.
    private func warmUp() throws {
        guard let first = measurements.first(where: { $0.workload.way != .changes }) ?? measurements.first else {
            return
        }
        let files = try files(
            first.workload, first.topic, application: bench.application("warm-up"), from: "latest")
        let result = try ChildProcess(files.command, error: files.log).wait()
        guard result.exitCode == 0 else { throw Failure("the warm-up: \(ChildProcess.tail(of: files.log))") }
        try bench.admin.delete([files.output])
    }

    /// Commits behind the first records, with nothing of the rest there yet.
    private func seed(_ workload: Workload, _ topic: String) throws {
        // Its commit goes to others, its changelog would not.
        let files = try files(workload, topic, application: seedName(topic), flushesState: false)
        let result = try ChildProcess(files.command, error: files.log).wait()
        guard result.exitCode == 0 else {
            throw Failure("\(files.application): \(ChildProcess.tail(of: files.log))")
        }
        try bench.admin.delete([files.output])
    }

    /// Runs to the end once; the rounds start it again.
    private func setUpRecovery(_ measurement: inout Measurement) {
        do {
            let files = try files(
                measurement.workload, measurement.topic,
                application: bench.application(measurement.workload.name), flushesState: false)
            let result = try ChildProcess(files.command, error: files.log).wait()
            if result.exitCode != 0 { measurement.failure = ChildProcess.tail(of: files.log) }
        } catch {
            measurement.failure = "\(error)"
        }
    }

    // MARK: Whether the answer is right

    private mutating func fail(_ index: Int, _ reason: String) {
        Console.note("\(measurements[index].workload.name): \(reason)")
        measurements[index].failure = measurements[index].failure ?? reason
    }

    private mutating func check(_ index: Int, _ report: MillraceReport, _ files: ProgramFiles) throws {
        let measurement = measurements[index]
        if report.read != measurement.records { fail(index, "\(report.read) of \(measurement.records) records read") }
        if report.late + report.bad > 0 { fail(index, "\(report.late) late, \(report.bad) bad") }
        let found = try bench.object("Benchmark", ["check", bench.bootstrap, files.output])
        let results = Int(JSON.number(found, "records"))
        let sum = Int(JSON.number(found, "sum"))
        if results != report.rows { fail(index, "\(results) results found, \(report.rows) reported") }
        // How many changes a run publishes depends on where its commits fall; what they come to does not.
        let differs = measurement.workload.way != .changes && (measurement.results ?? results) != results
        if differs || (measurement.sum ?? sum) != sum { fail(index, "the results differ from round to round") }
        if let reason = mistake(measurement.workload, sum: sum, results: results, records: measurement.records) {
            fail(index, reason)
        }
        measurements[index].results = results
        measurements[index].sum = sum
    }

    private func mistake(_ workload: Workload, sum: Int, results: Int, records: Int) -> String? {
        switch workload.sum {
        case .everyRecord:
            // Behind a seed, groups hold some of its records too.
            let isRight = (records...(records + workload.data.seedRecords)).contains(sum)
            return isRight ? nil : "the counts add up to \(sum), not \(records)"
        case .finalWindows(let size, let advance):
            let expected = workload.data.finalCounts(
                bench.records, sizeMilliseconds: size, advanceMilliseconds: advance)
            return sum == expected ? nil : "the counts add up to \(sum), not \(expected)"
        case .nothing: return results == 0 ? nil : "\(results) results"
        case .equal: return nil
        }
    }

    /// What was read again stands in the notes, since a restart reports new records only.
    private mutating func checkRecovery(_ index: Int, _ files: ProgramFiles) {
        let log = (try? String(contentsOfFile: files.log, encoding: .utf8)) ?? ""
        let again = log.matches(of: /(\d+) read again for the state/).reduce(0) { $0 + (Int($1.1) ?? 0) }
        if again != measurements[index].records { fail(index, "\(again) records were read again") }
    }

    // MARK: Allocations

    /// Runs over the second half and over everything, untimed: the difference is what a record costs, without what a
    /// start costs.
    private mutating func countAllocations() throws {
        for index in measurements.indices {
            let measurement = measurements[index]
            let workload = measurement.workload
            guard measurement.failure == nil else { continue }
            Console.note("allocations: \(workload.name)")
            let ranges = try bench.admin.watermarks(measurement.topic)
            let middles = ranges.enumerated().map { ($0, ($1.low + $1.high) / 2) }
            let less = zip(ranges, middles).reduce(0) { $0 + Int($1.1.1 - $1.0.low) }
            let raw = [bench.tool("RawReader"), bench.bootstrap, measurement.topic, "--start"]
            let rawMore = try allocations(raw + ["0"]) - allocations(raw + ["0.5"])
            measurements[index].rawAllocations = Double(rawMore) / Double(max(less, 1))
            // These two begin where a commit says, not where they are told.
            guard workload.way != .changes, workload.way != .recovery else { continue }
            let offsets = middles.map { "\($0)=\($1)" }.joined(separator: ",")
            let whole = try files(workload, measurement.topic, application: bench.application("\(workload.name)-whole"))
            let half = try files(
                workload, measurement.topic, application: bench.application("\(workload.name)-half"),
                from: "offsets:\(offsets)")
            let more = try allocations(whole.command) - allocations(half.command)
            measurements[index].allocations = Double(more) / Double(max(less, 1))
            try bench.admin.delete([whole.output, half.output])
        }
    }

    private func allocations(_ command: [String]) throws -> Int {
        let path = "\(bench.directory)/allocations"
        try? FileManager.default.removeItem(atPath: path)
        let log = "\(bench.directory)/allocations.log"
        let result = try ChildProcess(
            command,
            environment: ["LD_PRELOAD": bench.tool("libAllocationCounter.so"), "ALLOCATION_COUNT_FILE": path],
            error: log
        ).wait()
        guard result.exitCode == 0 else { throw Failure("\(command[0]): \(ChildProcess.tail(of: log))") }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        guard bytes.count == 8 else { throw Failure("the allocations were not counted") }
        return Int(truncatingIfNeeded: bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    }
}
