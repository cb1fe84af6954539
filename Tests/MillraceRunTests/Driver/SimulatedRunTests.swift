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
    /// Each run goes on where the one before has committed: every record is answered once.
    @Test func runsGoOnWhereTheLastOneCommitted() throws {
        let cluster = SimulatedCluster()
        let program = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, n INT) WITH (KAFKA_TOPIC='in', VALUE_FORMAT='JSON');
            CREATE STREAM t WITH (KAFKA_TOPIC='out') AS SELECT * FROM s WHERE n % 2 = 1;
            """)
        _ = try cluster.admin().createTopics(
            [NewTopic(name: "in", partitions: 3), NewTopic(name: "out", partitions: 3)], timeoutMilliseconds: 1000)
        let graph = try QueryGraph(program)
        for round in 0..<3 {
            try write((round * 20)..<(round * 20 + 20), cluster)
            var options = RunOptions(application: "app", cluster: cluster, from: .earliest)
            options.endsAtCut = true
            let observer = Stopper()
            _ = try ContinuousRun(graph, options: options, observer: observer, clock: cluster.time).run()
            #expect(!observer.hasStopped)
            let found = cluster.snapshot.topics["out"]?.partitions.flatMap { partition in
                partition.entries.compactMap { entry in
                    entry.isAborted ? nil : entry.record?.value.map { String(decoding: $0, as: UTF8.self) }
                }
            }
            let expected = (0..<(round * 20 + 20)).filter { $0 % 2 == 1 }.map { "{\"N\":\($0)}" }
            #expect(found?.sorted() == expected.sorted(), "round \(round)")
        }
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

    /// Stops a run that does not end.
    private final class Stopper: RunObserver {
        private var questions = 0
        var hasStopped: Bool { questions > 100_000 }
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
