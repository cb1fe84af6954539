// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// Decides what a member of the group does: placement, restore, backfill, hand-over, live, pause, drain, rejoin, and
/// the way back after a failure. It knows no clock and does no I/O: events come in, actions go out.
///
///     joining ─ place ─► working: restoring ─► (backfill) ─► batch ─► live ─► finishing ─► ended
///        ▲                  │                                                    ▲
///        ├── close, rollBack┘        a wish to stop, a drain, the end of a job ──┘
///        └── rollBack ── recovering ◄── a failure, anywhere
struct RunMachine: Sendable {
    /// In the order in which they come.
    enum Stage: Int, Hashable, Sendable {
        case restoring
        /// Queries that were added run over the history; the others are read again silently meanwhile.
        case backfill
        case batch
        case live
    }

    /// A drain under way.
    struct Drain: Hashable, Sendable {
        /// All input is committed, by whatever process: the exchanges are read to where they end.
        var isOfExchanges = false
        /// What this process has read to its end is committed: the others are waited for.
        var isCommitted = false
    }

    /// A pipeline is made, and runs.
    struct Work: Hashable, Sendable {
        var stage = Stage.restoring
        var hasBackfill: Bool
        var facts: RunFacts
        var lastCommit: UInt64 = 0
        var lastEmission: UInt64 = 0
        /// Records were run whose results have not been collected.
        var emissionIsPending = false
        var isPaused = false
        var drain: Drain?
        /// When all of its offsets are committed again, in ns.
        var renewal: UInt64
        /// When to look at what other processes commit, in ns; nil: not before the first commit.
        var looksAtOthers: [UInt64]?
    }

    enum State: Hashable, Sendable {
        /// Nothing is placed.
        case joining
        case working(Work)
        /// Back to the last commit.
        case recovering(Recovery)
        case finishing(Finish)
        case ended
    }

    struct Recovery: Hashable, Sendable {
        /// What it is about.
        var error: KafkaError
        /// A pipeline is there.
        var isPlaced: Bool
        /// The run was about to end, and ends behind it.
        var isFinishing = false
    }

    struct Finish: Hashable, Sendable {
        /// A pipeline is there.
        var isPlaced: Bool
        /// The last commit has failed once.
        var isSecond = false
    }

    /// Between two looks how many partitions the input has, in ns.
    private static let widthInterval: UInt64 = 10_000_000_000
    /// Between two looks at what the other processes have committed, in ns.
    static let lookInterval: UInt64 = 300_000_000

    let setup: RunSetup
    /// The input's and the exchanges', as far as this process knows them; in order.
    var allPartitions: [TopicPartition]
    var state = State.joining
    /// What the group has given this process.
    var assigned: Set<TopicPartition> = []
    /// The group has answered: it has given partitions, or said that there are none for now.
    var hasBeenAssigned = false
    /// The group was left, to be joined again when everything that was assigned is given back.
    var isRejoining = false
    /// What the group has said and was not answered yet, in order.
    var queue: [ConsumerEvent] = []
    /// Partitions whose log is another than the committed one; until the next commit.
    var replacedInputs: Set<TopicPartition> = []
    private var nextLookAtWidths: UInt64 = 0
    var coverage = CoverageWatch()
    var inputs = InputWatch()
    var failures: FailureHistory
    var stateDoubt = RunMachine.noStateDoubt
    /// When to look at what the others have done of a job or a drain, in ns.
    var nextLookAtOthers: UInt64 = 0
    /// It was said that the drain waits for other processes.
    var drainIsWaiting = false
    /// It was said that there is nothing left to do here.
    var isWaitingForJob = false
    /// All partitions of the job are over.
    var isJobOver = false

    init(_ setup: RunSetup, partitions: [TopicPartition], failures: FailureHistory = FailureHistory()) {
        self.setup = setup
        allPartitions = partitions
        self.failures = failures
    }

    var isEnded: Bool { state == .ended }

    /// Whether records were run whose results have not been collected.
    var emissionIsPending: Bool { work?.emissionIsPending ?? false }

    /// Nil: nothing is placed, or the run is on its way back or out. Only what is there can be set.
    var work: Work? {
        get { if case .working(let work) = state { work } else { nil } }
        set {
            guard let newValue, case .working = state else { return }
            state = .working(newValue)
        }
    }

    /// - Returns: what to do before anything else that is left.
    mutating func handle(_ event: RunEvent, at moment: RunMoment) -> [RunAction] {
        switch event {
        case .turn: return turn(moment)
        case .heard(let events):
            queue += events
            return []
        case .polled(let events, let fatal):
            queue += events
            if let fatal { return leave(fatal, moment) }
            return serve(moment)
        case .widths(let widths): return noteWidths(widths, moment)
        case .coverage(let finding, let generation): return note(finding, generation, moment)
        case .inputs(let found): return noteInputs(found, moment)
        case .identified(let topics, let another, let isAnswered):
            return noteIdentity(topics, another, isAnswered: isAnswered, moment)
        case .takeover(let fatal): return noteTakeover(fatal, moment)
        case .failed(let error): return recover(from: error, moment)
        case .done(let action): return note(done: action, moment)
        case .placed, .stageBegan, .read, .committed, .bounded, .othersSeen, .parts, .job, .drained:
            return advance(event, moment)
        }
    }

    /// What is looked at now and then comes first, then the group, then the work.
    private mutating func turn(_ moment: RunMoment) -> [RunAction] {
        switch state {
        case .ended: return []
        // The last commit has failed: what it held is left to the next start.
        case .finishing: return [end]
        // A recovery whose actions are done has changed the state.
        case .recovering: preconditionFailure("a turn in the middle of a recovery")
        case .joining, .working: break
        }
        if moment.isStopRequested { return finish() }
        var actions: [RunAction] = []
        if coverage.isWatching, !isRejoining, coverage.isDue(now: moment.now) { actions.append(.lookAtCoverage) }
        if work != nil { actions.append(.lookAtOutputs) }
        if setup.topics.count > 1, hasBeenAssigned, moment.now >= nextLookAtWidths {
            nextLookAtWidths = moment.now +| RunMachine.widthInterval
            actions.append(.lookAtWidths)
        }
        if inputs.isDue(now: moment.now, isIdle: work == nil && hasBeenAssigned) { actions.append(.lookAtInputs) }
        return actions + [.poll(milliseconds: pollMilliseconds)]
    }

    private var pollMilliseconds: Int32 {
        guard let work, !inputs.isWaiting, !work.isPaused else { return 50 }
        if setup.isJob, work.facts.areAllPartsOver { return 100 }
        return work.drain?.isCommitted == true ? 20 : 0
    }

    private mutating func note(done action: RunAction, _ moment: RunMoment) -> [RunAction] {
        switch action {
        case .answered:
            queue.removeFirst()
            return serve(moment)
        case .widen(let partitions): allPartitions = partitions
        case .take(let partitions): assigned.formUnion(partitions)
        case .giveUp(let partitions):
            assigned.subtract(partitions)
            replacedInputs.subtract(partitions)
        case .unsubscribe: isRejoining = true
        case .subscribe: isRejoining = false
        case .rollBack, .close, .abandon: notePipelineGone()
        case .endBatch: return finish()
        case .end: state = .ended
        default: break
        }
        return []
    }

    private mutating func notePipelineGone() {
        switch state {
        case .working, .joining: state = .joining
        case .recovering(let recovery):
            state = recovery.isFinishing ? .finishing(Finish(isPlaced: false, isSecond: true)) : .joining
        case .finishing(var finish):
            finish.isPlaced = false
            state = .finishing(finish)
        case .ended: break
        }
    }

    // MARK: the end

    /// The last commit, and the report.
    mutating func finish() -> [RunAction] {
        let work = work
        state = .finishing(Finish(isPlaced: work != nil))
        var actions: [RunAction] = [.show(.stopping)]
        if let work, work.stage != .restoring, !(setup.isJob && work.facts.areAllPartsOver) {
            actions.append(.commit(work.stage == .backfill ? .backfill : .end))
        }
        return actions + [end]
    }

    private var end: RunAction {
        if setup.isJob, !isJobOver {
            return .end(
                .failed(
                    RunFailure(
                        .tryAgain, .stoppedEarly, "stopped before the end of the slice",
                        hint: "the same command goes on from here; what is published stays")))
        }
        return .end(.done)
    }
}
