// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
package import MillraceLog
package import MillracePlan
package import MillraceReport
package import MillraceSettings

/// Everything that a run is told besides its program.
package struct RunOptions: Sendable {
    /// In ms.
    package static let defaultCommitInterval: Int64 = 1000

    package var application: String
    /// Where everything is read and written.
    package var cluster: any LogCluster
    package var from: SlicePosition
    /// Whether somebody said `from`; else it is the mode's.
    package var isFromGiven = false
    package var to: SlicePosition = .latest
    /// Whether a replay writes its results to the topics.
    package var publishes = false
    /// Whether the slice is one that several processes share (`replay --job`).
    package var isJob = false
    /// Whether a bounded run emits changes as they happen.
    package var emitsInterim = false
    /// Most rows run at once; nil: the product's choice.
    package var batchRows: Int?
    package var threads = 1
    package var commitIntervalMilliseconds = RunOptions.defaultCommitInterval
    package var guarantee = ProcessingGuarantee.exactlyOnce
    /// How often state goes to changelog topics; 0: never.
    package var stateFlushIntervalMilliseconds = StateFlushInterval.byDefault
    /// How long a row of a stream waits for those of the tables that it is joined with, in ms.
    package var joinWaitMilliseconds = JoinWait.byDefault
    /// Whether queries that group by something else than the record key run in several processes, through exchanges.
    package var exchangesPartials = false
    package var deadLetterTopic: String?
    package var errors = ErrorHandling()
    package var inputLost = InputLossPolicy.fail
    package var stateMemory = MemoryLimit.byDefault
    package var keyPartitioning = KeyPartitioning.murmur2
    /// How many workers of this process share `stateMemory`.
    package var stateShare = 1
    /// For slices by time where event time is a column, in ms; nil: the longest grace.
    package var marginMilliseconds: Int64?
    package var format = ResultFormat.text
    /// How the rows of a SELECT on its own are printed.
    package var answer = AnswerLayout()
    /// Which member of the group this process is, over restarts.
    package var instance = "0"
    /// What becomes of queries that were added or changed; nil: such a program is refused.
    package var newQueries: NewQueries?
    /// Whether another version of the program may run in the group still.
    package var isUpgrade = false
    /// Whether results may be published beside those that their topics hold from before the application began.
    package var publishesAgain = false
    /// The words of the command line, for messages that say what to run; the program's name first.
    package var command: [String] = []
    /// Whether a run ends when it has caught up with the end of the log at its start (mode batch).
    package var endsAtCut = false
    /// Whether columns that no query reads are converted too.
    package var decodesStrictly = false
    package var futureLimit = FutureLimit.byDefault
    /// Where the schemas of records are, and those of results go; nil: nobody has named one.
    package internal(set) var schemaRegistry: (any SchemaRegistry)?
    /// What records were written by, fetched from there.
    var writerSchemas = WriterSchemas { _, _ in throw SchemaFetcher.noRegistry("records begin with numbers of schemas")
    }
    /// Where to show how the run stands; nil: nowhere.
    package var status: StatusBoard?

    package init(application: String, cluster: any LogCluster, from: SlicePosition) {
        self.application = application
        self.cluster = cluster
        self.from = from
    }
}

extension RunOptions {
    /// The client properties of the cluster.
    package var properties: KafkaProperties { cluster.properties }

    /// Takes over what the configuration says of how to run; what it does not say stays.
    package mutating func apply(_ configuration: Configuration) {
        to = configuration.to ?? to
        threads = configuration.threads ?? threads
        commitIntervalMilliseconds = configuration.commitIntervalMilliseconds ?? commitIntervalMilliseconds
        guarantee = configuration.guarantee ?? guarantee
        stateFlushIntervalMilliseconds =
            configuration.stateFlushIntervalMilliseconds ?? stateFlushIntervalMilliseconds
        joinWaitMilliseconds = configuration.joinWaitMilliseconds ?? joinWaitMilliseconds
        exchangesPartials = configuration.exchangesPartials ?? exchangesPartials
        decodesStrictly = configuration.decodesStrictly ?? decodesStrictly
        futureLimit = configuration.futureLimit ?? futureLimit
        deadLetterTopic = configuration.deadLetterTopic
        errors = ErrorHandling(configuration)
        inputLost = configuration.inputLost ?? inputLost
        instance = configuration.instance ?? instance
        stateMemory = configuration.stateMemory ?? stateMemory
        keyPartitioning = configuration.keyPartitioning ?? keyPartitioning
    }

    /// In bytes; nil: no limit.
    var stateMemoryBytes: Int64? {
        stateMemory.bytes(available: AvailableMemory().bytes).map { $0 / Int64(max(stateShare, 1)) }
    }

    /// Whether a run begins though there are results: because it was asked for, or because they may be its own, of
    /// which nothing was committed yet.
    var beginsBesideResults: Bool { publishesAgain || guarantee != .exactlyOnce }

    /// The settings that change what queries compute, as a commit names it.
    var resultSettings: String {
        "future.limit \(futureLimit.milliseconds.map { String($0) } ?? "-"), decode \(decodesStrictly ? "strict" : "-")"
    }

    /// What of it concerns the engine.
    var pipelineOptions: PipelineOptions {
        var options = PipelineOptions()
        options.shards = threads
        options.decodesStrictly = decodesStrictly
        options.futureLimit = futureLimit.milliseconds
        options.rejectsNullKeys = errors[.nullKey] != .skip
        options.schemas = writerSchemas
        return options
    }
}

/// What a run tells the person who started it, and how that person stops it. The command line implements it.
package protocol RunObserver: AnyObject {
    /// Something that people, or machines that watch for them, should know.
    func log(_ line: LogLine)
    /// A broker does not answer, and the run tries again and again.
    func waitingForBroker(_ reason: String)
    /// How far the present stage is: records so far, and of how many (nil: no end).
    func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64)
    /// A stage begins.
    func stageBegan(_ mode: StageReport.Mode)
    /// Results for stdout.
    func write(_ text: UnsafeRawBufferPointer) throws
    /// Whether the run was asked to stop.
    var isStopRequested: Bool { get }
}

extension RunObserver {
    package func waitingForBroker(_ reason: String) {
        log(LogLine(.warn, "waiting for the broker: \(reason)", code: .unreachable, kind: "waiting for the broker"))
    }
}
