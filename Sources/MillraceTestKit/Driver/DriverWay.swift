// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// One way to run a program over a log. None of this may change the final results.
package struct DriverWay: Sendable, CustomStringConvertible {
    package enum Mode: Sendable {
        /// The log as an unbounded slice: what is final, and the changes.
        case stream
        /// The log as a bounded slice.
        case batch
        /// A batch stage up to these offsets (missing: to the end), then a stream stage.
        case hybrid(cut: [TopicPartition: Int64])
    }

    package var mode: Mode
    /// Stops at random places and goes on from the last commit; not in batch mode.
    package var restarts: Bool
    /// Some commits flush the state to changelogs, and restarts load it from there, also with other numbers of shards.
    package var flushes: Bool
    /// At the first restart some queries are taken for added ones: what they have made so far never was, and they run
    /// over the history before they go on with the others.
    package var addsQueries: Bool
    /// The most records in one call of the pipeline.
    package var batchSize: Int
    package var shards: Int
    /// In up to so many processes, which exchange partial results, move partitions and die; not in hybrid mode. 0: in
    /// one that does without.
    package var processes: Int
    /// Of the interleaving of partitions, the commits and the stops.
    package var seed: UInt64

    package init(
        mode: Mode, restarts: Bool = false, flushes: Bool = false, addsQueries: Bool = false, batchSize: Int = 7,
        shards: Int = 1,
        processes: Int = 0, seed: UInt64 = 1
    ) {
        self.mode = mode
        self.restarts = restarts
        self.flushes = flushes
        self.addsQueries = addsQueries
        self.batchSize = batchSize
        self.shards = shards
        self.processes = processes
        self.seed = seed
    }

    /// Stream, batch and hybrid × straight, with restarts, and with restarts from changelogs × batches of 1, 7 and 1024
    /// × 1 and 3 shards; and stream and batch in up to 1, 2 and 3 processes.
    package static func all(for log: SimulatedLog, seed: UInt64) -> [DriverWay] {
        var random = SplitMix64(seed: seed)
        var ways: [DriverWay] = []
        for batchSize in [1, 7, 1024] {
            for shards in [1, 3] {
                ways.append(DriverWay(mode: .batch, batchSize: batchSize, shards: shards, seed: random.next()))
                for (restarts, flushes) in [(false, false), (true, false), (true, true)] {
                    for mode in [Mode.stream, .hybrid(cut: cut(log, &random))] {
                        ways.append(
                            DriverWay(
                                mode: mode, restarts: restarts, flushes: flushes,
                                addsQueries: restarts && batchSize == 7, batchSize: batchSize, shards: shards,
                                seed: random.next()))
                    }
                }
            }
            for processes in 1...3 {
                ways.append(
                    DriverWay(
                        mode: .batch, batchSize: batchSize, shards: 3, processes: processes, seed: random.next()))
                ways.append(
                    DriverWay(
                        mode: .stream, flushes: true, batchSize: batchSize, shards: 3, processes: processes,
                        seed: random.next()))
            }
        }
        return ways
    }

    /// Whether the engine runs a program this way: joins run in one process, and are not added to a program with the
    /// history.
    package func isPossible(_ program: ProgramPlan) -> Bool {
        program.queries.allSatisfy { $0.joins.isEmpty && $0.streamJoin == nil } || (processes == 0 && !addsQueries)
    }

    /// Some way, by the seed.
    package static func random(for log: SimulatedLog, seed: UInt64) -> DriverWay {
        var random = SplitMix64(seed: seed)
        let mode = random.pick([Mode.stream, .batch, .hybrid(cut: cut(log, &random))])
        var restarts = random.chance(50)
        var processes = 0
        switch mode {
        case .stream: processes = random.pick([0, 0, 1, 2, 3, 5])
        case .batch:
            restarts = false
            processes = random.pick([0, 0, 2, 5])
        case .hybrid: break
        }
        return DriverWay(
            mode: mode, restarts: restarts, flushes: (restarts || processes > 0) && random.chance(60),
            addsQueries: restarts && processes == 0 && random.chance(40), batchSize: random.pick([1, 7, 1024]),
            shards: random.pick([1, 3]), processes: processes, seed: random.next())
    }

    private static func cut(_ log: SimulatedLog, _ random: inout SplitMix64) -> [TopicPartition: Int64] {
        var cut: [TopicPartition: Int64] = [:]
        for place in log.places { cut[place] = Int64(random.below(Int(log.nextOffset(place)) + 1)) }
        return cut
    }

    package var description: String {
        let name =
            switch mode {
            case .stream: "stream"
            case .batch: "batch"
            case .hybrid: "hybrid"
            }
        if processes > 0 {
            return "\(name) in up to \(processes) processes, \(flushes ? "all with changelogs, " : "")"
                + "batches of \(batchSize), \(shards) shards, seed \(seed)"
        }
        let stops =
            (restarts ? flushes ? " with restarts from changelogs" : " with restarts" : "")
            + (addsQueries ? " and added queries" : "")
        return "\(name)\(stops), batches of \(batchSize), \(shards) shards, seed \(seed)"
    }

    /// A line as far as this way has to give it: what several processes publish says nothing of windows that only the
    /// end of the slice has closed.
    package func published(_ line: String) -> String {
        isBounded && processes > 0 ? line.replacing(",\"open\":true", with: "") : line
    }

    /// Whether the slice ends, so that open windows are read out.
    package var isBounded: Bool {
        if case .batch = mode { return true }
        return false
    }
}
