// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceReport
import MillraceSQL
import MillraceSettings
import MillraceTestKit
import Testing

@testable import MillraceRun

struct JoinCheckTests {
    private static func refusal(
        table: String = "", more: String = "", _ change: (inout RunOptions) -> Void = { _ in }
    ) throws -> RunFailure? {
        let graph = try graph(table: table, more: more)
        var options = RunOptions(application: "a", cluster: SimulatedCluster(seed: 1), from: .earliest)
        change(&options)
        do throws(RunFailure) {
            try JoinCheck(graph).checkRun(options)
            return nil
        } catch { return error }
    }

    private static func graph(table: String = "", more: String = "") throws -> QueryGraph {
        try QueryGraph(
            SQL.compile(
                """
                CREATE TABLE users (id VARCHAR PRIMARY KEY, name VARCHAR)
                  WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON'\(table));
                CREATE STREAM orders (id VARCHAR KEY, user_id VARCHAR) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');
                \(more)
                CREATE STREAM joined AS SELECT o.user_id, u.name FROM orders o JOIN users u ON o.user_id = u.id;
                """))
    }

    @Test func joinsTakeOneThreadAndSaySo() throws {
        let graph = try Self.graph()
        var options = RunOptions(application: "a", cluster: SimulatedCluster(seed: 1), from: .earliest)
        #expect(JoinCheck(graph).limitThreads(&options) == nil)
        options.threads = 4
        #expect(JoinCheck(graph).limitThreads(&options)?.message.hasPrefix("threads: 1 in place of 4") == true)
        #expect(options.threads == 1)
    }

    /// The table's topic is a stream, too.
    private static let changes = """
        CREATE STREAM changes (id VARCHAR KEY, name VARCHAR) WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON');
        CREATE STREAM names AS SELECT id, name FROM changes;
        """

    @Test func whatHasNoExactAnswerLiveIsRefused() throws {
        #expect(try Self.refusal() == nil)
        #expect(try Self.refusal(more: Self.changes) == nil)
        #expect(try Self.refusal { $0.newQueries = .live } == nil)
        let refusals = [
            try Self.refusal(table: ", VERSIONS='start'"),
            try Self.refusal(more: Self.changes) { $0.from = .latest },
            try Self.refusal { $0.isJob = true },
            try Self.refusal { $0.exchangesPartials = true },
            try Self.refusal { $0.newQueries = .backfill },
        ]
        for (refusal, words) in zip(
            refusals, ["VERSIONS='start'", "the stream CHANGES", "--job", "--exchange", "live"])
        {
            let failure = try #require(refusal)
            #expect(failure.errorCode == .joinNotLive && failure.code == .usage)
            #expect((failure.message + (failure.hint ?? "")).contains(words), "\(failure.message)")
        }
    }
}
