// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport
import MillraceRun
import MillraceSQL
import MillraceSettings
import MillraceTestKit
import Testing

/// The real run loop, to the end of the log, over a simulated cluster.
struct SimulatedRunTests {
    private static let program = """
        CREATE STREAM s (k VARCHAR KEY, n INT) WITH (KAFKA_TOPIC='in', VALUE_FORMAT='JSON');
        CREATE STREAM t WITH (KAFKA_TOPIC='out') AS SELECT * FROM s WHERE n % 2 = 1;
        """

    /// Each run goes on where the one before has committed: every record is answered once.
    @Test func runsGoOnWhereTheLastOneCommitted() throws {
        let cluster = try makeCluster(seed: 1)
        for round in 0..<3 {
            try write((round * 20)..<(round * 20 + 20), cluster)
            #expect(try run(cluster, stopsAfter: 100_000) == .ended)
            #expect(results(cluster) == expected(below: round * 20 + 20), "round \(round)")
        }
    }

    /// A run that is stopped anywhere leaves nothing out, and nothing twice, for the runs after it.
    @Test func stoppedAnywhere() throws {
        var stops = 0
        for seed in 1...100 as ClosedRange<UInt64> {
            var random = SplitMix64(seed: seed)
            let cluster = try makeCluster(seed: seed)
            var count = 0
            for _ in 0..<4 {
                let more = random.below(30)
                try write(count..<(count + more), cluster)
                count += more
                if try run(cluster, stopsAfter: 1 + random.below(40)) == .stopped { stops += 1 }
            }
            try write(count..<(count + 1), cluster)
            #expect(try run(cluster, stopsAfter: 100_000) == .ended, "seed \(seed)")
            #expect(results(cluster) == expected(below: count + 1), "seed \(seed)")
        }
        #expect(stops > 50, "next to no run was stopped: \(stops)")
    }

    private enum End { case ended, stopped }

    private func makeCluster(seed: UInt64) throws -> SimulatedCluster {
        let cluster = SimulatedCluster(seed: seed)
        _ = try cluster.admin().createTopics(
            [NewTopic(name: "in", partitions: 3), NewTopic(name: "out", partitions: 3)], timeoutMilliseconds: 1000)
        return cluster
    }

    private func run(_ cluster: SimulatedCluster, stopsAfter questions: Int) throws -> End {
        var options = RunOptions(application: "app", cluster: cluster, from: .earliest)
        options.endsAtCut = true
        let observer = Stopper(after: questions)
        do {
            _ = try ContinuousRun(
                QueryGraph(SQL.compile(Self.program)), options: options, observer: observer
            ).run()
        } catch let failure as RunFailure {
            guard observer.hasStopped else { throw failure }
        }
        return observer.hasStopped ? .stopped : .ended
    }

    private func results(_ cluster: SimulatedCluster) -> [String] {
        let partitions = cluster.snapshot.topics["out"]?.partitions ?? []
        return partitions.flatMap { partition in
            partition.entries.compactMap { entry in
                entry.isAborted || entry.offset >= partition.lastStable
                    ? nil : entry.record?.value.map { String(decoding: $0, as: UTF8.self) }
            }
        }.sorted()
    }

    private func expected(below end: Int) -> [String] {
        (0..<end).filter { $0 % 2 == 1 }.map { "{\"N\":\($0)}" }.sorted()
    }

    private func write(_ numbers: Range<Int>, _ cluster: SimulatedCluster) throws {
        let records = RawRecords()
        for number in numbers {
            records.append(
                key: Array("k\(number % 3)".utf8), value: Array("{\"n\":\(number)}".utf8), timestamp: 1000,
                partition: Int32(number % 3))
        }
        let writer = try cluster.writer(WriterOptions())
        try writer.send(records, to: writer.topic("in"))
        try writer.flush(timeoutMilliseconds: 1000)
    }

    /// Stops a run when it has asked so often.
    private final class Stopper: RunObserver {
        private let limit: Int
        private var questions = 0
        var hasStopped: Bool { questions > limit }
        init(after limit: Int) { self.limit = limit }
        func log(_ line: LogLine) {}
        func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {}
        func stageBegan(_ mode: StageReport.Mode) {}
        func write(_ text: UnsafeRawBufferPointer) throws {}
        var isStopRequested: Bool {
            questions += 1
            return hasStopped
        }
    }
}
