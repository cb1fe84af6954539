// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport
import MillraceRun
import MillraceSQL
import MillraceSettings
import MillraceTestKit
import Synchronization

/// One process of a trial: the real run, or the real worker of a job, over its own view of the cluster.
final class SimulatedWorker: Sendable {
    /// How a process has ended.
    enum End: Sendable {
        case done
        case failed(RunFailure)
        case crashed(String)
    }

    let instance: String
    private let cluster: SimulatedCluster
    private let observer: WorkerObserver
    private let board: StatusBoard
    private let outcome = Mutex<End?>(nil)

    /// Starts it.
    /// - Returns: nil: the system has no thread left.
    init?(_ plan: TrialPlan, instance: String, _ cluster: SimulatedCluster, _ turns: SimulatedTurns, seed: UInt64) {
        self.instance = instance
        let runner = turns.register()
        self.cluster = cluster.process(turns, runner: runner, harm: plan.wire, seed: seed)
        observer = WorkerObserver(self.cluster)
        board = StatusBoard(
            StatusIdentity(
                application: "app", instance: instance, startedMilliseconds: 0, version: "", libraryVersion: "",
                brokers: "", settings: [], plan: "", deadLetterTopic: nil,
                commitIntervalMilliseconds: plan.commitInterval), clock: cluster.simulatedTime)
        guard turns.start(runner, { [self] in run(plan) }) else { return nil }
    }

    var end: End? { outcome.withLock { $0 } }

    var isKilled: Bool { cluster.process?.isKilled ?? false }

    func kill() { cluster.process?.kill() }

    func standStill(milliseconds: Int64) { cluster.process?.standStill(milliseconds: milliseconds) }

    func stop() { observer.stop() }

    /// It was asked to stop, or killed: what it has left is for the next one.
    var wasEnded: Bool { isKilled || observer.isStopAsked }

    /// From now on nothing gets lost.
    func spare() { cluster.process?.set(.none) }

    func drain() { board.request(.drain) }

    var log: [String] { observer.lines }

    /// Whether a record came too late for a join.
    var hasSuperseded: Bool { observer.hasSuperseded }

    private func run(_ plan: TrialPlan) {
        let end: End
        do {
            let graph = try QueryGraph(SQL.compile(plan.statements))
            let options = SimulatedWorker.options(plan, graph, cluster, instance: instance, board)
            if plan.isJob {
                _ = try JobReplay(graph, options: options, instances: [instance], observer: observer).run()
            } else {
                _ = try ContinuousRun(graph, options: options, observer: observer).run()
            }
            end = .done
        } catch let failure as RunFailure {
            end = .failed(failure)
        } catch let error as KafkaError {
            end = .failed(RunFailure(error))
        } catch {
            end = .crashed("\(error)")
        }
        outcome.withLock { $0 = end }
    }

    private static func options(
        _ plan: TrialPlan, _ graph: QueryGraph, _ cluster: SimulatedCluster, instance: String, _ board: StatusBoard
    ) -> RunOptions {
        var options = RunOptions(application: "app", cluster: cluster, from: .earliest)
        options.instance = instance
        options.threads = plan.threads
        options.commitIntervalMilliseconds = plan.commitInterval
        options.stateFlushIntervalMilliseconds = plan.flushInterval
        options.exchangesPartials = plan.mayBeSeveral && graph.needsAllPartitions && !plan.isJoin
        options.status = board
        return options
    }
}

/// What a process says, and whether it is to stop.
final class WorkerObserver: RunObserver, Sendable {
    private static let mostLines = 200

    private let cluster: SimulatedCluster
    private let isStopped = Atomic(false)
    private let isSuperseded = Atomic(false)
    private let said = Mutex<[String]>([])

    init(_ cluster: SimulatedCluster) { self.cluster = cluster }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    var isStopAsked: Bool { isStopped.load(ordering: .relaxed) }

    var lines: [String] { said.withLock { $0 } }

    /// Whether a record came too late for a join.
    var hasSuperseded: Bool { isSuperseded.load(ordering: .relaxed) }

    func log(_ line: LogLine) {
        if line.code == .supersededRows { isSuperseded.store(true, ordering: .relaxed) }
        if line.message.contains(": hand-over at offset") { cluster.tally.count(.handOver) }
        if line.message.contains(": state of ") || line.message.contains("read again for the state") {
            cluster.tally.count(.restore)
        }
        let time = cluster.simulatedTime.milliseconds
        said.withLock { lines in
            lines.append("\(time) ms: \(line.message)")
            if lines.count > Self.mostLines { lines.removeFirst() }
        }
    }

    func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {}
    func stageBegan(_ mode: StageReport.Mode) {}
    func write(_ text: UnsafeRawBufferPointer) throws {}
    var isStopRequested: Bool {
        isStopped.load(ordering: .relaxed) || cluster.process?.isKilled == true
    }
}
