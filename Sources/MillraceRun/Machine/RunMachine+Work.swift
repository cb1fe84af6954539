// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// The stages of an assignment, the cycle of its commits, and its end.
extension RunMachine {
    /// After the first commit of an assignment, in ns. A commit that was answered may become visible a little later.
    private static let looksAtOthers: [UInt64] = [1, 5, 20].map { $0 * 1_000_000_000 }
    /// From so many records in one turn on, a run has to catch up.
    private static let manyRecords = 4096
    private static let longestWait: Int64 = 200
    private static let shortestWait: Int32 = 10
    /// An assignment's offsets may be old: they are renewed this soon, in ns.
    private static let firstRenewal: UInt64 = 60_000_000_000

    /// With the group answered: places what was given, or goes on with what is placed.
    mutating func goOn(_ moment: RunMoment) -> [RunAction] {
        if inputs.isWaiting { return [] }
        switch state {
        case .joining: return join(moment)
        case .working(let work): return goOn(work, moment)
        case .recovering, .finishing, .ended: return []
        }
    }

    private mutating func join(_ moment: RunMoment) -> [RunAction] {
        if isRejoining { return [] }
        guard assigned.isEmpty else { return place() }
        // Before the group has answered nobody knows what there is to drain.
        if moment.isDrainRequested, hasBeenAssigned {
            return lookAtDrain(ofExchanges: !setup.exchangeTopics.isEmpty, moment) ?? []
        }
        return setup.isJob ? lookAtJob(moment) : []
    }

    private mutating func place() -> [RunAction] {
        if let need = setup.wholeInput, assigned.count < allPartitions.count {
            return fail(
                RunFailure(
                    .tryAgain, .secondProcess,
                    "another process of \(setup.application) has some of the partitions, "
                        + "and this program \(need.reason)",
                    hint: "stop the other one, or wait for its session to end\(need.remedy)"))
        }
        return [.show(.restoring), .place(assigned.sorted(), replaced: replacedInputs)]
    }

    private mutating func goOn(_ work: Work, _ moment: RunMoment) -> [RunAction] {
        var work = work
        defer { self.work = work }
        if moment.isPauseRequested {
            if work.isPaused { return [] }
            work.isPaused = true
            return (work.stage == .restoring ? [] : [.commit(usual(work))]) + [.show(.paused)]
        }
        var actions: [RunAction] = []
        if work.isPaused {
            work.isPaused = false
            actions = [.show(shown(work.stage))]
        }
        if work.stage == .live, moment.isDrainRequested, let steps = drain(&work, moment) { return actions + steps }
        if setup.isJob, work.facts.areAllPartsOver { return actions + lookAtJob(moment) }
        return actions + [
            .read(
                milliseconds: wait(work, moment), isReread: work.stage == .restoring || work.stage == .backfill)
        ]
    }

    private func usual(_ work: Work) -> RunCommit { work.stage == .backfill ? .backfill : .usual }

    private func shown(_ stage: Stage) -> RunState {
        switch stage {
        case .restoring: .restoring
        case .backfill, .batch: .backfill
        case .live: .live
        }
    }

    /// How long to wait for records, in ms: arrivals end it at once, so that only the commit of what was read has to be
    /// in time, and the group's events and a wish to stop soon enough.
    private func wait(_ work: Work, _ moment: RunMoment) -> Int32 {
        if work.emissionIsPending { return 1 }
        // Nothing that arrives lets them go on: time does.
        if work.facts.isWaitingForJoins { return RunMachine.shortestWait }
        guard work.stage != .restoring, work.facts.hasProgress else { return Int32(clamping: RunMachine.longestWait) }
        let passed = Int64(clamping: (moment.now -| work.lastCommit) / 1_000_000)
        return Int32(clamping: min(max(setup.commitIntervalMilliseconds -| passed, 0), RunMachine.longestWait))
    }

    // MARK: what came of an action

    mutating func advance(_ event: RunEvent, _ moment: RunMoment) -> [RunAction] {
        if case .placed(let placement) = event { return notePlaced(placement, moment) }
        if case .committed(let commit, let sentAt, let partitions, let facts) = event {
            return noteCommitted(commit, sentAt, partitions, facts, moment)
        }
        if case .job(let over) = event { return noteJob(over: over, moment) }
        if case .drained(let isOver) = event { return noteDrained(isOver, moment) }
        guard var work else { return [] }
        defer { self.work = work }
        switch event {
        case .stageBegan(let stage, let facts): return begin(stage, facts, &work, moment)
        case .read(let records, let facts):
            work.facts = facts
            return noteRead(records, &work, moment)
        case .bounded(let facts):
            work.facts = facts
            work.drain = Drain(isOfExchanges: work.drain != nil)
            return []
        case .othersSeen(let isAnswered):
            if isAnswered {
                work.looksAtOthers?.removeFirst()
            } else {
                work.looksAtOthers?[0] = moment.now +| RunMachine.looksAtOthers[0]
            }
            return []
        case .parts(let reached):
            if !reached.isEmpty { return [.commit(.ending(reached))] }
            return isCommitDue(work, moment) ? [.commit(.usual)] : []
        default: return []
        }
    }

    private mutating func notePlaced(_ placement: RunPlacement?, _ moment: RunMoment) -> [RunAction] {
        guard let placement, case .joining = state else { return [] }
        stateDoubt = RunMachine.noStateDoubt
        let first = min(RunMachine.firstRenewal, renewalInterval)
        let work = Work(hasBackfill: placement.hasBackfill, facts: placement.facts, renewal: moment.now +| first)
        state = .working(work)
        return endRestore(work)
    }

    /// Where everything is read again, results are new from here on.
    private func endRestore(_ work: Work) -> [RunAction] {
        guard work.facts.isAtBounds else { return [] }
        return work.hasBackfill ? [.beginBackfill] : [.beginBatch]
    }

    private mutating func begin(
        _ stage: Stage, _ facts: RunFacts, _ work: inout Work, _ moment: RunMoment
    ) -> [RunAction] {
        assert(work.stage.rawValue < stage.rawValue, "stages only go on")
        let wasBackfill = work.stage == .backfill
        work.stage = stage
        work.facts = facts
        switch stage {
        case .restoring: return []
        case .backfill:
            work.lastCommit = moment.now
            return facts.isAtBounds ? [.endBackfill] : []
        case .batch:
            work.lastCommit = moment.now
            work.hasBackfill = false
            return wasBackfill ? [.commit(.backfillEnd)] : []
        case .live: return []
        }
    }

    private mutating func noteRead(_ records: Int, _ work: inout Work, _ moment: RunMoment) -> [RunAction] {
        if work.stage == .restoring { return [.lookAtMemory] + endRestore(work) }
        if records > 0 { work.emissionIsPending = true }
        var actions: [RunAction] = []
        if work.emissionIsPending, isEmissionDue(work, records, moment) {
            work.lastEmission = moment.now
            work.emissionIsPending = false
            actions.append(.emit(isBackfill: work.stage == .backfill))
        }
        if work.stage == .backfill {
            actions.append(.lookAtMemory)
            if work.facts.isAtBounds { return actions + [.endBackfill] }
            return isCommitDue(work, moment) ? actions + [.commit(.backfill)] : actions
        }
        if setup.isJob {
            actions.append(.lookAtParts(isQuiet: !work.emissionIsPending))
        } else if work.stage == .batch, work.facts.isAtBounds {
            return actions + [.commit(.handOver), .reach(.handedOver), setup.endsAtCut ? .endBatch : .handOver]
        } else if moment.now >= work.renewal, !isAllSubscribed {
            actions.append(.commit(.renewal))
        } else if isCommitDue(work, moment) {
            actions.append(.commit(.usual))
        }
        actions += [.lookAtMemory, .lookAtLogs]
        if let due = work.looksAtOthers?.first, moment.now >= due {
            actions.append(.lookAtOthers(allPartitions.filter { !assigned.contains($0) && !isExchange($0) }))
        }
        return actions + [.reportProgress]
    }

    private var renewalInterval: UInt64 { UInt64(clamping: setup.renewalMilliseconds) *| 1_000_000 }

    /// Whether the group keeps all offsets by itself.
    private var isAllSubscribed: Bool { setup.topics.count == 1 && setup.exchangeTopics.isEmpty }

    private func isExchange(_ partition: TopicPartition) -> Bool { setup.exchangeTopics.contains(partition.topic) }

    /// Live, few records wait until those sent before have arrived: one request on its way at a time costs the broker
    /// much less than several small ones, and librdkafka's thread spins while it may not send what it holds. With
    /// several threads that have much to do results are read out now and then only, because everything has to stop for
    /// it.
    /// - Parameter records: how many were read in this turn.
    private func isEmissionDue(_ work: Work, _ records: Int, _ moment: RunMoment) -> Bool {
        let passed = moment.now -| work.lastEmission
        if work.stage != .live || records >= RunMachine.manyRecords {
            return setup.threads == 1 || passed >= 200_000_000
        }
        return passed >= 10_000_000 || work.facts.isSenderIdle
    }

    private func isCommitDue(_ work: Work, _ moment: RunMoment) -> Bool {
        Int64(clamping: (moment.now -| work.lastCommit) / 1_000_000) >= setup.commitIntervalMilliseconds
    }

    private mutating func noteCommitted(
        _ commit: RunCommit, _ sentAt: UInt64, _ partitions: [TopicPartition], _ facts: RunFacts, _ moment: RunMoment
    ) -> [RunAction] {
        if !partitions.isEmpty {
            failures.noteCommit()
            replacedInputs.subtract(partitions)
        }
        guard var work else { return [] }
        defer { self.work = work }
        assert(sentAt >= work.lastCommit, "commits are in order")
        work.lastCommit = sentAt
        work.emissionIsPending = false
        work.facts = facts
        if !partitions.isEmpty { work.renewal = moment.now +| renewalInterval }
        if commit == .drained { work.drain?.isCommitted = true }
        if !partitions.isEmpty, work.looksAtOthers == nil, !setup.isJob, !setup.isUpgrade {
            work.looksAtOthers = RunMachine.looksAtOthers.map { moment.now +| $0 }
        }
        return []
    }

    // MARK: ends

    /// A drain reads to the ends of the logs as they are when it begins; then the run is over by itself. It waits for
    /// what other processes have: a partition that changes hands meanwhile is drained by its next owner. What goes
    /// through an exchange is followed to its end, so that all results of what was read are published:
    ///
    ///     own input to its end ─► committed ─► all input of the group committed ─┐
    ///     own exchanges to their ends ◄───────────────────────────────────────────┘
    ///               └─► committed ─► all exchanges committed
    ///
    /// - Returns: nil: the work goes on.
    private mutating func drain(_ work: inout Work, _ moment: RunMoment) -> [RunAction]? {
        guard let drain = work.drain else {
            return [
                .beginDrain(allPartitions.filter { !isExchange($0) }), .show(.draining),
                .say(LogLine(.info, "draining: reading to the ends of the logs, then stopping")),
            ]
        }
        guard work.facts.isAtBounds else { return nil }
        if !drain.isCommitted { return [.commit(.drained), .lookAtDrain(ofExchanges: drain.isOfExchanges)] }
        return lookAtDrain(ofExchanges: drain.isOfExchanges, moment)
    }

    /// Nil: it is not time to.
    private mutating func lookAtDrain(ofExchanges: Bool, _ moment: RunMoment) -> [RunAction]? {
        guard moment.now >= nextLookAtOthers else { return nil }
        nextLookAtOthers = moment.now +| RunMachine.lookInterval
        return [.lookAtDrain(ofExchanges: ofExchanges)]
    }

    private mutating func noteDrained(_ isOver: Bool?, _ moment: RunMoment) -> [RunAction] {
        guard let isOver else { return [] }
        let drain = work?.drain
        if isOver {
            return drain == nil || drain?.isOfExchanges == true || setup.exchangeTopics.isEmpty
                ? finish() : [.readExchanges]
        }
        var actions: [RunAction] = []
        if !drainIsWaiting {
            drainIsWaiting = true
            actions.append(.say(LogLine(.info, "draining: the other processes are not as far yet")))
        }
        // Markers of transactions that were aborted meanwhile lie behind what was read.
        return drain?.isOfExchanges == true ? actions + [.readExchanges] : actions
    }

    /// Whether the job is done, which is asked now and then when this process has nothing left to do.
    private mutating func lookAtJob(_ moment: RunMoment) -> [RunAction] {
        guard moment.now >= nextLookAtOthers else { return [] }
        nextLookAtOthers = moment.now +| RunMachine.lookInterval
        return [.lookAtJob]
    }

    private mutating func noteJob(over: Int?, _ moment: RunMoment) -> [RunAction] {
        guard let over else { return [] }
        isJobOver = over == allPartitions.count
        if isJobOver {
            return [.say(LogLine(.info, "the job \(setup.application) is done"))] + finish()
        }
        if isWaitingForJob || !hasBeenAssigned { return [] }
        isWaitingForJob = true
        return [
            .say(
                LogLine(
                    .info, "\(over) of \(allPartitions.count) partitions are done, the other processes have the rest"))
        ]
    }
}
