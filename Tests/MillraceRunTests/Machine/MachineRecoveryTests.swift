// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport
import Testing

@testable import MillraceRun

/// The way back to the last commit, failure by failure.
struct MachineRecoveryTests {
    private let first = TopicPartition("in", 0)

    @Test func anAbortedTransactionGoesBackToTheLastCommit() {
        var script = MachineScript.live()
        script.failures["read"] = .kafka(.aborting, isUncertain: false)
        script.turn()
        #expect(script.takeSteps().suffix(4) == ["noteFailure", "noteAborted", "say", "rollBack"])
        #expect(script.machine.state == .joining)
        script.turn()
        #expect(script.takeSteps().contains("place in/0"))
    }

    /// Damage on the way is read again, once for each time that it is found.
    @Test func aDamagedRecordIsReadAgain() {
        var script = MachineScript.live()
        script.polls = [[.partitionError(first, .named("INVALID_MSG"))]]
        script.turn()
        #expect(
            script.takeSteps() == [
                "lookAtOutputs", "poll", "noteFailure", "listen", "noteAborted", "say", "rollBack",
            ])
        for _ in 0..<10 { script.turn() }
        #expect(!script.takeSteps().contains("noteFailure"))
        #expect(script.machine.work != nil)
    }

    @Test func whatFailsAgainAndAgainEndsTheRun() {
        var script = MachineScript.live()
        for _ in 0..<20 where !script.machine.isEnded {
            script.failures["read"] = .kafka(.aborting, isUncertain: false)
            script.turn()
        }
        #expect(script.takeSteps().last == "end failed kafkaFailure")
    }

    @Test func aBrokerThatIsAwayIsWaitedForWithoutEnd() {
        var script = MachineScript.live()
        for _ in 0..<100 {
            script.failures["read"] = .kafka(.away, isUncertain: false)
            script.turn()
        }
        #expect(!script.machine.isEnded)
        #expect(script.takeSteps().contains("noteSilence"))
    }

    @Test func aStopDoesNotWaitForABrokerThatIsAway() {
        var script = MachineScript.live()
        script.wishes.isStopRequested = true
        script.failures["commit end"] = .kafka(.away, isUncertain: true)
        script.turn()
        #expect(
            script.takeSteps() == [
                "show stopping", "commit end", "noteFailure", "noteSilence", "end failed unreachable",
            ])
    }

    @Test func aLastCommitThatFailsIsLeftToTheNextStart() {
        var script = MachineScript.live()
        script.wishes.isStopRequested = true
        script.failures["commit end"] = .kafka(.aborting, isUncertain: false)
        script.turn()
        #expect(script.takeSteps().last == "rollBack")
        script.turn()
        #expect(script.takeSteps() == ["end done"])
    }

    @Test func fencedProducersAskWhetherTheNameIsTaken() {
        var script = MachineScript.live()
        script.failures["read"] = .kafka(.fenced, isUncertain: false)
        script.turn()
        #expect(
            script.takeSteps().suffix(5) == ["noteFailure", "awaitTakeover", "noteAborted", "say", "rollBack"])

        var taken = MachineScript.live()
        taken.takeover = .named("_FENCED_INSTANCE", isFatal: true)
        taken.failures["read"] = .kafka(.fenced, isUncertain: false)
        taken.turn()
        #expect(
            taken.takeSteps().suffix(5) == ["noteFailure", "awaitTakeover", "say", "abandon", "end membershipLost"])
    }

    @Test func aFailureOnTheWayBackEndsTheRun() {
        var script = MachineScript.live()
        script.failures["read"] = .kafka(.aborting, isUncertain: false)
        script.failures["rollBack"] = .kafka(.away, isUncertain: false)
        script.turn()
        #expect(script.takeSteps().last == "end failed unreachable")
    }

    @Test func offsetsInDoubtAreAskedForAgain() {
        var script = MachineScript()
        script.polls = [[.assigned([first])]]
        script.failures["place in/0"] = .doubt("offsets of the past")
        script.turn()
        #expect(script.takeSteps().suffix(3) == ["noteSilence", "say", "listen"])
        script.turn()
        #expect(script.takeSteps().contains("place in/0"))
        #expect(script.machine.work != nil)
    }

    @Test func stateThatIsAheadIsTakenForRealAfterAMinute() {
        var script = MachineScript()
        let failure = RunFailure(.data, .unusableState, "flush 7, not flush 6")
        script.polls = [[.assigned([first])]]
        for second in 0..<61 {
            script.failures["place in/0"] = .stateAhead(failure)
            script.turn()
            #expect(script.machine.isEnded == (second == 60))
            script.now += 1_000_000_000
        }
        #expect(script.takeSteps().last == "end failed unusableState")
    }

    @Test func aReplacedInputIsJudgedWhereTheNextAssignmentBegins() {
        var script = MachineScript.live()
        script.failures["read"] = .replacedInput(first)
        script.turn()
        #expect(script.takeSteps().suffix(2) == ["forgetLog", "rollBack"])
        #expect(script.machine.replacedInputs == [first])
    }

    // MARK: input topics that are away

    @Test func nothingIsReadWhileATopicIsAway() {
        var script = MachineScript.live()
        script.polls = [[.partitionError(first, .named("UNKNOWN_TOPIC_OR_PART", category: .missingTopic))]]
        script.turn()
        #expect(script.takeSteps() == ["lookAtOutputs", "poll", "say"])
        script.inputs = []
        script.now += 1_000_000_000
        script.turn()
        #expect(script.takeSteps() == ["lookAtOutputs", "lookAtInputs", "poll"])
        script.inputs = ["in"]
        script.now += 1_000_000_000
        script.turn()
        #expect(
            script.takeSteps().prefix(5) == ["lookAtOutputs", "lookAtInputs", "identify", "say", "rollBack"])
    }

    @Test func aTopicThatStaysAwayEndsTheRun() {
        var script = MachineScript.live()
        script.polls = [[.partitionError(first, .named("UNKNOWN_TOPIC_OR_PART", category: .missingTopic))]]
        script.inputs = []
        for _ in 0..<12 where !script.machine.isEnded {
            script.turn()
            script.now += 1_000_000_000
        }
        #expect(script.takeSteps().last == "end failed missingTopic")
    }

    @Test func anotherTopicOfTheSameNameEndsTheRun() {
        var script = MachineScript.live()
        script.polls = [[.partitionError(first, .named("UNKNOWN_TOPIC_OR_PART", category: .missingTopic))]]
        script.turn()
        script.another = .replacedInput(first, before: 7, hint: "begin anew")
        script.now += 1_000_000_000
        script.turn()
        #expect(script.takeSteps().last == "end failed inputReplaced")
    }

    @Test func anOffsetThatIsGoneIsFoundByTheNextAssignment() {
        var script = MachineScript.live()
        script.polls = [[.partitionError(first, .named("_AUTO_OFFSET_RESET"))]]
        script.turn()
        #expect(script.takeSteps() == ["lookAtOutputs", "poll", "say", "commit last", "close"])
    }

    @Test func aRefusedLogInEndsTheRun() {
        var script = MachineScript.live()
        script.polls = [[.error(.named("_AUTHENTICATION", category: .authentication))]]
        script.turn()
        #expect(script.takeSteps().last == "end failed loginRefused")
    }
}
