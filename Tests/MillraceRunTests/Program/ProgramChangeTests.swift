// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL
import Testing
@testable import MillraceRun

@Suite struct ProgramChangeTests {
    private static let source =
        "CREATE STREAM trips (station VARCHAR KEY, km INT, ts BIGINT) "
        + "WITH (KAFKA_TOPIC='trips', VALUE_FORMAT='JSON', TIMESTAMP='ts');"
    private static let hourly = table("hourly", size: "1 HOUR")
    private static let total = table("total", size: nil)
    private static let far = "CREATE STREAM far AS SELECT station, km FROM trips WHERE km > 100;"

    private static func table(_ name: String, size: String?, topic: String? = nil, columns: String = "COUNT(*) AS n")
        -> String
    {
        "CREATE TABLE \(name) WITH (KAFKA_TOPIC='\(topic ?? name)', VALUE_FORMAT='JSON') AS SELECT station, \(columns) "
            + "FROM trips \(size.map { "WINDOW TUMBLING (SIZE \($0))" } ?? "") GROUP BY station EMIT CHANGES;"
    }

    private func graph(_ statements: [String]) throws -> QueryGraph {
        try QueryGraph(SQL.compile(([Self.source] + statements).joined(separator: "\n")))
    }

    /// What a start with these statements finds in the commits of a run with others.
    private func change(
        from then: [String], to now: [String], settings: (then: String, now: String) = ("", "")
    ) throws -> ProgramChange {
        let old = try graph(then)
        let metadata = CommitMetadata(
            restoreOffset: 0, watermarks: old.roots(ofTopic: "trips").map { _ in 5 }, lastRecord: nil,
            changesArePending: false,
            program: CommittedProgram(
                roots: old.rootNames(ofTopic: "trips"),
                queries: old.identities(settings: settings.then).map { CommittedProgram.Query($0) }))
        let commit = try #require(CommitMetadata(metadata.text))
        #expect(commit == metadata)
        let new = try graph(now)
        return ProgramChange(
            new.identities(settings: settings.now),
            topics: new.program.queries.indices.map(new.topics(feeding:)),
            commits: [TopicPartition("trips", 0): commit])
    }

    @Test func theSameProgramIsKnownWhateverItsOrderAndNames() throws {
        let order = try change(from: [Self.hourly, Self.total], to: [Self.total, Self.hourly])
        #expect(order.isEmpty && order.states == [.known, .known])
        #expect(try change(from: [Self.far], to: [Self.far + " -- a comment"]).isEmpty)
        let renamed = Self.far.replacingOccurrences(of: "far AS", with: "long WITH (KAFKA_TOPIC='FAR') AS")
        #expect(try change(from: [Self.far], to: [renamed]).isEmpty)
    }

    @Test func aQueryThatIsAddedIsNewWhereverItStands() throws {
        let front = try change(from: [Self.total], to: [Self.hourly, Self.total])
        #expect(front.states == [.new, .known])
        #expect(front.text == "HOURLY is new")
        #expect(try change(from: [Self.total], to: [Self.total, Self.hourly]).states == [.known, .new])
    }

    @Test func aQueryThatIsTakenAwayIsGone() throws {
        let change = try change(from: [Self.total, Self.hourly], to: [Self.total])
        #expect(change.states == [.known] && change.gone == ["HOURLY"] && change.unknown.isEmpty)
    }

    @Test func anotherNameForAnotherQueryIsNewAndGone() throws {
        let daily = Self.table("daily", size: "1 DAY")
        let change = try change(from: [Self.hourly], to: [daily])
        #expect(change.text == "DAILY is new; HOURLY is gone")
    }

    static let edits: [(String, String, String)] = [
        (hourly, table("hourly", size: "2 HOURS"), "HOURLY has changed: its window"),
        (
            hourly, table("hourly", size: nil),
            "HOURLY has changed: its window"
        ),
        (
            hourly, table("hourly", size: "1 HOUR", topic: "other"),
            "HOURLY has changed: its output (topic, format or names of columns)"
        ),
        (
            hourly, hourly.replacingOccurrences(of: "AS n", with: "AS m"),
            "HOURLY has changed: its output (topic, format or names of columns)"
        ),
        (hourly, table("hourly", size: "1 HOUR", columns: "SUM(km) AS n"), "HOURLY has changed: its columns"),
        (
            hourly, hourly.replacingOccurrences(of: "GROUP BY", with: "WHERE km > 1 GROUP BY"),
            "HOURLY has changed: WHERE, its columns"
        ),
        (
            hourly, hourly.replacingOccurrences(of: "EMIT CHANGES", with: "HAVING COUNT(*) > 1 EMIT CHANGES"),
            "HOURLY has changed: HAVING"
        ),
        (
            hourly, hourly.replacingOccurrences(of: "1 HOUR)", with: "1 HOUR, GRACE PERIOD 1 HOUR)"),
            "HOURLY has changed: its window"
        ),
        (far, far.replacingOccurrences(of: "100", with: "101"), "FAR has changed: WHERE"),
    ]

    @Test(arguments: edits) func whatHasChangedIsNamed(_ edit: (then: String, now: String, text: String)) throws {
        let found = try change(from: [edit.then], to: [edit.now])
        #expect(found.unknown == [0])
        #expect(found.text.hasPrefix(edit.text), "\(found.text)")
    }

    @Test func aSettingThatChangesResultsIsAChange() throws {
        let found = try change(from: [Self.far], to: [Self.far], settings: ("strict", "-"))
        #expect(found.text == "FAR has changed: a setting that changes results")
    }

    @Test func whatReadsAChangedQueryHasChangedToo() throws {
        let reader = "CREATE STREAM names AS SELECT station, km FROM far;"
        let further = Self.far.replacingOccurrences(of: "100", with: "101")
        let found = try change(from: [Self.far, reader], to: [further, reader])
        #expect(found.unknown == [0, 1])
        // The topic in between is no part of what the reader computes.
        let elsewhere = Self.far.replacingOccurrences(of: "far AS", with: "far WITH (KAFKA_TOPIC='x') AS")
        #expect(try change(from: [Self.far, reader], to: [elsewhere, reader]).unknown == [0])
    }

    @Test func anotherInputIsAChangeThoughItHasNoCommits() throws {
        let old = try graph([Self.far])
        let metadata = CommitMetadata(
            restoreOffset: 0, watermarks: [5], lastRecord: nil, changesArePending: false,
            program: CommittedProgram(
                roots: old.rootNames(ofTopic: "trips"),
                queries: old.identities(settings: "").map { CommittedProgram.Query($0) }))
        let text = Self.source.replacingOccurrences(of: "'trips'", with: "'travels'") + Self.far
        let new = try QueryGraph(SQL.compile(text))
        let found = ProgramChange(
            new.identities(settings: ""), topics: [["travels"]], commits: [TopicPartition("trips", 0): metadata])
        #expect(found.text == "FAR has changed: what it reads")
    }

    @Test func longNamesAndOddOnesComeBack() throws {
        for name in ["A", "weiß ; nicht : viel , %", String(repeating: "Ä", count: 200)] {
            let query = CommittedProgram.Query(
                QueryIdentity(name: CommittedProgram.committedName(name), fingerprint: .max, clauses: [0, 65535]),
                firstOffset: 7)
            let program = CommittedProgram(roots: [1, .max], queries: [query, query])
            var metadata = CommitMetadata(
                restoreOffset: 1, watermarks: [1, 2], lastRecord: nil, changesArePending: true, program: program)
            metadata.isUpgrade = true
            metadata.backfill = CommitMetadata.Backfill(
                next: 9, restoreOffset: 3, watermarks: [.none, 4], queries: [5, .max])
            #expect(CommitMetadata(metadata.text) == metadata)
        }
    }

    @Test func aCommitOfManyQueriesFitsIntoTheBrokersLimit() throws {
        let queries = (0..<80).map { index in
            CommittedProgram.Query(
                QueryIdentity(
                    name: "QUERY_\(index)", fingerprint: .max - UInt64(index), clauses: Array(repeating: 7, count: 9)))
        }
        let metadata = CommitMetadata(
            restoreOffset: .max, watermarks: [.max], lastRecord: nil, changesArePending: true,
            program: CommittedProgram(roots: [1], queries: queries))
        #expect(metadata.text.utf8.count < 4096)
        #expect(CommitMetadata(metadata.text)?.program?.queries.count == 80)
    }
}
