// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
import MillraceLog
import MillracePlan
package import MillraceReport

/// `millrace replay`: runs a program over a bounded slice of its topics and prints or publishes the results; and
/// `millrace sql`, which asks for the rows of one SELECT, and may go on behind the end of the slice.
package final class Replay {
    private let graph: QueryGraph
    private let options: RunOptions
    private unowned let observer: any RunObserver
    private let clock: any Clock
    private let threadNote: LogLine?
    private var memoryWatch: MemoryWatch
    private let logs: ReplayLogs
    private var keyWatch: KeyPartitionWatch
    /// Nil: the program writes its results somewhere.
    private let answer: Answer?

    /// How many rows the SELECT had that stands on its own.
    package var answeredRows: Int64 { answer?.rowCount ?? 0 }

    package init(_ graph: QueryGraph, options: RunOptions, observer: any RunObserver) {
        memoryWatch = MemoryWatch(limit: options.stateMemoryBytes)
        keyWatch = KeyPartitionWatch(options.keyPartitioning)
        var options = options
        threadNote = JoinCheck(graph).limitThreads(&options)
        answer = Answer(graph.program, options.answer, memoryLimit: options.stateMemoryBytes)
        // Its rows come in one order.
        if answer != nil { options.threads = 1 }
        self.graph = graph
        self.options = options
        self.observer = observer
        clock = options.cluster.time
        logs = ReplayLogs(options, clock: clock)
    }

    /// Runs to the end of the slice.
    package func run() throws -> RunReport {
        try JoinCheck(graph).checkReplay(options)
        if answer?.isLive == true { try JoinCheck(graph).checkRun(options) }
        if let threadNote { observer.log(threadNote) }
        let directory = try TopicDirectory(graph, options: options)
        let partitions = try directory.inputPartitions()
        var consumerOptions = ReaderOptions(profile: answer?.isLive == true ? .live : .backfill)
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
                graph, mode: answer.map { .answer($0) } ?? plan?.mode(graph) ?? .print(options.format),
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
            if let answer {
                try finish(answer, sender, pipeline)
            } else {
                try send(sender, pipeline) { pipeline.end() }
            }
            try transaction?.commit(sent: sender.sentRecords)
        } catch {
            throw transaction?.abort(behind: error) ?? error
        }
        var totals = RunTotals()
        totals.add(pipeline, collectors)
        var report = RunReport(stages: [], accounts: [])
        report.add(meter.reports(pipeline, ends: slice.ranges.map(\.to), clock: clock), totals)
        if answer?.isComplete == true { return report }
        report.notes = NoteFinder(graph: graph, options: options, clock: clock, slice: slice).notes(report, totals)
        return report
    }

    /// Prints what is left of the answer.
    private func finish(_ answer: Answer, _ sender: OutputSender, _ pipeline: Pipeline) throws {
        // Of what goes on nothing is final because somebody stops it.
        try send(sender, pipeline) {
            if !answer.isLive, !answer.isComplete { pipeline.end() }
            answer.finish(into: sender.collectors[0].lines)
        }
    }

    /// Sends what `body` reads out, unless the run ends over a record that was rejected.
    private func send(_ sender: OutputSender, _ pipeline: Pipeline, _ body: () -> Void) throws {
        try keyWatch.check(pipeline) { observer.log($0) }
        try sender.sendResults(of: body)
        if !sender.sentRecords.isEmpty { try FaultPoint.sent.reach() }
        try answer?.checkMemory()
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
        if answer == nil { for line in slice.notes { observer.log(line) } } else { observer.log(slice.summary) }
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
        let goesOn = answer?.isLive == true
        let positions = slice.ranges.filter { goesOn || $0.from < $0.to }.map { ($0.partition, $0.from) }
        try consumer.assign(positions: Dictionary(uniqueKeysWithValues: positions))
        let pool = ComputePool(pipeline)
        let enough = slice.toTime.map { $0 +| graph.timeBehindEnd(margin: options.marginMilliseconds) }
        let reader = SliceReader(
            consumer, pipeline, pool, batchRows: options.batchRows ?? 4096,
            isStopRequested: { [observer, answer] in observer.isStopRequested || answer?.isComplete == true }
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
        try reader.setBounds(slice.ranges.map { Optional($0.to) }, goesOn: goesOn)
        let total = slice.ranges.reduce(0) { $0 +| Int(clamping: $1.to -| $1.from) }
        while !reader.isDone, answer?.isComplete != true {
            _ = try reader.pump(timeoutMilliseconds: 100, maximumRecords: 16_384, isReread: false)
            logs.note(reader)
            for event in consumer.poll(timeoutMilliseconds: 0) { try logs.check(event, consumer) }
            if options.threads == 1 || collectorsAreFull(sender) {
                pool.waitUntilIdle()
                try send(sender, pipeline) { readOut(pipeline, sender) }
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
                if goesOn { return }
                throw RunFailure(.tryAgain, .stoppedEarly, "stopped before the end of the slice")
            }
        }
        pool.waitUntilIdle()
        if goesOn { try goOn(consumer, reader, sender) }
    }

    /// Behind the end of the slice, until the answer is complete or somebody stops it.
    private func goOn(_ consumer: any GroupReader, _ reader: SliceReader, _ sender: OutputSender) throws {
        try reader.setBounds(reader.pipeline.sources.map { _ in nil })
        while !observer.isStopRequested, answer?.isComplete != true {
            _ = try reader.pump(timeoutMilliseconds: 100, maximumRecords: 16_384, isReread: false)
            _ = reader.settleJoins(now: clock.monotonicNanoseconds(), waitMilliseconds: options.joinWaitMilliseconds)
            logs.note(reader)
            for event in consumer.poll(timeoutMilliseconds: 0) { try logs.check(event, consumer) }
            reader.pool.waitUntilIdle()
            try send(sender, reader.pipeline) { readOut(reader.pipeline, sender) }
            try watchMemory(reader.pool, reader.pipeline, reader)
        }
    }

    /// Emits what is there to be seen now.
    private func readOut(_ pipeline: Pipeline, _ sender: OutputSender) {
        guard let answer else { return pipeline.close(isForced: false) }
        let now = clock.monotonicNanoseconds()
        let isDue = now -| lastAnswered > (answer.isLive ? 100_000_000 : 1_000_000_000)
        if isDue { lastAnswered = now }
        if answer.isLive, isDue {
            pipeline.close(isForced: true)
            pipeline.emitChanges()
        } else {
            pipeline.close(isForced: false)
        }
        if isDue || answer.isComplete { answer.settle(into: sender.collectors[0].lines) }
    }
    private var lastAnswered: UInt64 = 0

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
