// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// The way back to the last commit, where there is one.
extension RunMachine {
    /// How long a changelog that is ahead is taken for something that passes, in ns.
    static let statePatience: UInt64 = 60_000_000_000
    /// Loading changelogs may take any time.
    static let noStateDoubt = Doubt(longestGap: .max)

    mutating func recover(from error: RunError, _ moment: RunMoment) -> [RunAction] {
        if case .ended = state { return [] }
        if case .recovering = state { return fail(RunMachine.failure(error, self)) }
        switch error {
        case .kafka(let error, let isUncertain) where RunMachine.canRecover(from: error):
            return recover(from: error, isUncertain: isUncertain, moment)
        case .doubt(let message) where !isFinishing: return doubt(message)
        case .stateAhead(let failure):
            if stateDoubt.note(now: moment.now, patience: RunMachine.statePatience) { return fail(failure) }
            return [.forgetOffsets(assigned.sorted())] + doubt(failure.message)
        case .membershipLost(let error) where !isFinishing: return leave(error, moment)
        case .replacedInput(let partition) where !isFinishing:
            // What to do about it is decided where the next assignment begins.
            replacedInputs.insert(partition)
            return [.forgetLog(partition), .rollBack]
        default: return fail(RunMachine.failure(error, self))
        }
    }

    /// Whether going back to the last commit is a way out.
    private static func canRecover(from error: KafkaError) -> Bool {
        // What a topic has refused once it refuses again.
        if error.category == .tooLarge || error.category == .refused { return false }
        // The topics were there when the run began: a broker that has just come back may not know them yet.
        if error.category == .missingTopic { return true }
        return error.requiresAbort || error.isFenced || error.isFatal || error.category == .unreachable
    }

    private var isFinishing: Bool {
        if case .finishing = state { true } else { false }
    }

    private mutating func recover(
        from error: KafkaError, isUncertain: Bool, _ moment: RunMoment
    ) -> [RunAction] {
        switch state {
        case .finishing(let finish) where finish.isSecond: return fail(RunFailure(error))
        case .finishing(let finish):
            state = .recovering(Recovery(error: error, isPlaced: finish.isPlaced, isFinishing: true))
        default: state = .recovering(Recovery(error: error, isPlaced: work != nil))
        }
        let note = RunAction.noteFailure(error, isUncertain: isUncertain)
        // Its producers are fenced: by a transaction that took too long, or by another process of its name, of which
        // the group says so with the next heartbeat. New producers would fence those of the other one in turn.
        return [note] + (error.isFenced ? [.awaitTakeover] : rollBack(moment))
    }

    mutating func noteTakeover(_ fatal: KafkaError?, _ moment: RunMoment) -> [RunAction] {
        if let fatal { return leave(fatal, moment) }
        return rollBack(moment)
    }

    private mutating func rollBack(_ moment: RunMoment) -> [RunAction] {
        guard case .recovering(let recovery) = state else {
            preconditionFailure("the way back without a recovery")
        }
        let error = recovery.error
        var actions: [RunAction] = []
        // Brokers that are away come back some time; what fails again and again for another reason does not mend
        // itself.
        if error.category == .unreachable {
            actions.append(.noteSilence(error.message))
            if moment.isStopRequested { return actions + fail(RunMachine.stoppedWithoutCommit(error)) }
            actions.append(.listen(milliseconds: 500))
        } else {
            guard failures.note(isFenced: error.isFenced, now: moment.now) else {
                return fail(error.isFenced ? fencedOut(error) : RunFailure(error))
            }
            if error.category == .missingTopic { actions.append(.hurryOutputs) }
            // These take a while to mend; of its membership it hears with the next heartbeat.
            if error.category == .missingTopic || error.isDamage || error.isOfMembership {
                actions.append(.listen(milliseconds: 1000))
            }
        }
        if recovery.isPlaced {
            actions.append(.noteAborted)
            actions.append(
                .say(
                    LogLine(
                        .warn, "transaction aborted, going back to the last commit: \(error.message)",
                        code: ErrorCode(error), kind: "transaction aborted")))
        } else {
            actions.append(
                .say(LogLine(.warn, "trying again: \(error)", code: ErrorCode(error), kind: "trying again")))
        }
        return actions + [.rollBack]
    }

    /// What the group is said to have committed cannot be true: asks again a little later.
    private func doubt(_ message: String) -> [RunAction] {
        [
            .noteSilence(message),
            .say(LogLine(.warn, "asking again: \(message)", code: .offsetsForgotten, kind: "offsets in doubt")),
            .listen(milliseconds: 500),
        ]
    }

    /// Gives everything up, so that a new member can go on from the last commit.
    mutating func leave(_ error: KafkaError, _ moment: RunMoment) -> [RunAction] {
        guard failures.note(isFenced: true, now: moment.now) else { return fail(fencedOut(error)) }
        // The next member's producers end the open transaction: those of now would take their ids back first.
        return [
            .say(
                LogLine(
                    .warn, "another member of the group has this one's name, joining again: \(error.message)",
                    code: .takenOver, kind: "joining again")), .abandon, .end(.membershipLost(error)),
        ]
    }

    func fail(_ failure: RunFailure) -> [RunAction] { [.end(.failed(failure))] }

    private func fencedOut(_ error: KafkaError) -> RunFailure {
        RunFailure(
            .tryAgain, .takenOver,
            "another instance runs as \(setup.application)-\(setup.instance): \(error.message)",
            hint: "stop one of them, or give it another name with --instance")
    }

    private static func stoppedWithoutCommit(_ error: KafkaError) -> RunFailure {
        RunFailure(
            .unreachable, .unreachable, "stopped without a last commit: \(error.message)",
            hint: "nothing is lost or doubled: the next start goes on from the commit before")
    }

    private static func failure(_ error: RunError, _ machine: RunMachine) -> RunFailure {
        switch error {
        case .kafka(let error, _): RunFailure(error)
        case .doubt(let message): RunFailure(.data, .offsetsForgotten, message)
        case .stateAhead(let failure), .failure(let failure): failure
        case .replacedInput(let partition):
            .replacedInput(
                partition, before: 0,
                hint: InputLoss.hint(partition, application: machine.setup.application))
        case .membershipLost(let error): machine.fencedOut(error)
        }
    }
}
