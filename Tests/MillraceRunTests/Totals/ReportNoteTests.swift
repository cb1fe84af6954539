// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillracePlan
import MillraceSQL
import Testing
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

/// "0 rows" has a reason and a next step.
struct EmptyResultTests {
    private static let day: Int64 = 86_400_000
    /// 2023-11-14 22:13:20
    private static let then: Int64 = 1_700_000_000_000

    private func text(_ change: (inout EmptyResult) -> Void) -> String {
        var facts = EmptyResult(query: "Q")
        facts.topics = [.init(name: "orders", held: 20, written: 20, inSlice: 20)]
        facts.groupBy = "GROUP BY USER"
        change(&facts)
        return facts.note.text
    }

    /// All that was read was left out for one reason.
    @Test func oneReason() {
        #expect(
            text { facts in
                facts.read = 1000
                facts.filtered.withoutGroup = 1000
            }
                == "Q: no rows: GROUP BY USER is NULL in all 1,000 records; a row without a group is in no result; "
                + "group by what the records have")
        #expect(
            text { facts in
                facts.read = 1000
                facts.filtered.notPassing = 1000
            } == "Q: no rows: WHERE is true for none of 1,000 records; look at the values: millrace topics peek orders")
        #expect(
            text { facts in
                facts.read = 7
                facts.bad = 7
            }.hasPrefix("Q: no rows: all 7 records are bad; "))
        #expect(
            text { facts in
                facts.read = 5
                facts.filtered.outOfRange = 5
                facts.fromTime = Self.then
            }.hasPrefix(
                "Q: no rows: the event times of all 5 records lie outside of the range from 2023-11-14 22:13:20"))
    }

    @Test func severalReasons() {
        #expect(
            text { facts in
                facts.read = 1000
                facts.bad = 10
                facts.filtered.notPassing = 900
                facts.filtered.withoutGroup = 90
            }
                == "Q: no rows: of 1,000 records 10 are bad, 900 do not pass WHERE, 90 have a NULL in GROUP BY USER; "
                + "look at the values: millrace topics peek orders")
    }

    /// The suggested range is one that `--from` takes, and holds the first record.
    @Test func aRangeBesideTheData() throws {
        let data = LogExtent(records: 20, oldest: Self.then + 789, newest: Self.then + 19_000)
        func facts(from: EventTime?, to: EventTime?) -> String {
            text { facts in
                facts.topics = [.init(name: "orders", held: 20, written: 20, inSlice: 0, data: data)]
                facts.fromTime = from
                facts.toTime = to
            }
        }
        let late = facts(from: Self.then + Self.day, to: nil)
        #expect(
            late == "Q: no rows: the range from 2023-11-15 22:13:20 begins behind the last record: the 20 records of "
                + "orders lie between 2023-11-14 22:13:20 and 2023-11-14 22:13:39; "
                + "--from 2023-11-14T22:13:20Z reads them")
        #expect(facts(from: nil, to: Self.then - 1).contains(" ends before the first record: "))
        let option = try #require(late.split(separator: "--from ").last?.split(separator: " ").first)
        #expect(try SlicePosition.parse(String(option), as: .from) == .time(Self.then))
    }

    @Test func nothingIsThere() {
        #expect(
            text { $0.topics = [.init(name: "orders", held: 0, written: 0, inSlice: 0)] }
                == "Q: no rows: orders has no record; write to it, or name another topic with KAFKA_TOPIC")
        #expect(
            text { $0.topics = [.init(name: "orders", held: 0, written: 7, inSlice: 0)] }.hasPrefix(
                "Q: no rows: orders holds no record any more: all 7 were removed"))
        #expect(text { _ in }.contains("the range of orders has 20 offsets, but no committed record"))
        #expect(text { $0.emptyUpstream = "P" } == "Q: no rows: P, whose rows it reads, has none")
    }

    @Test func windowsThatWait() {
        #expect(
            text { facts in
                facts.read = 16
                facts.used = 16
                facts.hasWindow = true
                facts.waiting = WaitingWindows(
                    OpenWindows(count: 1, next: [.init(start: 0, end: 60_000, closing: 6_060_000, entries: 16)]),
                    groups: 16, emitsFinal: true)
            }.hasPrefix("Q: no rows: 1 window, 16 groups, waits for a record later than 1970-01-01 01:41:00; "))
        #expect(WaitingWindows(OpenWindows(count: 1, next: []), groups: 1, emitsFinal: false) == nil)
    }
}

struct EmptyColumnTests {
    private let source: SourceDefinition

    init() throws {
        let program = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, amuont DOUBLE, userid BIGINT, note VARCHAR, zzz INT, `Total` INT)
              WITH (KAFKA_TOPIC='in', VALUE_FORMAT='JSON');
            CREATE STREAM t WITH (KAFKA_TOPIC='out', VALUE_FORMAT='JSON') AS SELECT * FROM s;
            """)
        source = try #require(ProgramIndex(program).source(named: "S"))
    }

    private func text(_ name: String) throws -> String {
        var fields = EmptyColumn.Fields()
        fields.add(Array(#"{"amount":1,"user_id":2,"note":null,"Grand Total":3}"#.utf8))
        fields.add(Array("not JSON".utf8))
        let column = try #require(source.columns.first { $0.name == name })
        return EmptyColumn.note(column, of: source, rows: 1000, fields: fields).text
    }

    @Test func theNearestFieldIsNamed() throws {
        #expect(
            try text("AMUONT")
                == "S: column AMUONT is NULL in all 1,000 records: none of 1 looked at has a field AMUONT, the nearest "
                + #"is "amount"; declare the column as AMOUNT"#)
        #expect(try text("USERID").hasSuffix(#"the nearest is "user_id"; declare the column as USER_ID"#))
    }

    @Test func withoutANearOneAllAreListed() throws {
        #expect(try text("ZZZ").contains(#"they have "amount", "user_id", "#))
        #expect(try text("NOTE").hasSuffix("the field is there, and null"))
        #expect(try text("K") == "S: column K is NULL in all 1,000 records: they have no key")
    }
}

struct UnusedStartTests {
    private func note(isGiven: Bool, isCommitted: Bool) throws -> LogLine? {
        var options = RunOptions(
            application: "orders", cluster: KafkaCluster(try KafkaProperties(bootstrap: "localhost:9092")),
            from: .time(0))
        options.isFromGiven = isGiven
        let metadata = CommitMetadata(
            restoreOffset: 7, watermarks: [], lastRecord: nil, changesArePending: false)
        let start = Assignment.Start(
            partition: TopicPartition("in", 0), metadata: isCommitted ? metadata : nil, read: 7, next: 7, cut: 9,
            firstPartitions: 1)
        return UnusedStart.note(options, [start])
    }

    @Test func whoSaysFromIsToldThatTheGroupHasCommitted() throws {
        #expect(
            try note(isGiven: true, isCommitted: true)?.message
                == "from 1970-01-01T00:00:00.000Z is not used: the group orders has committed the input and goes on "
                + "there (in/0@7); to begin there after all, run as another --application, or look at that range with "
                + "replay")
        #expect(try note(isGiven: true, isCommitted: false) == nil)
        #expect(try note(isGiven: false, isCommitted: true) == nil)
    }
}
