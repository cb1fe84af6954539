// SPDX-License-Identifier: Apache-2.0
import Foundation
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

/// `millrace sql` over a simulated cluster.
struct AnswerTests {
    private static let sources = """
        CREATE STREAM s (k VARCHAR KEY, n INT, t VARCHAR) WITH (KAFKA_TOPIC='in', VALUE_FORMAT='JSON');
        CREATE TABLE u (k VARCHAR PRIMARY KEY, name VARCHAR) WITH (KAFKA_TOPIC='names', VALUE_FORMAT='JSON');
        CREATE STREAM evens AS SELECT * FROM s WHERE n % 2 = 0;

        """

    private let cluster = SimulatedCluster()

    /// 12 records in 3 partitions: k = a, b, c in turn, n = 0 to 11.
    init() throws {
        _ = try cluster.admin().createTopics(
            [NewTopic(name: "in", partitions: 3), NewTopic(name: "names", partitions: 1)], timeoutMilliseconds: 1000)
        try write(
            (0..<12).map { number in
                let text = number == 5 ? "null" : "\"t \(11 - number)\\u001b, x\""
                return (["a", "b", "c"][number % 3], "{\"n\":\(number),\"t\":\(text)}")
            }, to: "in", partitions: 3)
        try write([("a", "{\"name\":\"A\"}"), ("b", "{\"name\":\"B\"}"), ("a", "{\"name\":\"AA\"}")], to: "names")
        try write([("c", "{\"name\":\"C\"}"), ("c", nil)], to: "names")
    }

    private func write(_ pairs: [(String, String?)], to topic: String, partitions: Int32 = 1) throws {
        let writer = try cluster.writer(WriterOptions())
        let records = RawRecords()
        for (number, pair) in pairs.enumerated() {
            records.append(
                key: Array(pair.0.utf8), value: pair.1.map { Array($0.utf8) }, timestamp: Int64(number + 1),
                partition: Int32(number) % partitions)
        }
        try writer.send(records, to: writer.topic(topic))
        try writer.flush(timeoutMilliseconds: 1000)
    }

    private func answer(_ text: String, _ layout: AnswerLayout = .init()) throws -> [String] {
        let graph = try QueryGraph(plan(text))
        var options = RunOptions(application: "app", cluster: cluster, from: .earliest)
        options.answer = layout
        let observer = Lines()
        let replay = Replay(graph, options: options, observer: observer)
        _ = try replay.run()
        return observer.lines
    }

    private func plan(_ text: String) throws -> ProgramPlan {
        let outcome = SQL.check(Self.sources + text, asks: true)
        if let error = outcome.errors.first { throw error }
        return outcome.plan
    }

    private final class Lines: RunObserver {
        var bytes: [UInt8] = []
        var lines: [String] { String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init) }
        func log(_ line: LogLine) {}
        func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {}
        func stageBegan(_ mode: StageReport.Mode) {}
        func write(_ text: UnsafeRawBufferPointer) throws { bytes += text }
        var isStopRequested: Bool { false }
    }

    @Test func rowsOfAStream() throws {
        let rows = try answer("SELECT n, k FROM s WHERE n < 4")
        #expect(rows.sorted() == (0..<4).map { "{\"N\":\($0),\"K\":\"\(["a", "b", "c"][$0 % 3])\"}" })
        #expect(try answer("SELECT n FROM evens").count == 6)
    }

    @Test(arguments: [0, 1, 5, 12, 100]) func limitEnds(_ limit: Int) throws {
        #expect(try answer("SELECT n FROM s LIMIT \(limit)").count == min(limit, 12))
        #expect(try answer("SELECT n FROM s ORDER BY n LIMIT \(limit)").count == min(limit, 12))
        #expect(try answer("SELECT k, COUNT(*) FROM s GROUP BY k LIMIT \(limit)").count == min(limit, 3))
        #expect(try answer("SELECT * FROM u LIMIT \(limit)").count == min(limit, 2))
    }

    @Test func theFirstInAnOrder() throws {
        #expect(
            try answer("SELECT n FROM s ORDER BY n DESC LIMIT 3") == ["{\"N\":11}", "{\"N\":10}", "{\"N\":9}"])
        #expect(try answer("SELECT n FROM s ORDER BY t NULLS FIRST LIMIT 2") == ["{\"N\":5}", "{\"N\":11}"])
        #expect(try answer("SELECT n FROM s ORDER BY t DESC LIMIT 2") == ["{\"N\":5}", "{\"N\":2}"])
        #expect(try answer("SELECT n FROM s ORDER BY n % 2, -n LIMIT 2") == ["{\"N\":10}", "{\"N\":8}"])
    }

    /// Each once, as they stand at the end.
    @Test func groups() throws {
        #expect(
            try answer("SELECT SUM(n) AS total, k FROM s GROUP BY k ORDER BY k")
                == ["{\"TOTAL\":18,\"K\":\"a\"}", "{\"TOTAL\":22,\"K\":\"b\"}", "{\"TOTAL\":26,\"K\":\"c\"}"])
        #expect(try answer("SELECT k FROM s GROUP BY k HAVING SUM(n) > 25 ") == ["{\"K\":\"c\"}"])
        #expect(try answer("SELECT n % 3 AS m FROM s GROUP BY n % 3 ORDER BY m") == (0..<3).map { "{\"M\":\($0)}" })
        #expect(try answer("SELECT COUNT(*) AS c, MAX(n) AS m FROM s") == ["{\"C\":12,\"M\":11}"])
        #expect(
            try answer("SELECT COUNT(*) AS c, WINDOWSTART FROM s WINDOW TUMBLING (SIZE 5 MILLISECONDS) ORDER BY 2")
                == [
                    "{\"C\":4,\"WINDOWSTART\":0}", "{\"C\":5,\"WINDOWSTART\":5}", "{\"C\":3,\"WINDOWSTART\":10}",
                ])
    }

    /// The last of each key; none of what was deleted.
    @Test func aTable() throws {
        #expect(
            try answer("SELECT name, k FROM u") == ["{\"NAME\":\"B\",\"K\":\"b\"}", "{\"NAME\":\"AA\",\"K\":\"a\"}"])
        #expect(try answer("SELECT name FROM u ORDER BY k") == ["{\"NAME\":\"AA\"}", "{\"NAME\":\"B\"}"])
        #expect(try answer("SELECT name FROM u WHERE name = 'A'") == [])
    }

    /// Each row says which window it is of.
    @Test func aWindowedTable() throws {
        let windows =
            "CREATE TABLE w AS SELECT k, COUNT(*) AS c FROM s WINDOW TUMBLING (SIZE 6 MILLISECONDS) GROUP BY k;"
        #expect(
            try answer(windows + "SELECT * FROM w WHERE k = 'a' ORDER BY WINDOWSTART LIMIT 2")
                == [
                    #"{"K":"a","WINDOWSTART":0,"WINDOWEND":6,"C":2}"#,
                    #"{"K":"a","WINDOWSTART":6,"WINDOWEND":12,"C":2}"#,
                ])
        #expect(try answer(windows + "SELECT c FROM w WHERE k = 'b'").count == 2)
    }

    /// A program is refused, whose processes would each publish a part.
    @Test func aKeyInTwoPartitions() throws {
        try write((0..<3).map { ("a", "{\"n\":\($0)}") }, to: "in", partitions: 3)
        #expect(
            try answer("SELECT k, COUNT(*) AS c FROM s GROUP BY k ORDER BY k LIMIT 1") == [#"{"K":"a","C":7}"#])
    }

    /// Each change, and what was deleted.
    @Test func aTableThatGoesOn() throws {
        #expect(
            try answer("SELECT k, name FROM u EMIT CHANGES LIMIT 5")
                == [
                    "{\"K\":\"a\",\"NAME\":\"A\"}", "{\"K\":\"b\",\"NAME\":\"B\"}", "{\"K\":\"a\",\"NAME\":\"AA\"}",
                    "{\"K\":\"c\",\"NAME\":\"C\"}", "{\"K\":\"c\",\"NAME\":null,\"deleted\":true}",
                ])
    }

    @Test func aJoin() throws {
        #expect(
            try answer("SELECT s.n, u.name FROM s LEFT JOIN u ON s.k = u.k WHERE s.n > 8 ORDER BY s.n")
                == [
                    "{\"N\":9,\"NAME\":\"AA\"}", "{\"N\":10,\"NAME\":\"B\"}", "{\"N\":11,\"NAME\":null}",
                ])
    }

    /// What a record writes cannot act on a terminal, and lines fit it.
    @Test func forPeople() throws {
        let table = AnswerLayout(.table, width: 30)
        #expect(
            try answer("SELECT k, n, t FROM s WHERE n IN (1, 5, 10) ORDER BY n", table)
                == ["K   N  T", "b   1  t 10\\u001B, x", "c   5  null", "b  10  t 1\\u001B, x"])
        let cut = try answer("SELECT t AS t1, t || t || t AS t3, n + 1000000 AS n FROM s WHERE n = 1", table)
        #expect(cut.count == 2 && cut[1].hasSuffix("…  1000001"), "\(cut)")
        #expect(cut.allSatisfy { $0.unicodeScalars.count == 30 }, "\(cut)")
        let list = try answer("SELECT n AS a, n AS b, n AS c, t, t AS t2, t AS t3, t AS t4 FROM s WHERE n = 1", table)
        #expect(list.first == "── row 1" && list.count == 8, "\(list)")
        #expect(list.allSatisfy { $0.unicodeScalars.count <= 30 })
        #expect(try answer("SELECT n FROM s WHERE n > 99", table) == ["N"])
    }

    @Test func forSpreadsheets() throws {
        #expect(
            try answer("SELECT k, t, n FROM s WHERE n IN (1, 5) ORDER BY n", AnswerLayout(.csv))
                == ["K,T,N", "b,\"t 10\u{1B}, x\",1", "c,,5"])
        #expect(try answer("SELECT k FROM s WHERE n > 99", AnswerLayout(.csv)) == ["K"])
    }

    /// Nothing is made, written or committed.
    @Test func theClusterIsAsBefore() throws {
        _ = try answer("CREATE TABLE totals AS SELECT k, COUNT(*) AS c FROM s GROUP BY k; SELECT * FROM totals")
        let topics = try cluster.admin().describeCluster(timeoutMilliseconds: 1000).topics.keys
        #expect(topics.sorted() == ["in", "names"])
    }

    /// Rows that wait for the end count as state.
    @Test func whatWaitsIsBounded() throws {
        let graph = try QueryGraph(plan("SELECT * FROM s ORDER BY n"))
        var options = RunOptions(application: "app", cluster: cluster, from: .earliest)
        options.stateMemory = .bytes(1024)
        let observer = Lines()
        #expect {
            _ = try Replay(graph, options: options, observer: observer).run()
        } throws: { ($0 as? RunFailure)?.errorCode == .stateTooLarge }
    }
}
