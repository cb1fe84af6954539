// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport
import MillraceTestKit
import Testing

@testable import MillraceRun

struct TransactionCommitterTests {
    private final class Nobody: RunObserver {
        func log(_ line: LogLine) {}
        func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {}
        func stageBegan(_ mode: StageReport.Mode) {}
        func write(_ text: UnsafeRawBufferPointer) throws {}
        var isStopRequested: Bool { false }
    }

    /// A record that was not taken leaves a gap in librdkafka's numbers: without a new producer the transaction after
    /// the abort would fail, too (SimulatedClusterTests.aGapReachesIntoTheNextTransaction).
    @Test func anAbortBehindARecordThatWasNotTakenMakesANewProducer() throws {
        let cluster = SimulatedCluster()
        _ = try cluster.admin().createTopics(
            [NewTopic(name: "t", partitions: 1, configuration: ["max.message.bytes": "1000"])],
            timeoutMilliseconds: 1000)
        let writer = try cluster.writer(WriterOptions(transactionalID: "id"))
        try writer.initTransactions(timeoutMilliseconds: 1000)
        let reader = try cluster.reader(ReaderOptions(profile: .live, group: GroupMembership(groupID: "g")))
        let observer = Nobody()
        let committer = TransactionCommitter([writer], reader, BrokerPatience(reader, observer: observer))
        func send(_ size: Int) throws {
            let records = RawRecords()
            records.append(key: nil, value: [UInt8](repeating: 1, count: size), timestamp: 1)
            let turn = try committer.begin()
            try committer.producers[turn].send(records, to: committer.producers[turn].topic("t"))
            try committer.producers[turn].flush(timeoutMilliseconds: 1000)
        }
        #expect(throws: KafkaError.self) { try send(5000) }
        try committer.abort()
        try send(1)
        try committer.abort()
        try send(1)
    }
}
