// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
import MillraceLog
import MillracePlan
package import MillraceReport

/// `millrace replay`: runs a program over a bounded slice of its topics and prints or publishes the results.
package final class Replay {
    private let graph: QueryGraph
    private let options: RunOptions
    private unowned let observer: any RunObserver
    private let clock: any Clock
    private let threadNote: LogLine?
    private var memoryWatch: MemoryWatch
    private let logs: ReplayLogs
    private var keyWatch: KeyPartitionWatch

    package init(_ graph: QueryGraph, options: RunOptions, observer: any RunObserver) {
        memoryWatch = MemoryWatch(limit: options.stateMemoryBytes)
        keyWatch = KeyPartitionWatch(options.keyPartitioning)
        var options = options
        threadNote = JoinCheck(graph).limitThreads(&options)
        self.graph = graph
        self.options = options
        self.observer = observer
        clock = options.cluster.time
        logs = ReplayLogs(options, clock: clock)
    }

    /// Runs to the end of the slice.
    package func run() throws -> RunReport {
        try JoinCheck(graph).checkReplay(options)
        if let threadNote { observer.log(threadNote) }
        let directory = try TopicDirectory(graph, options: options)
        let partitions = try directory.inputPartitions()
        var consumerOptions = ReaderOptions(profile: .backfill)
        consumerOptions.keepsHeaders = graph.readsHeaders || options.deadLetterTopic != nil
        consumerOptions.memoryBudget = options.stateMemoryBytes
        let consumer = try options.cluster.reader(consumerOptions)
        defer { consumer.close(timeoutMilliseconds: 2000) }
        let resolver = SliceResolver(consumer, graph, clock: clock, margin: options.marginMilliseconds)
        let slice = try resolver.resolve(from: options.from, to: options.to, partitions: partitions)
        describe(slice, resolver)

        let plan = try outputPlan(directory, partitions)
        let transaction = try plan.map { try ReplayTransaction(options, $0, clock: clock, log: observer.log) }
        let collectors = (0..<options.threads).map { _ in
            OutputCollector(
                graph, mode: plan?.mode(graph) ?? .print(options.format),
                rejections: RejectionCollector(
                    graph, errors: options.errors, deadLetters: plan?.deadLetters, clock: clock),
                clock: clock)
        }
        let pipeline = makePipeline(slice, collectors)
        let sender = try OutputSender(
            graph, collectors: collectors, producers: transaction.map { [$0.producer] } ?? [],
            deadLetterTopic: options.deadLetterTopic,
            observer: observer)
        sender.willSend = {
            try transaction?.begin()
            return 0
        }

        observer.stageBegan(.batch)
        let meter = StageMeter(.batch, pipeline, clock: clock)
        do {
            try read(consumer, pipeline, slice, sender, transaction, meter)
            try logs.check(consumer)
            try send(sender, pipeline) { pipeline.end() }
            try transaction?.commit(sent: sender.sentRecords)
        } catch {
            throw transaction?.abort(behind: error) ?? error
        }
        var totals = RunTotals()
        totals.add(pipeline, collectors)
        var report = RunReport(stages: [], accounts: [])
        report.add(meter.reports(pipeline, ends: slice.ranges.map(\.to), clock: clock), totals)
        report.notes = NoteFinder(graph: graph, options: options, clock: clock, slice: slice).notes(report, totals)
        return report
    }

    /// Sends what `body` reads out, unless the run ends over a record that was rejected.
    private func send(_ sender: OutputSender, _ pipeline: Pipeline, _ body: () -> Void) throws {
        try keyWatch.check(pipeline) { observer.log($0) }
        try sender.sendResults(of: body)
        if !sender.sentRecords.isEmpty { try FaultPoint.sent.reach() }
        let watch = RejectionWatch(errors: options.errors)
        try watch.checkFailures(sender.collectors)
        try watch.checkLimit(pipeline, sender.collectors)
    }

    private func makePipeline(_ slice: Slice, _ collectors: [OutputCollector]) -> Pipeline {
        var pipelineOptions = options.pipelineOptions
        pipelineOptions.fromTime = slice.fromTime
        pipelineOptions.toTime = slice.toTime
        pipelineOptions.partitionCounts = slice.ranges.map(\.partition).countsByTopic
        let pipeline = Pipeline(graph, options: pipelineOptions, outputs: collectors)
        for range in slice.ranges {
            _ = pipeline.addSource(
                range.partition,
                from: SourcePartition.Checkpoint(
                    offset: range.from, watermarks: pipeline.graph.initialWatermarks(ofTopic: range.partition.topic)))
        }
        return pipeline
    }

    /// Nil: results are printed.
    private func outputPlan(_ directory: TopicDirectory, _ partitions: [TopicPartition]) throws -> OutputPlan? {
        guard options.publishes else { return nil }
        let traces = TraceFinder(resultsOf: graph, options)
        if !options.publishesAgain, let topic = try traces.find()?.results {
            throw traces.failure(resultsIn: topic)
        }
        return try directory.prepareOutputs(
            deadLetterTopic: options.deadLetterTopic, inputPartitions: partitions, log: observer.log)
    }

    private func describe(_ slice: Slice, _ resolver: SliceResolver) {
        for line in slice.notes { observer.log(line) }
        if let note = slice.cutNote { observer.log(note) }
        if (slice.fromTime != nil || slice.toTime != nil) && graph.roots.contains(where: { $0.source.timestamp != nil })
        {
            observer.log(
                LogLine(
                    .warn,
                    "event time is a column: the range is read \(resolver.effectiveMargin) ms wider (--margin), "
                        + "which is not proven to be enough"))
        }
    }

    private func read(
        _ consumer: any GroupReader, _ pipeline: Pipeline, _ slice: Slice, _ sender: OutputSender,
        _ transaction: ReplayTransaction?, _ meter: StageMeter
    ) throws {
        let positions = slice.ranges.filter { $0.from < $0.to }.map { ($0.partition, $0.from) }
        try consumer.assign(positions: Dictionary(uniqueKeysWithValues: positions))
        let pool = ComputePool(pipeline)
        let enough = slice.toTime.map { $0 +| graph.timeBehindEnd(margin: options.marginMilliseconds) }
        let reader = SliceReader(
            consumer, pipeline, pool, batchRows: options.batchRows ?? 4096,
            isStopRequested: { [observer] in observer.isStopRequested }
        ) { source in
            enough.map { enough in pipeline.sources[source].watermarks.allSatisfy { $0 >= enough } } ?? false
        }
        reader.prepare()
        if options.emitsInterim {
            reader.afterBatch = {
                try self.send(sender, pipeline) {
                    pipeline.close(isForced: true)
                    pipeline.emitChanges()
                }
            }
        }
        try reader.setBounds(slice.ranges.map { Optional($0.to) })
        let total = slice.ranges.reduce(0) { $0 +| Int(clamping: $1.to -| $1.from) }
        while !reader.isDone {
            _ = try reader.pump(timeoutMilliseconds: 100, maximumRecords: 16_384, isReread: false)
            logs.note(reader)
            for event in consumer.poll(timeoutMilliseconds: 0) { try logs.check(event, consumer) }
            if options.threads == 1 || collectorsAreFull(sender) {
                pool.waitUntilIdle()
                try send(sender, pipeline) { pipeline.close(isForced: false) }
                if let transaction, transaction.isLong {
                    try logs.check(consumer)
                    try transaction.commit(sent: sender.sentRecords)
                }
            }
            try watchMemory(pool, pipeline, reader)
            observer.progress(
                stage: "batch", records: reader.recordsRead, total: total,
                elapsedMilliseconds: meter.elapsedMilliseconds(clock))
            if observer.isStopRequested {
                throw RunFailure(.tryAgain, .stoppedEarly, "stopped before the end of the slice")
            }
        }
        pool.waitUntilIdle()
    }

    private func watchMemory(_ pool: ComputePool, _ pipeline: Pipeline, _ reader: SliceReader) throws {
        guard memoryWatch.isDue(now: clock.monotonicNanoseconds(), bytes: reader.bytesRun) else { return }
        pool.waitUntilIdle()
        let hasTurned = try memoryWatch.look(pipeline, bytes: reader.bytesRun, clock: clock)
        if !memoryWatch.isUnderPressure, hasTurned { try reader.release() }
        // What joins read waits by itself for what it is behind.
        if memoryWatch.isUnderPressure, graph.needsAllPartitions, !graph.hasJoins { _ = try reader.holdBack() }
    }

    /// With several threads results are read out now and then only, because everything has to stop for it.
    private func collectorsAreFull(_ sender: OutputSender) -> Bool {
        let now = clock.monotonicNanoseconds()
        guard now -| lastReadOut > 200_000_000 else { return false }
        lastReadOut = now
        return true
    }
    private var lastReadOut: UInt64 = 0
}
