// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillracePlan
import MillraceSQL
import Testing

@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

/// `state.memory.max` against what the process really takes: each program runs in a process of its own, through the
/// engine, the outputs' encoders and the watch over memory; only librdkafka is left out.
///
/// `MILLRACE_MEMORY_TABLE=FILE` keeps the figures.
@Suite(.serialized) struct HostileMemoryTests {
    @Test(arguments: HostileProgram.all.indices)
    func theBudgetIsWhatTheProcessTakes(program: Int) async throws {
        await #expect(processExitsWith: .success) { [program] in
            try HostileRun(HostileProgram.all[program]).check()
        }
    }
}

/// One program, in this process.
private final class HostileRun {
    private static let budget: Int64 = 64 << 20
    private static let batchBytes = 384 << 10
    private static let batchRows = 4096

    private final class NoLog: ChangelogSink {
        func put(query: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {}
    }

    private let program: HostileProgram
    private let pipeline: Pipeline
    private let collectors: [OutputCollector]
    private let pool: ComputePool
    private var watch = MemoryWatch(limit: budget)
    private var bytes = 0
    private var records = 0
    private var results = 0
    private let idle: Int64

    init(_ program: HostileProgram) throws {
        self.program = program
        let graph = try QueryGraph(try SQL.compile(HostileProgram.declaration + program.sql))
        let limits = TopicLimits(size: RecordLimit(KafkaProperties(), topic: nil))
        var configuration = Configuration()
        configuration.errorPolicies[.tooLarge] = .skip
        if program.hasDeadLetters { configuration.deadLetterTopic = "dead" }
        let letters =
            program.hasDeadLetters
            ? RejectionCollector.DeadLetters(topic: "dead", partitions: 1, limits: limits) : nil
        collectors = (0..<program.threads).map { _ in
            OutputCollector(
                graph,
                mode: .publish(
                    partitionCounts: graph.program.queries.map { _ in 1 },
                    limits: graph.program.queries.map { _ in limits }),
                rejections: RejectionCollector(
                    graph, errors: ErrorHandling(configuration), deadLetters: letters, clock: SystemClock()),
                clock: SystemClock())
        }
        var options = PipelineOptions()
        options.shards = program.threads
        if program.flushes { options.changelogs = [0: 1] }
        pipeline = Pipeline(graph, options: options, outputs: collectors)
        for partition in 0..<program.partitions {
            _ = pipeline.addSource(
                TopicPartition("s", Int32(partition)), from: .init(offset: 0, watermarks: [.none]))
        }
        pool = ComputePool(pipeline)
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        idle = HostileRun.status("VmRSS")
    }

    func check() throws {
        let start = ContinuousClock.now
        var failure: RunFailure?
        do { try run() } catch let stop as RunFailure { failure = stop }
        let peak = HostileRun.status("VmHWM") - idle
        let counted = pipeline.graph.program.queries.indices.reduce(0) { $0 + pipeline.stateBytes($1) }
        note(peak, counted, failure, ContinuousClock.now - start)
        #expect((failure == nil) == program.fits, "\(program.name): \(failure?.message ?? "it fits")")
        if let failure { #expect(failure.errorCode == .stateTooLarge) }
        #expect(
            peak <= HostileRun.budget / 4 * 5, "\(program.name): \(peak >> 20) MiB of \(HostileRun.budget >> 20) MiB")
    }

    private func note(_ peak: Int64, _ counted: Int, _ failure: RunFailure?, _ took: Duration) {
        guard let path = ProcessInfo.processInfo.environment["MILLRACE_MEMORY_TABLE"] else { return }
        let line =
            "| \(program.name) | \(records) | \(results) | \(counted >> 10) KiB | \(peak >> 10) KiB | "
            + "\(String(format: "%.2f", Double(peak) / Double(HostileRun.budget))) | "
            + "\(failure == nil ? "ended" : "stopped") | \(took.components.seconds) s |\n"
        guard let file = fopen(path, "a") else { return }
        fputs(line, file)
        fclose(file)
    }

    private func run() throws {
        var offsets = Array(repeating: Int64(0), count: program.partitions)
        let batches = (0..<program.partitions).map { _ in RawRecords() }
        var (number, round) = (0, 0)
        while number < program.count {
            for batch in batches { batch.removeAll() }
            while number < program.count, batches[0].count < Self.batchRows / program.partitions,
                batches[0].byteCount < Self.batchBytes / program.partitions
            {
                let partition = number % program.partitions
                let record = program.record(number)
                batches[partition].append(
                    key: record.key.map { Array($0.utf8) }, value: Array(record.value.utf8), timestamp: record.time,
                    offset: offsets[partition], partition: Int32(partition))
                offsets[partition] += 1
                number += 1
            }
            for (source, batch) in batches.enumerated() where batch.count > 0 {
                bytes += batch.byteCount + 16 * batch.count
                pool.submit(
                    .init(source: source, records: batch, from: 0, to: batch.count, isReread: false, recycles: false))
            }
            pool.waitUntilIdle()
            records = number
            send { pipeline.close(isForced: true) }
            if watch.isDue(now: SystemClock().monotonicNanoseconds(), bytes: bytes) {
                _ = try watch.look(pipeline, bytes: bytes, clock: SystemClock())
            }
            round += 1
            // As at a commit.
            guard round.isMultiple(of: 8) else { continue }
            send { pipeline.emitChanges() }
            if program.flushes { pipeline.flush(number: Int64(number), into: NoLog()) }
        }
        send { pipeline.end() }
    }

    /// As `OutputSender` does, to nowhere.
    private func send(_ body: () -> Void) {
        for collector in collectors { collector.whenFull = { [unowned self] in clear() } }
        body()
        for collector in collectors { collector.whenFull = nil }
        clear()
    }

    private func clear() {
        for collector in collectors {
            for records in collector.records {
                results += records.count
                records.removeAll(keepingAtMost: OutputCollector.keptBytes)
            }
            collector.rejections.clearRecords()
        }
    }

    /// Of `/proc/self/status`, in bytes.
    private static func status(_ name: String) -> Int64 {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line.flatMap { Int64($0.filter(\.isNumber)) }.map { $0 << 10 } ?? 0
    }
}
