// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport
import MillraceTestKit

/// One seed: several processes run a program on a simulated cluster while they are harmed; then everything is left in
/// peace, they read to the end, and what is published must be what one process publishes in peace.
///
///     script   feed ── kill ── feed ── brokers away ── … ── peace, drain ── compare
///     workers  run, are killed, stand still, start again …            └ done
struct Trial {
    /// Within so long a time after the harm everything is read and committed, in ms.
    private static let patience: Int64 = 400_000

    let seed: UInt64
    let plan: TrialPlan
    private let cluster: SimulatedCluster
    private let turns: SimulatedTurns
    private let script: Int
    private var random: SplitMix64
    private var workers: [SimulatedWorker] = []
    /// When processes are started that are down, in ms.
    private var restarts: [(time: Int64, instance: String)] = []
    private var pieces: [SimulatedLog]
    private var ended: [SimulatedWorker] = []

    init(seed: UInt64) {
        self.seed = seed
        plan = TrialPlan(seed: seed)
        cluster = SimulatedCluster(seed: seed)
        turns = cluster.takeTurns(seed: seed &+ 17)
        script = turns.register()
        random = SplitMix64(seed: seed &+ 99)
        pieces =
            plan.isJoin
            ? plan.log.cutInOrder(into: plan.pieces) : plan.log.cut(into: plan.pieces, &random)
    }

    /// - Returns: what is wrong; nil: nothing is.
    mutating func run(_ tally: SimulatedTally) -> String? {
        let problem = play()
        for worker in workers { worker.kill() }
        // All threads end before the next trial begins.
        for _ in 0..<10_000 where !workers.allSatisfy({ $0.end != nil }) { pass(milliseconds: 100) }
        turns.leave(script)
        let snapshot = cluster.snapshot
        cluster.tally.count(.rebalance, snapshot.rebalances)
        cluster.tally.count(.expiredTransaction, snapshot.expirations)
        let exchanged = snapshot.topics.filter { $0.key.hasSuffix("-exchange") }.values.reduce(0) { sum, topic in
            sum + topic.partitions.reduce(0) { $0 + Int($1.end) }
        }
        cluster.tally.count(.exchange, exchanged)
        if plan.isJoin { cluster.tally.count(.join) }
        if plan.isJob { cluster.tally.count(.job, plan.log.partitions(of: ProgramTemplates.topic).count) }
        tally.add(cluster.tally)
        return problem.map { problem in
            let lines = (ended + workers).suffix(4).flatMap { worker in
                worker.log.suffix(8).map { "    \(worker.instance): \($0)" }
            }
            return "seed \(seed): \(problem)\n\(plan.statements)\n\(description)\n\(lines.joined(separator: "\n"))"
        }
    }

    private var description: String {
        "  \(plan.processes) processes, \(plan.isJob ? "a job, " : "")\(plan.pieces) pieces, "
            + "commit \(plan.commitInterval) ms, flush \(plan.flushInterval) ms, \(plan.wire)\n  "
            + plan.harms.map { "\($0.time) \($0.harm)" }.joined(separator: ", ")
    }

    private mutating func play() -> String? {
        let expected: TrialResults
        do {
            expected = try TrialResults.expected(plan, seed: seed)
        } catch {
            return "in peace: \(error)"
        }
        cluster.load(pieces.removeFirst())
        for number in 0..<plan.processes { if let problem = start("\(number)") { return problem } }
        for (time, harm) in plan.harms {
            if let problem = goOn(until: time) { return problem }
            if let problem = perform(harm) { return problem }
        }
        while !pieces.isEmpty { cluster.load(pieces.removeFirst()) }
        if let problem = finish() { return problem }
        if (ended + workers).contains(where: \.hasSuperseded) {
            cluster.tally.count(.superseded)
            return nil
        }
        return TrialResults(plan.statements, cluster).difference(from: expected)
    }

    private mutating func start(_ instance: String) -> String? {
        guard let worker = SimulatedWorker(plan, instance: instance, cluster, turns, seed: random.next()) else {
            return "no thread left"
        }
        workers.append(worker)
        return nil
    }

    private func pass(milliseconds: Int64) {
        let end = cluster.simulatedTime.monotonicNanoseconds() +| UInt64(clamping: milliseconds) *| 1_000_000
        turns.pass(script, until: end, waitsForChange: false)
    }

    private var now: Int64 { cluster.simulatedTime.milliseconds }

    private mutating func goOn(until time: Int64) -> String? {
        while now < time {
            pass(milliseconds: min(100, time -| now))
            if let problem = lookAfterWorkers(isPeace: false) { return problem }
        }
        return nil
    }

    private mutating func perform(_ harm: TrialPlan.Harm) -> String? {
        switch harm {
        case .feed: if !pieces.isEmpty { cluster.load(pieces.removeFirst()) }
        case .kill: if !workers.isEmpty { random.pick(workers).kill() }
        case .standStill(let milliseconds):
            if !workers.isEmpty { random.pick(workers).standStill(milliseconds: milliseconds) }
        case .stop: if !workers.isEmpty { random.pick(workers).stop() }
        case .join: return start("extra\(now)")
        case .brokersAway(let milliseconds): cluster.goAway(milliseconds: milliseconds)
        case .forget(let milliseconds): cluster.forgetOffsets(milliseconds: milliseconds)
        case .compact: cluster.compact()
        }
        return nil
    }

    /// Starts again what is down, as whoever runs processes does.
    /// - Parameter isPeace: nothing is harmed any more: a process that has come to its end is done.
    private mutating func lookAfterWorkers(isPeace: Bool) -> String? {
        for (index, worker) in workers.enumerated().reversed() {
            if isPeace {
                worker.spare()
                worker.drain()
            }
            guard let end = worker.end else { continue }
            workers.remove(at: index)
            ended.append(worker)
            if let problem = problem(worker, end) { return problem }
            if case .done = end, isPeace ? !worker.wasEnded : plan.isJob && !worker.isKilled { continue }
            restarts.append((now +| (isPeace ? 100 : Int64(random.below(2000))), worker.instance))
        }
        let now = now
        for restart in restarts where restart.time <= now {
            cluster.tally.count(.restart)
            if let problem = start(restart.instance) { return problem }
            if isPeace { workers.last?.spare() }
        }
        restarts = restarts.filter { $0.time > now }
        return nil
    }

    /// What is wrong with the end of a process; nil: nothing is.
    private func problem(_ worker: SimulatedWorker, _ end: SimulatedWorker.End) -> String? {
        if worker.isKilled { return nil }
        switch end {
        case .crashed(let text): return "\(worker.instance): \(text)"
        case .failed(let failure) where !mayFail(failure): return "\(worker.instance): \(failure.message)"
        case .failed, .done: return nil
        }
    }

    /// What a process may end with while it is harmed.
    private func mayFail(_ failure: RunFailure) -> Bool {
        if [.tryAgain, .unreachable, .io].contains(failure.code) { return true }
        // A new process cannot know better for long (docs/reliability.md).
        return plan.hasForgetting && [.offsetsForgotten, .resultsExist].contains(failure.errorCode)
    }

    /// Lets everything come to its end.
    private mutating func finish() -> String? {
        let began = now
        while now -| began < Trial.patience {
            if let problem = lookAfterWorkers(isPeace: true) { return problem }
            if workers.isEmpty, restarts.isEmpty { return nil }
            pass(milliseconds: 200)
        }
        return "not done \(Trial.patience / 1000) s after the harm: \(workers.map(\.instance)) still run"
    }
}

extension SimulatedLog {
    /// The same log in pieces, so that no record of a later piece has to be joined before one of an earlier piece.
    func cutInOrder(into count: Int) -> [SimulatedLog] {
        // The merge time of a record is the highest time of its partition so far.
        let latest = topics.values.joined().joined().map(\.timestamp).max() ?? 0
        let length = max((latest +| 1) / Int64(count), 1)
        var pieces = Array(repeating: SimulatedLog(), count: max(count, 1))
        for topic in topics.keys.sorted() {
            let partitions = partitions(of: topic)
            for index in pieces.indices { pieces[index].create(topic, partitions: partitions.count) }
            for (number, records) in partitions.enumerated() {
                var time: Int64 = 0
                for record in records {
                    time = max(time, record.timestamp)
                    pieces[min(Int(clamping: time / length), pieces.count - 1)].append(
                        topic, number, offset: record.offset, timestamp: record.timestamp, key: record.key,
                        value: record.value)
                }
            }
        }
        return pieces
    }

    /// The same log in pieces, to be loaded one after the other.
    func cut(into count: Int, _ random: inout SplitMix64) -> [SimulatedLog] {
        var pieces = Array(repeating: SimulatedLog(), count: max(count, 1))
        for topic in topics.keys.sorted() {
            let partitions = partitions(of: topic)
            for index in pieces.indices { pieces[index].create(topic, partitions: partitions.count) }
            for (number, records) in partitions.enumerated() {
                var piece = 0
                for record in records {
                    while piece < pieces.count - 1, random.chance(100 * pieces.count / max(records.count, 1)) {
                        piece += 1
                    }
                    pieces[piece].append(
                        topic, number, offset: record.offset, timestamp: record.timestamp, key: record.key,
                        value: record.value)
                }
            }
        }
        return pieces
    }
}
