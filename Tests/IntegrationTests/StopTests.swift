// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// From `SIGTERM` to the end of the process it takes at most two seconds, whatever it computes; and what was not
/// committed by then is done again by the next start, and published once.
@Suite(.serialized, .enabled(if: Environment.isReady)) struct StopTests {
    /// In seconds; half a second more, because other tests run beside this one.
    private static let limit = 2.5
    /// When the records were made, in ms: retention does not take them away.
    private static let now = Int64(Date().timeIntervalSince1970 * 1000)

    private static func program(_ input: String, _ query: String) -> String {
        """
        CREATE STREAM s (k VARCHAR KEY, v VARCHAR, n INT) WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON');
        \(query);
        """
    }

    /// Asks a process to stop, which has to end in time: behind its last commit, or in the middle of a computation.
    private func stop(_ process: MillraceProcess) throws {
        #expect(process.isRunning, "\(process.error)")
        let began = Date()
        let code = try process.stop(seconds: 60)
        let seconds = Date().timeIntervalSince(began)
        #expect(seconds <= Self.limit, "\(code) after \(seconds) s: \(process.error)")
        let isCut = code == 143 && process.error.contains("stopped in the middle of a computation")
        #expect(code == 0 || isCut, "\(code): \(process.error)")
    }

    /// Records as large as a topic takes them, through functions that need a while for each.
    @Test(arguments: [
        "REPLACE(v, 'a', 'bc')", "LPAD(v, 2000000, 'xy')", "INITCAP(v)", "ARRAY_JOIN(ARRAY_SORT(SPLIT(v, ',')), ';')",
        "ARRAY_JOIN(GENERATE_SERIES(0, n), ',')",
    ])
    func withLargeRecords(_ expression: String) throws {
        let workspace = try Workspace("stop-large")
        let input = try workspace.createTopic("input", partitions: 1)
        let query = """
            CREATE STREAM o WITH (KAFKA_TOPIC='\(workspace.topic("output"))', VALUE_FORMAT='JSON') AS
              SELECT k, LEN(\(expression)) AS n FROM s
            """
        let program = try workspace.write(Self.program(input, query), to: "large.sql")
        let value = #"{"v":""# + String(repeating: "a,", count: 450_000) + #"","n":99999}"#
        let records = (0..<12).map { InputRecord(key: "\($0)", value: value, timestamp: Self.now, partition: 0) }
        for _ in 0..<10 { try workspace.produce(records, to: input, ["message.max.bytes": "1000000"]) }
        let process = try workspace.start("run", program, ["--application", workspace.topic("app")])
        try process.waitToSay("at most")
        Thread.sleep(forTimeInterval: 0.3)
        try stop(process)
    }

    /// Fault 8: the changes of very many groups are due when the signal comes, and their state, too; then it comes
    /// while all of that is read back.
    @Test(arguments: [
        "GROUP BY k", "WINDOW HOPPING (SIZE 1 HOURS, ADVANCE BY 1 SECONDS) GROUP BY k",
        "WINDOW SESSION (1 SECONDS) GROUP BY k",
    ])
    func withManyGroups(_ grouping: String) throws {
        let workspace = try Workspace("stop-groups")
        let input = try workspace.createTopic("input", partitions: 2)
        let output = workspace.topic("output")
        let query = """
            CREATE TABLE o WITH (KAFKA_TOPIC='\(output)', VALUE_FORMAT='JSON') AS
              SELECT k, COUNT(*) AS n, COLLECT_LIST(v) AS l FROM s \(grouping) EMIT CHANGES
            """
        let program = try workspace.write(Self.program(input, query), to: "groups.sql")
        let isFannedOut = grouping.contains("HOPPING")
        let count = isFannedOut ? 400 : 100_000
        let application = workspace.topic("app")
        let options = ["--application", application, "--commit-interval", "10m", "--state-flush-interval", "10m"]
        try produce(count, round: 1, workspace, input)
        var process = try workspace.start("run", program, options)
        try process.waitToSay("live", seconds: 60)
        try produce(count, round: 2, workspace, input)
        Thread.sleep(forTimeInterval: 2)
        try stop(process)
        for wait in [0.3, 1] {
            process = try workspace.start("run", program, options)
            try process.waitToSay("joining the group")
            Thread.sleep(forTimeInterval: wait)
            try stop(process)
        }
        // Its results are too many to be looked at here.
        if isFannedOut { return }
        process = try workspace.start("run", program, ["--application", application])
        try process.waitToSay("live", seconds: 60)
        try workspace.waitUntilCaughtUp(process, application, input, partitions: 2)
        _ = try process.stop()
        try check(workspace.records(of: output), count)
    }

    private func produce(_ count: Int, round: Int64, _ workspace: Workspace, _ input: String) throws {
        let value = #"{"v":"\#(String(repeating: "x", count: 40))","n":1}"#
        let records = (0..<count).map { number in
            InputRecord(
                key: "key-\(number)", value: value, timestamp: Self.now + round,
                partition: Order.partition(of: "key-\(number)", 2))
        }
        try workspace.produce(records, to: input)
    }

    /// Each key was counted once, then twice; of neither is there a second result.
    private func check(_ records: [OutputRecord], _ count: Int) {
        var seen: [[UInt8]: Int] = [:]
        for record in records {
            // A session that grew is deleted first.
            guard let key = record.key, let value = record.value else { continue }
            let name = Array(key.prefix { $0 != 0 })
            let found = value.hasPrefix(#"{"N":1,"#) ? 1 : value.hasPrefix(#"{"N":2,"#) ? 2 : .max
            #expect(found == 2 ? (0...1).contains(seen[name] ?? 0) : seen[name] == nil && found == 1, "\(value)")
            seen[name] = found
        }
        #expect(seen.count == count && seen.values.allSatisfy { $0 == 2 }, "\(seen.count) of \(count)")
    }
}
