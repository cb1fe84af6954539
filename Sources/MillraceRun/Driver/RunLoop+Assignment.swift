// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// What the group gives this process and takes from it, and the pipeline that is made for it.
extension RunLoop {
    func serveEvents(timeoutMilliseconds: Int32) throws {
        pendingEvents += committer.takeEvents()
        pendingEvents += consumer.poll(timeoutMilliseconds: timeoutMilliseconds)
        // Whoever is out of the group for good gets no answers any more.
        if let error = consumer.fatalError { throw MembershipLost(error: error) }
        while let event = pendingEvents.first {
            // A question that could not be answered for now is answered later: the group waits for it. What an error
            // leads to is done once.
            switch event {
            case .assigned, .revoked, .lost:
                try handle(event)
                pendingEvents.removeFirst()
            case .partitionError, .error:
                pendingEvents.removeFirst()
                try handle(event)
            }
        }
        if isRejoining, assigned.isEmpty {
            isRejoining = false
            try consumer.subscribe(topics: graph.topics + exchange.topics)
        }
    }

    /// Who leaves a job does not come back: leaves its group, as far as that can be done at once, so that the others
    /// get its partitions now, not when its session has run out.
    func leaveJob() {
        if job == nil { return }
        let end = clock.monotonicNanoseconds() +| 3_000_000_000
        do {
            try consumer.unsubscribe()
            while !assigned.isEmpty, clock.monotonicNanoseconds() < end { try serveEvents(timeoutMilliseconds: 50) }
        } catch {
            observer.log(LogLine(.warn, "cannot leave the group: \(error)"))
        }
    }

    /// Looks for partitions without an owner now and then after an assignment, until there are none.
    func watchCoverage() throws {
        guard coverageWatch.isWatching, !isRejoining else { return }
        let now = clock.monotonicNanoseconds()
        guard coverageWatch.isDue(now: now) else { return }
        let generation = consumer.groupMetadata()?.generation ?? -1
        guard coverageWatch.note(coverage(), generation: generation, now: now) else { return }
        observer.log(LogLine(.warn, "some partitions belong to no process: joining the group again"))
        try suspend(isLost: false)
        isRejoining = true
        try consumer.unsubscribe()
    }

    private func coverage() -> CoverageWatch.Finding {
        if assigned.count == allPartitions.count { return .complete }
        guard let group = try? consumer.describeGroup(timeoutMilliseconds: 1000) else { return .unsettled }
        return CoverageWatch.Finding(group, allPartitions)
    }

    private func handle(_ event: ConsumerEvent) throws {
        switch event {
        case .assigned(let partitions):
            hasBeenAssigned = true
            coverageWatch.noteAssigned(now: clock.monotonicNanoseconds())
            guard !partitions.isEmpty else {
                recorder?.noteRebalance(isStandby: assigned.isEmpty)
                return try consumer.incrementalAssign(positions: [:])
            }
            try suspend(isLost: false)
            try FaultPoint.assigned.reach()
            try admit(partitions)
            assigned.formUnion(partitions)
            try assign(partitions)
            recorder?.noteRebalance(isStandby: false)
        case .revoked(let partitions):
            try suspend(isLost: false)
            try FaultPoint.revoked.reach()
            giveUp(partitions)
            try consumer.incrementalUnassign(partitions)
        case .lost(let partitions):
            try suspend(isLost: true)
            try FaultPoint.lost.reach()
            giveUp(partitions)
            try consumer.incrementalUnassign(partitions)
        case .partitionError(let partition, let error) where error.isOffsetOutOfRange:
            // The start of the next assignment sees what is missing.
            guard history.failures.note(isFenced: false, now: clock.monotonicNanoseconds()) else {
                throw RunFailure(.data, .committedOffsetLost, "\(partition): \(error.message)", partition: partition)
            }
            observer.log(
                LogLine(
                    .warn, "\(partition): \(error.message)", code: .committedOffsetLost, partition: partition,
                    kind: "\(partition): out of range"))
            try suspend(isLost: false)
        case .partitionError(let partition, let error) where error.category == .missingTopic:
            noteMissing(partition, error)
        // On the way, perhaps: it is read again.
        case .partitionError(_, let error) where error.isDamage: throw error.requiringAbort
        case .partitionError(_, let error): throw RunFailure(error)
        case .error(let error) where error.isFatal: throw MembershipLost(error: error)
        case .error(let error) where error.category == .authentication: throw error
        case .error: break
        }
    }

    /// Partitions that nobody knew when this process began were added to a topic: whatever is as wide as the input
    /// follows.
    private func admit(_ partitions: [TopicPartition]) throws {
        let added = Set(partitions).subtracting(allPartitions)
        guard !added.isEmpty else { return }
        let all = (allPartitions + added).sorted()
        let directory = try TopicDirectory(graph, options: options)
        try directory.prepareChangelogs(state.plan, inputPartitions: all, log: observer.log)
        for producer in committer.changelogProducers {
            try producer.refresh(state.plan.queries.map(state.plan.topic), timeoutMilliseconds: 5000)
        }
        allPartitions = all
    }

    private var planner: StartPlanner {
        StartPlanner(
            consumer: consumer, graph: graph, options: options, clock: clock, groupOffsets: groupOffsets,
            replaced: replacedInputs, partitionCounts: partitionCounts, exchange: exchange, job: job,
            identities: identities)
    }

    /// Takes partitions over; `start` places them for good.
    private func assign(_ partitions: [TopicPartition]) throws {
        do {
            let starts = try planner.starts(partitions.sorted())
            try consumer.incrementalAssign(
                positions: Dictionary(uniqueKeysWithValues: starts.map { ($0.partition, $0.read) }))
        } catch is OffsetsInDoubt {
            // That may last, and the group must not wait for it.
            try consumer.incrementalAssign(
                positions: Dictionary(uniqueKeysWithValues: partitions.map { ($0, LogicalOffset.end) }))
            try consumer.pause(slots: partitions.compactMap { consumer.slot(of: $0) })
        }
    }

    private func giveUp(_ partitions: [TopicPartition]) {
        assigned.subtract(partitions)
        groupOffsets.forget(partitions)
        replacedInputs.subtract(partitions)
    }

    /// Stops computing and, unless the partitions are lost, commits what was done.
    func suspend(isLost: Bool) throws {
        guard let assignment else { return }
        if isLost || phase == .restoring || inputWatch.isWaiting { return try rollBack() }
        try commit(assignment, isLast: true)
        close(assignment)
    }

    func close(_ assignment: Assignment) {
        if phase != .restoring, let meter { note(meter.reports(assignment.pipeline, ends: nil, clock: clock)) }
        history.totals.add(assignment.pipeline, assignment.sender.collectors)
        noteLastRecords(assignment)
        meter = nil
        isHeld = false
        drain = nil
        readOutIsPending = false
        self.assignment = nil
        recorder?.enter(.joining)
    }

    /// Makes a pipeline for what is assigned, from what is committed.
    func start() throws {
        if graph.needsAllPartitions, exchange.exchanges.isEmpty, assigned.count < allPartitions.count {
            throw RunFailure(
                .tryAgain, .secondProcess,
                "another process of \(options.application) has some of the partitions, "
                    + "and this program groups by something else than the record key",
                hint: "stop the other one, or wait for its session to end; with --exchange from the start it runs "
                    + "in several")
        }
        let all = try planner.starts(assigned.sorted())
        let starts = all.filter { $0.part?.isOver != true }
        try consumer.rewind(positions: Dictionary(uniqueKeysWithValues: all.map { ($0.partition, $0.read) }))
        // Of what is over nothing is read.
        try consumer.pause(slots: all.filter { $0.part?.isOver == true }.compactMap { consumer.slot(of: $0.partition) })
        describe(starts)
        recorder?.enter(.restoring)
        let changelogs = try state.changelogs(starts)
        let assignment = try makeAssignment(starts, changelogs: state.kept(changelogs))
        guard try loadState(of: assignment, changelogs) else { return }
        try exchange.prepare()
        self.assignment = assignment
        phase = .restoring
        try assignment.reader.setBounds(starts.map { Optional($0.backfill?.emits ?? $0.next) })
        if assignment.reader.isDone { try finishRestore(assignment) }
    }

    /// - Returns: false: not now.
    private func loadState(of assignment: Assignment, _ changelogs: [StateLoader.Source]) throws -> Bool {
        do {
            let isLoaded = try state.load(assignment.pipeline, assignment.starts, changelogs) {
                pendingEvents += consumer.poll(timeoutMilliseconds: 0)
                showStatus()
                return !observer.isStopRequested
            }
            stateDoubt = RunLoop.noStateDoubt
            return isLoaded
        } catch let ahead as StateAhead {
            if stateDoubt.note(now: clock.monotonicNanoseconds(), patience: RunLoop.statePatience) {
                throw ahead.failure
            }
            groupOffsets.forget(assignment.starts.map(\.partition))
            throw OffsetsInDoubt(message: ahead.failure.message)
        }
    }

    private func makeAssignment(_ starts: [Assignment.Start], changelogs: [Int: Int32]) throws -> Assignment {
        let collectors = (0..<options.threads).map { _ in
            OutputCollector(
                graph, mode: outputs.mode(graph),
                rejections: RejectionCollector(
                    graph, errors: options.errors, deadLetters: outputs.deadLetters, clock: clock),
                clock: clock)
        }
        if recorder != nil {
            for collector in collectors { collector.sampler = ResultSampler(graph.program.queries, clock: clock) }
        }
        var pipelineOptions = options.pipelineOptions
        pipelineOptions.changelogs = changelogs
        pipelineOptions.exchanges = exchange.exchanges
        pipelineOptions.fromTime = job?.fromTime
        pipelineOptions.toTime = job?.toTime
        pipelineOptions.partitionCounts = allPartitions.countsByTopic
        let pipeline = Pipeline(graph, options: pipelineOptions, outputs: collectors)
        for start in starts {
            guard start.entries.isEmpty else {
                _ = pipeline.addSource(
                    start.partition, entries: start.entries, firstOffsets: start.firstOffsets, flush: state.flush(start)
                )
                continue
            }
            _ = pipeline.addSource(
                start.partition,
                from: SourcePartition.Checkpoint(
                    offset: start.metadata?.restoreOffset ?? start.next,
                    watermarks: start.metadata?.watermarks
                        ?? pipeline.initialWatermarks(ofTopic: start.partition.topic)),
                flush: state.flush(start))
        }
        let sender = try OutputSender(
            graph, collectors: collectors, producers: committer.producers, deadLetterTopic: options.deadLetterTopic,
            observer: observer)
        sender.willSend = { [committer] in try committer.begin() }
        let enough = job?.toTime.map { $0 +| graph.timeBehindEnd(margin: options.marginMilliseconds) }
        let reader = SliceReader(
            consumer, pipeline, ComputePool(pipeline), batchRows: options.batchRows ?? 4096,
            isStopRequested: { [unowned self] in observer.isStopRequested }
        ) { [unowned self] source in
            guard let enough, phase == .batch else { return false }
            return pipeline.sources[source].watermarks.allSatisfy { $0 >= enough }
        }
        reader.prepare()
        for (index, start) in starts.enumerated() {
            reader.keepLastRecord(index, start.metadata?.lastRecord)
            if start.read < start.next { reader.expectedRecords[index] = start.metadata?.lastRecord }
        }
        return Assignment(
            starts: starts, pipeline: pipeline, fingerprints: state.fingerprints, identities: identities,
            isUpgrade: options.isUpgrade, reader: reader, sender: sender,
            changesArePending: starts.allSatisfy { $0.metadata == nil || $0.metadata?.changesArePending == true })
    }

    private func describe(_ starts: [Assignment.Start]) {
        let inputs = starts.filter { !exchange.isExchange($0.partition.topic) }
        if !history.hasToldUnusedStart, let note = UnusedStart.note(options, inputs) {
            history.hasToldUnusedStart = true
            observer.log(note)
        }
        for start in starts {
            if let loss = start.loss {
                observer.log(loss.note)
                if loss.kind == .shorter || loss.kind == .replaced { groupOffsets.noteReplaced(start.partition) }
            }
            if start.isAdded {
                observer.log(
                    LogLine(
                        .info, "\(start.partition): added to the topic, read from its beginning",
                        partition: start.partition))
            }
            if let backfill = start.backfill {
                observer.log(
                    LogLine(
                        .info,
                        "\(start.partition): \(names(backfill.queries)) from offset \(backfill.emits) to "
                            + "\(start.next), where the others are",
                        partition: start.partition, offset: backfill.emits))
            }
            let reread = start.next -| (start.metadata?.restoreOffset ?? start.next)
            observer.log(
                LogLine(
                    .info,
                    "\(start.partition): from offset \(start.next), "
                        + "at most \(max(start.cut -| start.next, 0)) records of history"
                        + (reread > 0 ? ", \(reread) read again for the state" : ""),
                    partition: start.partition, offset: start.next))
        }
    }
}
