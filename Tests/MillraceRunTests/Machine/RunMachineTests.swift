// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport
import Testing

@testable import MillraceRun

/// What the machine says to do, event by event. `MachineScript` plays a driver whose actions all succeed, unless a
/// failure is given for one.
struct RunMachineTests {
    private let first = TopicPartition("in", 0)
    private let second = TopicPartition("in", 1)

    // MARK: placement

    @Test func aNewAssignmentIsTakenThenPlacedOnce() {
        var script = MachineScript()
        script.polls = [[.assigned([first, second])]]
        script.turn()
        #expect(
            script.takeSteps() == [
                "poll", "reach assigned", "take in/0 in/1", "noteRebalance", "answered", "show restoring",
                "place in/0 in/1", "beginBatch",
            ])
        #expect(script.machine.work?.stage == .batch)
    }

    @Test func anEmptyAssignmentIsAcknowledgedAndNothingIsPlaced() {
        var script = MachineScript()
        script.polls = [[.assigned([])]]
        script.turn()
        #expect(script.takeSteps() == ["poll", "acknowledge", "answered"])
        #expect(script.machine.state == .joining)
        #expect(script.machine.hasBeenAssigned)
    }

    @Test func partitionsThatWereAddedWidenWhatIsAsWideAsTheInput() {
        var script = MachineScript()
        let third = TopicPartition("in", 2)
        script.polls = [[.assigned([third])]]
        script.turn()
        #expect(script.takeSteps().contains("widen in/0 in/1 in/2"))
        #expect(script.machine.allPartitions == [first, second, third])
    }

    // MARK: tasks

    private func twoTopics(_ setup: inout RunSetup) {
        setup.topics = ["in", "users"]
        setup.exchangeTopics = ["x"]
    }

    private func exchange(_ script: inout MachineScript) {
        script.machine.allPartitions += [0, 1].map { TopicPartition("x", $0) } + [TopicPartition("users", 0)]
        script.machine.allPartitions.sort()
    }

    /// The group speaks of the lead's partitions only.
    @Test func whatBelongsToATaskComesAndGoesWithIt() {
        var script = MachineScript(twoTopics)
        exchange(&script)
        script.polls = [[.assigned([first])]]
        script.turn()
        #expect(script.takeSteps().contains("take in/0 users/0 x/0"))
        script.polls = [[.revoked([first])]]
        script.turn()
        #expect(script.takeSteps().contains("giveUp in/0 users/0 x/0"))
        #expect(script.machine.assigned.isEmpty)
    }

    /// Nobody but the members themselves sees that a topic is wider that the group does not subscribe to.
    @Test func partitionsThatAreAddedToAFollowerAreTaken() {
        var script = MachineScript.live(twoTopics)
        exchange(&script)
        script.now += 10_000_000_000
        script.widths = ["in": 2, "users": 4]
        script.turn()
        let steps = script.takeSteps()
        #expect(steps.contains("commit last"))
        #expect(steps.contains("take users/2"))
        #expect(script.machine.assigned == [first, TopicPartition("users", 2)])
        #expect(script.machine.allPartitions.contains(TopicPartition("users", 3)))
    }

    /// Brokers forget offsets of topics that a group does not subscribe to.
    @Test func offsetsThatTheGroupDoesNotKeepAreRenewed() {
        var script = MachineScript.live(twoTopics)
        script.now += 3_600_000_000_000
        script.turn()
        #expect(script.takeSteps().contains("commit renewal"))
        script.turn()
        #expect(!script.takeSteps().contains("commit renewal"))

        var single = MachineScript.live()
        single.now += 3_600_000_000_000
        single.turn()
        #expect(!single.takeSteps().contains("commit renewal"))
    }

    @Test func aProgramForOneProcessRefusesAPartOfThePartitions() {
        var script = MachineScript { $0.wholeInput = .grouping }
        script.polls = [[.assigned([first])]]
        script.turn()
        #expect(script.takeSteps().last == "end failed secondProcess")
        #expect(script.machine.isEnded)
    }

    @Test func aLoadThatIsStoppedLeavesNothingPlaced() {
        var script = MachineScript()
        script.placement = nil
        script.polls = [[.assigned([first])]]
        script.turn()
        #expect(script.machine.state == .joining)
        script.wishes.isStopRequested = true
        script.turn()
        #expect(script.takeSteps().suffix(2) == ["show stopping", "end done"])
    }

    // MARK: restore, backfill, hand-over

    @Test func whatIsReadAgainIsNeitherEmittedNorCommitted() {
        var script = MachineScript()
        script.placement = RunPlacement(facts: RunFacts(isAtBounds: false))
        script.polls = [[.assigned([first])]]
        script.turn()
        _ = script.takeSteps()
        script.now += 2_000_000_000
        script.reads = [(100, RunFacts(isAtBounds: false, hasProgress: true))]
        script.turn()
        #expect(script.takeSteps() == ["lookAtOutputs", "poll", "read again", "lookAtMemory"])
        script.reads = [(5, RunFacts(isAtBounds: true))]
        script.turn()
        #expect(script.takeSteps() == ["lookAtOutputs", "poll", "read again", "lookAtMemory", "beginBatch"])
    }

    @Test func addedQueriesFillInTheHistoryBeforeAllGoOnTogether() {
        var script = MachineScript()
        script.placement = RunPlacement(hasBackfill: true, facts: RunFacts(isAtBounds: true))
        script.began[.backfill] = RunFacts(isAtBounds: false)
        script.polls = [[.assigned([first])]]
        script.turn()
        #expect(script.takeSteps().last == "beginBackfill")
        script.reads = [(10, RunFacts(isAtBounds: true, hasProgress: true))]
        script.turn()
        #expect(
            script.takeSteps() == [
                "lookAtOutputs", "poll", "read again", "emit of backfill", "lookAtMemory", "endBackfill",
                "commit backfillEnd",
            ])
        #expect(script.machine.work?.stage == .batch)
        #expect(script.machine.work?.hasBackfill == false)
    }

    @Test func theHandOverIsACommitAndThenLive() {
        var script = MachineScript.batch()
        script.reads = [(10, RunFacts(isAtBounds: true, hasProgress: true))]
        script.turn()
        #expect(
            script.takeSteps() == [
                "lookAtOutputs", "poll", "read", "emit", "commit handOver", "reach handedOver", "handOver",
            ])
        #expect(script.machine.work?.stage == .live)
    }

    @Test func aRunThatEndsAtTheCutCommitsAndReports() {
        var script = MachineScript.batch { $0.endsAtCut = true }
        script.reads = [(10, RunFacts(isAtBounds: true, hasProgress: true))]
        script.turn()
        #expect(script.takeSteps().suffix(4) == ["endBatch", "show stopping", "commit end", "end done"])
        #expect(script.machine.isEnded)
    }

    // MARK: commits

    @Test func aCommitIsMadeWhenItIsDue() {
        var script = MachineScript.live()
        script.reads = [(1, RunFacts(hasProgress: true))]
        script.turn()
        #expect(!script.takeSteps().contains("commit usual"))
        script.now += 1_000_000_000
        script.reads = [(1, RunFacts(hasProgress: true))]
        script.turn()
        #expect(script.takeSteps().contains("commit usual"))
    }

    @Test func waitingForRecordsEndsWhenTheCommitIsDue() {
        var script = MachineScript.live()
        script.reads = [(1, RunFacts(hasProgress: true, isSenderIdle: true))]
        script.turn()
        _ = script.takeSteps()
        script.now += 950_000_000
        script.turn()
        #expect(script.waits.last == 50)
    }

    @Test func fewRecordsWaitUntilThoseBeforeHaveArrived() {
        var script = MachineScript.live()
        script.reads = [(1, RunFacts(hasProgress: true, isSenderIdle: false))]
        script.now += 1_000_000
        script.turn()
        script.reads = [(1, RunFacts(hasProgress: true, isSenderIdle: false))]
        script.now += 1_000_000
        _ = script.takeSteps()
        script.turn()
        #expect(!script.takeSteps().contains("emit"))
        #expect(script.machine.emissionIsPending)
        script.now += 10_000_000
        script.turn()
        #expect(script.takeSteps().contains("emit"))
        #expect(!script.machine.emissionIsPending)
    }

    /// The first commit is that of the hand-over.
    @Test func otherProgramsAreLookedForAfterTheFirstCommit() {
        var script = MachineScript.live()
        script.now += 999_000_000
        script.turn()
        #expect(!script.takeSteps().contains { $0.hasPrefix("lookAtOthers") })
        script.now += 1_000_000
        script.turn()
        // What this process has itself is not looked at.
        #expect(script.takeSteps().contains("lookAtOthers in/1"))
        #expect(script.machine.work?.looksAtOthers?.count == 2)
    }

    // MARK: rebalances

    @Test func partitionsAreGivenBackBehindACommit() {
        var script = MachineScript.live()
        script.polls = [[.revoked([first])]]
        script.turn()
        #expect(
            script.takeSteps() == [
                "lookAtOutputs", "poll", "commit last", "close", "reach revoked", "giveUp in/0", "answered",
            ])
        #expect(script.machine.assigned.isEmpty)
        #expect(script.machine.state == .joining)
    }

    @Test func lostPartitionsAreNotCommitted() {
        var script = MachineScript.live()
        script.polls = [[.lost([first])]]
        script.turn()
        #expect(
            script.takeSteps() == [
                "lookAtOutputs", "poll", "rollBack", "reach lost", "giveUp in/0", "answered",
            ])
    }

    /// The group waits for an answer: it comes after the way back.
    @Test func anEventWhoseCommitFailsIsAnsweredLater() {
        var script = MachineScript.live()
        script.polls = [[.revoked([first])]]
        script.failures["commit last"] = .kafka(.aborting, isUncertain: false)
        script.turn()
        #expect(script.takeSteps().suffix(2) == ["say", "rollBack"])
        #expect(script.machine.assigned == [first])
        script.turn()
        #expect(script.takeSteps().suffix(4) == ["poll", "reach revoked", "giveUp in/0", "answered"])
    }

    @Test func partitionsWithoutAnOwnerLeadToJoiningAgain() {
        var script = MachineScript.live()
        script.finding = .gap
        script.now += 3_000_000_000
        script.turn()
        #expect(script.takeSteps().first == "lookAtCoverage")
        script.now += 3_000_000_000
        script.polls = [[.revoked([first])]]
        script.turn()
        #expect(
            script.takeSteps() == [
                "lookAtCoverage", "say", "commit last", "close", "unsubscribe", "lookAtOutputs", "poll",
                "reach revoked",
                "giveUp in/0", "answered", "subscribe",
            ])
        #expect(!script.machine.isRejoining)
    }

    // MARK: pause, drain

    @Test func aPauseCommitsOnceAndReadsNothing() {
        var script = MachineScript.live()
        script.wishes.isPauseRequested = true
        script.turn()
        #expect(script.takeSteps() == ["lookAtOutputs", "poll", "commit usual", "show paused"])
        script.turn()
        #expect(script.takeSteps() == ["lookAtOutputs", "poll"])
        script.wishes.isPauseRequested = false
        script.turn()
        #expect(script.takeSteps().prefix(4) == ["lookAtOutputs", "poll", "show live", "read"])
    }

    @Test func aDrainReadsToTheEndsAndStops() {
        var script = MachineScript.live()
        script.wishes.isDrainRequested = true
        script.turn()
        #expect(script.takeSteps() == ["lookAtOutputs", "poll", "beginDrain in/0 in/1", "show draining", "say"])
        script.reads = [(3, RunFacts(isAtBounds: true, hasProgress: true))]
        script.turn()
        _ = script.takeSteps()
        script.drained = true
        script.turn()
        #expect(
            script.takeSteps() == [
                "lookAtOutputs", "poll", "commit drained", "lookAtDrain", "show stopping", "commit end", "end done",
            ])
    }

    /// Asked for while the group is joined, a drain waits for the answer: there may be something to read.
    @Test func aDrainWaitsForTheGroupsAnswer() {
        var script = MachineScript()
        script.wishes.isDrainRequested = true
        script.turn()
        #expect(script.takeSteps() == ["poll"])
    }

    /// A process without partitions may get some while the group is shared out.
    @Test func aDrainWithoutPartitionsWaitsForTheOthers() {
        var script = MachineScript()
        script.polls = [[.assigned([])]]
        script.turn()
        _ = script.takeSteps()
        script.wishes.isDrainRequested = true
        script.drained = false
        script.turn()
        #expect(script.takeSteps().suffix(3) == ["poll", "lookAtDrain", "say"])
        script.now += 300_000_000
        script.drained = true
        script.turn()
        #expect(script.takeSteps().suffix(3) == ["lookAtDrain", "show stopping", "end done"])
    }

    @Test func aDrainWithAnExchangeFollowsItToTheEnd() {
        var script = MachineScript.live { $0.exchangeTopics = ["x"] }
        script.wishes.isDrainRequested = true
        script.bounded = RunFacts(isAtBounds: true)
        script.turn()
        _ = script.takeSteps()
        script.drained = false
        script.turn()
        #expect(script.takeSteps().suffix(3) == ["commit drained", "lookAtDrain", "say"])
        script.now += 300_000_000
        script.drained = true
        script.turn()
        #expect(script.takeSteps().suffix(2) == ["lookAtDrain", "readExchanges"])
        script.drained = false
        script.turn()
        // What lies behind the ends by now is read, too.
        #expect(script.takeSteps().suffix(3) == ["commit drained", "lookAtDrain of exchanges", "readExchanges"])
        script.drained = true
        script.turn()
        #expect(
            script.takeSteps().suffix(5) == [
                "commit drained", "lookAtDrain of exchanges", "show stopping", "commit end", "end done",
            ])
    }

    // MARK: a job

    @Test func theEndsOfPartsAreCommittedAndTheJobIsWaitedFor() {
        var script = MachineScript.batch { $0.isJob = true }
        script.parts = [[0]]
        script.committed = RunFacts(areAllPartsOver: true)
        script.reads = [(10, RunFacts(isAtBounds: true, hasProgress: true))]
        script.turn()
        #expect(script.takeSteps().contains("commit ending"))
        script.partsOver = 1
        script.turn()
        #expect(script.takeSteps() == ["lookAtOutputs", "poll", "lookAtJob", "say"])
        script.now += 300_000_000
        script.partsOver = 2
        script.turn()
        #expect(script.takeSteps() == ["lookAtOutputs", "poll", "lookAtJob", "say", "show stopping", "end done"])
    }

    @Test func aJobThatIsStoppedIsNotDone() {
        var script = MachineScript.batch { $0.isJob = true }
        script.wishes.isStopRequested = true
        script.turn()
        #expect(
            script.takeSteps() == [
                "show stopping", "commit end", "end failed stoppedEarly",
            ])
    }

    // MARK: the end

    @Test func aWishToStopCommitsAndReports() {
        var script = MachineScript.live()
        script.wishes.isStopRequested = true
        script.turn()
        #expect(script.takeSteps() == ["show stopping", "commit end", "end done"])
        #expect(script.machine.isEnded)
    }

    @Test func aStopWhileRestoringCommitsNothing() {
        var script = MachineScript()
        script.placement = RunPlacement(facts: RunFacts(isAtBounds: false))
        script.polls = [[.assigned([first])]]
        script.turn()
        _ = script.takeSteps()
        script.wishes.isStopRequested = true
        script.turn()
        #expect(script.takeSteps() == ["show stopping", "end done"])
    }
}
