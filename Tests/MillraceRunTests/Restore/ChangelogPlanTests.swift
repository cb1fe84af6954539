// SPDX-License-Identifier: Apache-2.0
import MillraceEngine
import MillracePlan
import MillraceSQL
import Testing
@testable import MillraceRun
@testable import MillraceSettings

@Suite struct ChangelogPlanTests {
    private func plan(
        _ window: String, by key: String = "k", seconds: Int64 = 30, exchange: Bool = false
    ) throws -> ChangelogPlan {
        let program = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, v BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE TABLE t AS SELECT \(key), COUNT(*) AS n FROM s \(window) GROUP BY \(key) EMIT CHANGES;
            """)
        let graph = try QueryGraph(program)
        return ChangelogPlan(
            graph, application: "app", intervalMilliseconds: seconds * 1000,
            exchange: ExchangePlan(graph, application: "app", isOn: exchange))
    }

    @Test(arguments: [
        ("", true), ("WINDOW SESSION (1 SECONDS, GRACE PERIOD 0 SECONDS)", true),
        ("WINDOW TUMBLING (SIZE 1 DAY, GRACE PERIOD 0 SECONDS)", true),
        ("WINDOW TUMBLING (SIZE 10 SECONDS)", true),
        ("WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 20 SECONDS)", false),
        ("WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 21 SECONDS)", true),
        ("WINDOW HOPPING (SIZE 30 SECONDS, ADVANCE BY 1 SECONDS, GRACE PERIOD 0 SECONDS)", false),
        ("WINDOW HOPPING (SIZE 31 SECONDS, ADVANCE BY 1 SECONDS, GRACE PERIOD 0 SECONDS)", true),
    ])
    func keepsWhatARestartWouldReadForLong(window: String, isKept: Bool) throws {
        #expect(try plan(window).queries == (isKept ? [0] : []))
        #expect(try plan(window, seconds: 0).queries == [])
    }

    /// Of a window that several processes compute the records have no common place to begin at.
    @Test func whatGoesThroughAnExchangeIsKept() throws {
        let window = "WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 0 SECONDS)"
        #expect(try plan(window, by: "v").queries == [])
        #expect(try plan(window, by: "v", exchange: true).queries == [0])
        #expect(try plan(window, exchange: true).queries == [])
        #expect(
            try plan(window, by: "v", exchange: true).lines(0) == [
                PlanDiagram.Line("exchange", "partial results of all processes through app-T-exchange"),
                PlanDiagram.Line("state", "flushed to app-T-changelog every 30s"),
            ])
    }

    @Test func isNamedAsKafkaStreamsDoes() throws { #expect(try plan("").topic(0) == "app-T-changelog") }

    @Test func intervals() {
        #expect(StateFlushInterval.parse("off") == 0)
        #expect(StateFlushInterval.parse("30s") == 30_000)
        #expect(StateFlushInterval.parse("10ms") == nil)
        #expect(StateFlushInterval.parse("25h") == nil)
        #expect(StateFlushInterval.parse("often") == nil)
        #expect(DurationText.text(30_000) == "30s")
        #expect(DurationText.text(1500) == "1500ms")
    }
}
