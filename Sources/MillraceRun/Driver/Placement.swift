// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// Takes partitions over, and makes the pipeline that computes them from what is committed.
///
///     take: assigned, paused at the end ─► place: starts ─► rewound ─► pipeline ─► state loaded
final class Placement {
    private let context: RunContext
    /// All of the input and the exchanges, as far as this process knows them.
    private var partitions: [TopicPartition]

    init(_ context: RunContext) {
        self.context = context
        partitions = context.partitions
    }

    /// Topics as wide as the input follow it.
    func widen(_ all: [TopicPartition]) throws {
        let plan = context.state.plan
        let directory = try TopicDirectory(context.graph, options: context.options)
        try directory.prepareChangelogs(plan, inputPartitions: all, log: context.log)
        for producer in context.committer.changelogProducers {
            try producer.refresh(plan.queries.map(plan.topic), timeoutMilliseconds: 5000)
        }
        partitions = all
    }

    /// Answers the group at once, because it waits for that. Where to begin is found when everything is placed.
    func take(_ partitions: [TopicPartition]) throws {
        let consumer = context.consumer
        try consumer.incrementalAssign(
            positions: Dictionary(uniqueKeysWithValues: partitions.map { ($0, LogicalOffset.end) }))
        try consumer.pause(slots: partitions.compactMap { consumer.slot(of: $0) })
    }

    func giveUp(_ partitions: [TopicPartition]) throws {
        context.groupOffsets.forget(partitions)
        try context.consumer.incrementalUnassign(partitions)
    }

    /// Makes a pipeline for what is assigned, from what is committed.
    /// - Parameters:
    ///   - replaced: those whose log is known to be another than the committed one.
    ///   - whileLoading: called now and then; serves the group.
    /// - Returns: nil: the state is not loaded, because the run is to stop.
    func place(
        _ assigned: [TopicPartition], replaced: Set<TopicPartition>, whileLoading: () -> Void
    ) throws -> Assignment? {
        let consumer = context.consumer
        let all = try planner(replaced).starts(assigned)
        let starts = all.filter { $0.part?.isOver != true }
        try consumer.rewind(positions: Dictionary(uniqueKeysWithValues: all.map { ($0.partition, $0.read) }))
        // Of what is over nothing is read.
        try consumer.pause(slots: all.filter { $0.part?.isOver == true }.compactMap { consumer.slot(of: $0.partition) })
        describe(starts)
        let changelogs = try context.state.changelogs(starts)
        let assignment = try makeAssignment(starts, changelogs: context.state.kept(changelogs))
        let isLoaded = try context.state.load(assignment.pipeline, assignment.starts, changelogs) {
            whileLoading()
            return !context.observer.isStopRequested
        }
        guard isLoaded else { return nil }
        try context.exchange.prepare()
        try assignment.reader.setBounds(starts.map { Optional($0.backfill?.emits ?? $0.next) })
        return assignment
    }

    private func planner(_ replaced: Set<TopicPartition>) -> StartPlanner {
        StartPlanner(
            consumer: context.consumer, graph: context.graph, options: context.options, clock: context.clock,
            groupOffsets: context.groupOffsets, replaced: replaced, partitionCounts: context.partitionCounts,
            exchange: context.exchange, job: context.job, identities: context.identities)
    }

    // MARK: the pipeline

    private func makeAssignment(_ starts: [Assignment.Start], changelogs: [Int: Int32]) throws -> Assignment {
        let options = context.options
        let collectors = makeCollectors()
        let pipeline = makePipeline(starts, changelogs: changelogs, collectors)
        let sender = try OutputSender(
            context.graph, collectors: collectors, producers: context.committer.producers,
            deadLetterTopic: options.deadLetterTopic, observer: context.observer)
        sender.willSend = { [committer = context.committer] in try committer.begin() }
        return Assignment(
            starts: starts, pipeline: pipeline, fingerprints: context.state.fingerprints,
            identities: context.identities, isUpgrade: options.isUpgrade, reader: makeReader(pipeline, starts),
            sender: sender,
            changesArePending: starts.allSatisfy { $0.metadata == nil || $0.metadata?.changesArePending == true })
    }

    private func makeCollectors() -> [OutputCollector] {
        let (graph, options, outputs) = (context.graph, context.options, context.outputs)
        return (0..<options.threads).map { _ in
            let collector = OutputCollector(
                graph, mode: outputs.mode(graph),
                rejections: RejectionCollector(
                    graph, errors: options.errors, deadLetters: outputs.deadLetters, clock: context.clock),
                clock: context.clock)
            if context.recorder != nil {
                collector.sampler = ResultSampler(graph.program.queries, clock: context.clock)
            }
            return collector
        }
    }

    private func makePipeline(
        _ starts: [Assignment.Start], changelogs: [Int: Int32], _ collectors: [OutputCollector]
    ) -> Pipeline {
        var pipelineOptions = context.options.pipelineOptions
        pipelineOptions.changelogs = changelogs
        pipelineOptions.exchanges = context.exchange.exchanges
        pipelineOptions.fromTime = context.job?.fromTime
        pipelineOptions.toTime = context.job?.toTime
        pipelineOptions.partitionCounts = partitions.countsByTopic
        let pipeline = Pipeline(context.graph, options: pipelineOptions, outputs: collectors)
        for start in starts {
            let flush = context.state.flush(start)
            guard start.entries.isEmpty else {
                _ = pipeline.addSource(
                    start.partition, entries: start.entries, firstOffsets: start.firstOffsets, flush: flush)
                continue
            }
            let watermarks =
                start.metadata?.watermarks ?? pipeline.graph.initialWatermarks(ofTopic: start.partition.topic)
            _ = pipeline.addSource(
                start.partition,
                from: SourcePartition.Checkpoint(
                    offset: start.metadata?.restoreOffset ?? start.next, watermarks: watermarks), flush: flush)
        }
        return pipeline
    }

    private func makeReader(_ pipeline: Pipeline, _ starts: [Assignment.Start]) -> SliceReader {
        let options = context.options
        let enough = context.job?.toTime.map {
            $0 +| context.graph.timeBehindEnd(margin: options.marginMilliseconds)
        }
        // A job's slice by time: what is read again for the state lies before it.
        let nexts = starts.map(\.next)
        let reader = SliceReader(
            context.consumer, pipeline, ComputePool(pipeline), batchRows: options.batchRows ?? 4096,
            isStopRequested: { [observer = context.observer] in observer.isStopRequested }
        ) { [unowned pipeline] source in
            guard let enough, pipeline.sources[source].nextOffset >= nexts[source] else { return false }
            return pipeline.sources[source].watermarks.allSatisfy { $0 >= enough }
        }
        reader.prepare()
        for (index, start) in starts.enumerated() {
            reader.keepLastRecord(index, start.metadata?.lastRecord)
            if start.read < start.next { reader.expectedRecords[index] = start.metadata?.lastRecord }
        }
        return reader
    }

    // MARK: what is said of it

    private func describe(_ starts: [Assignment.Start]) {
        let inputs = starts.filter { !context.exchange.isExchange($0.partition.topic) }
        let history = context.history
        if !history.hasToldUnusedStart, let note = UnusedStart.note(context.options, inputs) {
            history.hasToldUnusedStart = true
            context.log(note)
        }
        for start in starts {
            if let loss = start.loss {
                context.log(loss.note)
                if loss.kind == .shorter || loss.kind == .replaced {
                    context.groupOffsets.noteReplaced(start.partition)
                }
            }
            for text in Placement.texts(start, context) {
                context.log(
                    LogLine(.info, "\(start.partition): \(text)", partition: start.partition, offset: start.next))
            }
        }
    }

    private static func texts(_ start: Assignment.Start, _ context: RunContext) -> [String] {
        var texts: [String] = []
        if start.isAdded { texts.append("added to the topic, read from its beginning") }
        if let backfill = start.backfill {
            texts.append(
                "\(context.names(backfill.queries)) from offset \(backfill.emits) to \(start.next), "
                    + "where the others are")
        }
        let reread = start.next -| (start.metadata?.restoreOffset ?? start.next)
        texts.append(
            "from offset \(start.next), at most \(max(start.cut -| start.next, 0)) records of history"
                + (reread > 0 ? ", \(reread) read again for the state" : ""))
        return texts
    }
}
