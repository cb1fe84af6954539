// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// What the machine learns: what came of an action, or what happened by itself.
enum RunEvent: Sendable {
    /// Nothing is under way, and nothing is left to be done.
    case turn
    /// The group has said something while something else was waiting for a broker.
    case heard([ConsumerEvent])
    /// - Parameter fatal: what ended the reader for good.
    case polled([ConsumerEvent], fatal: KafkaError?)
    /// Whether the group says that another process has the name.
    case takeover(KafkaError?)
    /// Nil: the state is not loaded, because the run is to stop.
    case placed(RunPlacement?)
    case stageBegan(RunMachine.Stage, RunFacts)
    case read(records: Int, RunFacts)
    /// - Parameters:
    ///   - sentAt: when the results were on their way, in ns.
    ///   - partitions: whose offsets were committed; empty: there was nothing to commit.
    case committed(RunCommit, sentAt: UInt64, partitions: [TopicPartition], RunFacts)
    case bounded(RunFacts)
    case coverage(CoverageWatch.Finding, generation: Int32)
    /// How many partitions topics have; empty: no broker has answered.
    case widths([String: Int32])
    /// Those that exist; nil: no broker has answered.
    case inputs(Set<String>?)
    /// Nil: no broker has answered.
    case identified([String], another: RunFailure?, isAnswered: Bool)
    /// Whether the look has had an answer.
    case othersSeen(Bool)
    case parts(reached: Set<Int>)
    /// Nil: somebody commits just now.
    case job(over: Int?)
    case drained(Bool?)
    /// An action that has no answer of its own is done.
    case done(RunAction)
    case failed(RunError)
}

/// How the work stands.
struct RunFacts: Hashable, Sendable {
    /// Every source that is awaited has reached its bound.
    var isAtBounds = false
    /// Something was read since the last commit.
    var hasProgress = false
    /// All results that were sent have arrived.
    var isSenderIdle = true
    /// Every part of the job that this process has is over.
    var areAllPartsOver = false
    /// Records were read that wait for those that they are joined with.
    var isWaitingForJoins = false
}

/// What a placement has found.
struct RunPlacement: Hashable, Sendable {
    /// Queries that were added fill in the history.
    var hasBackfill = false
    var facts = RunFacts()
}

/// What went wrong, by what can be done about it.
enum RunError: Error, Sendable {
    /// - Parameter isUncertain: a commit was asked for and it is not known what became of it.
    case kafka(KafkaError, isUncertain: Bool)
    /// What the group is said to have committed cannot be true.
    case doubt(String)
    /// Changelogs are ahead of what the group is said to have committed.
    case stateAhead(RunFailure)
    case replacedInput(TopicPartition)
    case membershipLost(KafkaError)
    case failure(RunFailure)
}

/// What the machine is asked with: the time, and what people want.
struct RunMoment: Sendable {
    /// Monotonic, in ns.
    var now: UInt64
    var isStopRequested = false
    var isDrainRequested = false
    var isPauseRequested = false
}
