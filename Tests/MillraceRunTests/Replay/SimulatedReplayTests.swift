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

/// The real replay over a simulated cluster.
struct SimulatedReplayTests {
    /// Random programs over random logs: what is printed is what the engine answers without any cluster.
    @Test func printsWhatTheEngineAnswers() throws {
        var lineCount = 0
        for seed in 1...60 as ClosedRange<UInt64> {
            var templates = ProgramTemplates(seed: seed)
            var generator = LogGenerator(seed: seed &+ 1_000_000)
            let statements = templates.program()
            let log = generator.log(topic: ProgramTemplates.topic)
            let program = try SQL.compile(statements)
            let expected = try PipelineDriver.run(program, over: log, DriverWay(mode: .batch))
            let cluster = SimulatedCluster(seed: seed)
            cluster.load(log)
            let printed = try lines(QueryGraph(program), cluster)
            lineCount += printed.count
            #expect(printed.sorted() == expected.lines.map(\.text).sorted(), "seed \(seed)\n\(statements)")
        }
        #expect(lineCount > 500, "next to nothing was printed")
    }

    /// What an aborted transaction has written is no input, nor are markers.
    @Test func seesCommittedRecordsOnly() throws {
        let cluster = SimulatedCluster()
        let program = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, n INT) WITH (KAFKA_TOPIC='in', VALUE_FORMAT='JSON');
            CREATE STREAM t WITH (KAFKA_TOPIC='out') AS SELECT * FROM s;
            """)
        _ = try cluster.admin().createTopics([NewTopic(name: "in", partitions: 1)], timeoutMilliseconds: 1000)
        let writer = try cluster.writer(WriterOptions(transactionalID: "id"))
        try writer.initTransactions(timeoutMilliseconds: 1000)
        for (number, commits) in [(1, true), (2, false), (3, true)] {
            try writer.beginTransaction()
            let records = RawRecords()
            records.append(key: Array("k".utf8), value: Array("{\"n\":\(number)}".utf8), timestamp: 5)
            try writer.send(records, to: writer.topic("in"))
            if commits {
                try writer.commitTransaction(timeoutMilliseconds: 1000)
            } else {
                try writer.abortTransaction(timeoutMilliseconds: 1000)
            }
        }
        let printed = try lines(QueryGraph(program), cluster)
        #expect(printed.count == 2)
        #expect(
            printed.allSatisfy { !$0.contains("\"N\":2") } && printed.last?.contains("\"N\":3") == true, "\(printed)")
    }

    private func lines(_ graph: QueryGraph, _ cluster: SimulatedCluster) throws -> [String] {
        var options = RunOptions(application: "app", cluster: cluster, from: .earliest)
        options.format = .json
        let observer = Lines()
        _ = try Replay(graph, options: options, observer: observer).run()
        return String(decoding: observer.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private final class Lines: RunObserver {
        var bytes: [UInt8] = []
        func log(_ line: LogLine) {}
        func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {}
        func stageBegan(_ mode: StageReport.Mode) {}
        func write(_ text: UnsafeRawBufferPointer) throws { bytes += text }
        var isStopRequested: Bool { false }
    }
}
