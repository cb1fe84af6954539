// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// What the driver is to do next. It performs actions one at a time, in order; when one fails, those behind it are
/// dropped, and the failure is an event.
enum RunAction: Hashable, Sendable {
    // MARK: the group
    /// Serves the group, waiting for so many ms for news: `polled`.
    case poll(milliseconds: Int32)
    /// Serves the group while something mends; what it says waits for the next `poll`.
    case listen(milliseconds: Int32)
    /// Waits until the group has said whether another process has taken the name: `takeover`.
    case awaitTakeover
    case subscribe
    case unsubscribe
    /// The group has given nothing.
    case acknowledge(isStandby: Bool)
    /// Topics as wide as the input follow it: these are all partitions now.
    case widen([TopicPartition])
    /// Answers that the partitions are taken over. Nothing of them is read until they are placed.
    case take([TopicPartition])
    /// Answers that the partitions are given back.
    case giveUp([TopicPartition])
    /// The event at the head of the queue is dealt with.
    case answered

    // MARK: stages
    /// Finds where each partition starts, makes a pipeline, and loads its state: `placed`.
    case place([TopicPartition], replaced: Set<TopicPartition>)
    /// Queries that were added begin with the history: `stageBegan`.
    case beginBackfill
    /// Queries that were added have caught up: `stageBegan`.
    case endBackfill
    /// The history begins: `stageBegan`.
    case beginBatch
    /// The batch stage is committed: the stream stage begins at the cut: `stageBegan`.
    case handOver
    /// The batch stage is committed, and the run ends at the cut.
    case endBatch
    /// Reads and computes what is there: `read`.
    case read(milliseconds: Int32, isReread: Bool)
    /// Sends the results that are ready.
    case emit(isBackfill: Bool)
    /// Publishes what was done: `committed`.
    case commit(RunCommit)
    /// Throws away what was done since the last commit, and the pipeline.
    case rollBack
    /// Gives up the pipeline, behind a commit.
    case close
    /// As `rollBack`, but leaves the open transaction to the successor.
    case abandon

    // MARK: looks
    /// Who has which partition: `coverage`.
    case lookAtCoverage
    /// How many partitions the input topics have: `widths`.
    case lookAtWidths
    /// Whether the input topics are there: `inputs`.
    case lookAtInputs
    /// Whether topics that are there again are those that were read: `identified`.
    case identify([String])
    case lookAtOutputs
    case lookAtLogs
    /// Whether other processes run another program: `othersSeen`.
    case lookAtOthers([TopicPartition])
    case lookAtMemory
    /// Which parts of a job have come to their ends: `parts`.
    case lookAtParts(isQuiet: Bool)
    /// How many partitions of the job are over: `job`.
    case lookAtJob
    /// Reads to where the logs end now: `bounded`.
    case beginDrain([TopicPartition])
    /// Whether all input of the group is committed to where it ended when the drain began, and the exchanges to where
    /// they end now: `drained`.
    case lookAtDrain(ofExchanges: Bool)
    /// Reads the exchanges to where they end now: `bounded`.
    case readExchanges
    case reportProgress

    // MARK: failures
    /// What is known of the group's commits may be wrong from here on.
    case noteFailure(KafkaError, isUncertain: Bool)
    /// What the group has committed for them is to be asked for.
    case forgetOffsets([TopicPartition])
    /// The partition's log is another one.
    case forgetLog(TopicPartition)
    case noteSilence(String)
    case noteAborted
    /// A topic that was written is missing: the next look at the outputs is due.
    case hurryOutputs

    // MARK: all the way
    case show(RunState)
    case noteRebalance
    case say(LogLine)
    case reach(FaultPoint)
    case end(RunEnd)
}

/// Which commit.
enum RunCommit: Hashable, Sendable {
    case usual
    /// The last of this assignment: the state is written, too, so that the next one finds it.
    case last
    /// The last of the run, as `last`; a stop that was asked for does not wait for a large state.
    case end
    /// The batch stage has arrived at the cut.
    case handOver
    /// What added queries have made of the history so far.
    case backfill
    /// They have come as far as the others.
    case backfillEnd
    /// These sources' parts of a job end with it.
    case ending(Set<Int>)
    /// Nothing is new: what the group does not subscribe to is committed again before it is forgotten.
    case renewal
    /// All of this process's input is read to where the drain ends, and in the exchanges.
    case drained
}

/// How a member's run ends.
enum RunEnd: Hashable, Sendable {
    /// With a report.
    case done
    case failed(RunFailure)
    /// Another member has its name; a new one may go on.
    case membershipLost(KafkaError)
}
