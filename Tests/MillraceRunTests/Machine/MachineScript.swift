// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

@testable import MillraceRun

/// A driver for a machine in a test: each action succeeds with the answer that is laid out here, and is noted by name.
struct MachineScript {
    var machine: RunMachine
    var now: UInt64 = 100_000_000_000
    var wishes = RunMoment(now: 0)

    /// What the next polls say; nothing behind them.
    var polls: [[ConsumerEvent]] = []
    var fatal: KafkaError?
    var takeover: KafkaError?
    var placement: RunPlacement? = RunPlacement(facts: RunFacts(isAtBounds: true))
    /// How the work stands at the beginning of a stage.
    var began: [RunMachine.Stage: RunFacts] = [:]
    /// What the next reads bring; nothing behind them.
    var reads: [(Int, RunFacts)] = []
    var committed = RunFacts()
    var bounded = RunFacts()
    var parts: [Set<Int>] = []
    var partsOver: Int?
    var drained: Bool?
    var finding = CoverageWatch.Finding.complete
    var inputs: Set<String>? = ["in"]
    var widths: [String: Int32] = [:]
    var another: RunFailure?
    /// What the next action of a name fails with.
    var failures: [String: RunError] = [:]

    private var steps: [String] = []
    /// How long each read was to wait, in ms.
    private(set) var waits: [Int32] = []

    init(_ change: (inout RunSetup) -> Void = { _ in }) {
        var setup = RunSetup(
            application: "app", instance: "1", topics: ["in"], layout: TaskLayout(lead: "in", width: 2),
            commitIntervalMilliseconds: 1000)
        change(&setup)
        machine = RunMachine(setup, partitions: [TopicPartition("in", 0), TopicPartition("in", 1)])
    }

    /// In the batch stage, with one of the two partitions.
    static func batch(_ change: (inout RunSetup) -> Void = { _ in }) -> MachineScript {
        var script = MachineScript(change)
        script.polls = [[.assigned([TopicPartition("in", 0)])]]
        script.began[.batch] = RunFacts()
        script.turn()
        _ = script.takeSteps()
        return script
    }

    static func live(_ change: (inout RunSetup) -> Void = { _ in }) -> MachineScript {
        var script = batch(change)
        script.reads = [(0, RunFacts(isAtBounds: true))]
        script.turn()
        _ = script.takeSteps()
        return script
    }

    /// What was done since the last call.
    mutating func takeSteps() -> [String] {
        defer { steps = [] }
        return steps
    }

    private var moment: RunMoment {
        var moment = wishes
        moment.now = now
        return moment
    }

    /// One turn of a driver.
    mutating func turn() {
        var actions = machine.handle(.turn, at: moment)
        while !actions.isEmpty, !machine.isEnded {
            let action = actions.removeFirst()
            let name = MachineScript.name(action)
            steps.append(name)
            if let failure = failures.removeValue(forKey: name) {
                actions = machine.handle(.failed(failure), at: moment)
            } else {
                actions = machine.handle(answer(action), at: moment) + actions
            }
        }
    }

    private mutating func answer(_ action: RunAction) -> RunEvent {
        switch action {
        case .poll: return .polled(polls.isEmpty ? [] : polls.removeFirst(), fatal: fatal)
        case .awaitTakeover: return .takeover(takeover)
        case .place: return .placed(placement)
        case .beginBackfill: return .stageBegan(.backfill, began[.backfill] ?? RunFacts())
        case .endBackfill, .beginBatch: return .stageBegan(.batch, began[.batch] ?? RunFacts())
        case .handOver: return .stageBegan(.live, began[.live] ?? RunFacts())
        case .read(let milliseconds, _):
            waits.append(milliseconds)
            let (records, facts) = reads.isEmpty ? (0, machine.work?.facts ?? RunFacts()) : reads.removeFirst()
            return .read(records: records, facts)
        case .commit(let commit):
            let isSomething = machine.work?.facts.hasProgress == true || commit != .usual
            return .committed(
                commit, sentAt: now, partitions: isSomething ? machine.assigned.sorted() : [],
                commit == .drained ? machine.work?.facts ?? committed : committed)
        case .lookAtCoverage: return .coverage(finding, generation: 1)
        case .lookAtWidths: return .widths(widths)
        case .lookAtInputs: return .inputs(inputs)
        case .identify(let topics): return .identified(topics, another: another, isAnswered: true)
        case .lookAtOthers: return .othersSeen(true)
        case .lookAtParts: return .parts(reached: parts.isEmpty ? [] : parts.removeFirst())
        case .lookAtJob: return .job(over: partsOver)
        case .lookAtDrain: return .drained(drained)
        case .beginDrain, .readExchanges: return .bounded(bounded)
        default: return .done(action)
        }
    }

    private static func name(_ action: RunAction) -> String {
        func list(_ partitions: [TopicPartition]) -> String { partitions.map(\.description).joined(separator: " ") }
        switch action {
        case .poll: return "poll"
        case .listen: return "listen"
        case .acknowledge: return "acknowledge"
        case .widen(let partitions): return "widen \(list(partitions))"
        case .take(let partitions): return "take \(list(partitions))"
        case .giveUp(let partitions): return "giveUp \(list(partitions))"
        case .place(let partitions, _): return "place \(list(partitions))"
        case .beginDrain(let partitions): return "beginDrain \(list(partitions))"
        case .lookAtOthers(let partitions): return "lookAtOthers \(list(partitions))"
        case .read(_, let isReread): return isReread ? "read again" : "read"
        case .emit(let isBackfill): return isBackfill ? "emit of backfill" : "emit"
        case .commit(.ending): return "commit ending"
        case .commit(let commit): return "commit \(commit)"
        case .lookAtParts: return "lookAtParts"
        case .lookAtDrain(let ofExchanges): return ofExchanges ? "lookAtDrain of exchanges" : "lookAtDrain"
        case .show(let state): return "show \(state)"
        case .reach(let point): return "reach \(point)"
        case .say: return "say"
        case .noteFailure: return "noteFailure"
        case .noteSilence: return "noteSilence"
        case .forgetLog: return "forgetLog"
        case .forgetOffsets: return "forgetOffsets"
        case .identify: return "identify"
        case .end(.done): return "end done"
        case .end(.failed(let failure)): return "end failed \(failure.errorCode)"
        case .end(.membershipLost): return "end membershipLost"
        default: return "\(action)"
        }
    }
}

extension KafkaError {
    /// Of a transaction that has to be aborted.
    static let aborting = named("_STATE", requiresAbort: true)
    static let away = named("_TRANSPORT", category: .unreachable)
    static let fenced = named("_FENCED", isFenced: true)

    static func named(
        _ name: String, category: Category = .other, requiresAbort: Bool = false, isFenced: Bool = false,
        isFatal: Bool = false
    ) -> KafkaError {
        KafkaError(
            code: -1, name: name, operation: "commit", message: name, category: category, isFatal: isFatal,
            requiresAbort: requiresAbort, isFenced: isFenced)
    }
}
