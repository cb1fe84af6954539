// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

/// `windows.per.record.max`.
@Suite struct WindowsPerRecordTests {
    private func program(_ window: String, before: String = "") -> String {
        """
        CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
        \(before)
        CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s
          WINDOW \(window) GROUP BY k EMIT CHANGES;
        """
    }

    private let dayByMillisecond = "HOPPING (SIZE 1 DAY, ADVANCE BY 1 MILLISECOND)"

    @Test func moreThanAllowedAreRefusedWithTheirNumber() throws {
        let error = try #require(SQL.check(program(dayByMillisecond)).errors.first)
        #expect(error.message == "each record falls in 86400000 windows, of which 10000 are allowed")
        #expect(error.location == SourceLocation(line: 4, column: 10))
        #expect(error.hint?.contains("SET 'windows.per.record.max' = '86400000'") == true)
        #expect(error.code == .sqlMeaning)
    }

    @Test(arguments: [
        ("HOPPING (SIZE 10000 MILLISECONDS, ADVANCE BY 1 MILLISECOND)", 10_000 as Int64, true),
        ("HOPPING (SIZE 10001 MILLISECONDS, ADVANCE BY 1 MILLISECOND)", 10_001, false),
        ("HOPPING (SIZE 20001 MILLISECONDS, ADVANCE BY 2 MILLISECONDS)", 10_001, false),
        ("TUMBLING (SIZE 1000 DAYS)", 1, true), ("SESSION (1 MILLISECOND)", 1, true),
    ])
    func eachWindowCounts(window: String, count: Int64, isAllowed: Bool) throws {
        #expect(SQL.check(program(window)).errors.isEmpty == isAllowed)
        let plan = SQL.check(program(window), windowsPerRecord: 20_000).plan
        guard case .aggregate(let aggregation) = try #require(plan.queries.first).operation else { return }
        #expect(aggregation.window?.windowsPerRecord == count)
    }

    @Test func aSettingRaisesIt() {
        #expect(SQL.check(program(dayByMillisecond), windowsPerRecord: 86_400_000).errors.isEmpty)
        #expect(!SQL.check(program(dayByMillisecond), windowsPerRecord: 86_399_999).errors.isEmpty)
        let set = "SET 'windows.per.record.max' = '86400000';"
        #expect(SQL.check(program(dayByMillisecond, before: set)).errors.isEmpty)
        // What is said outside of the program wins, and UNSET takes it back.
        #expect(!SQL.check(program(dayByMillisecond, before: set), windowsPerRecord: 1).errors.isEmpty)
        let unset = set + " UNSET 'windows.per.record.max';"
        #expect(!SQL.check(program(dayByMillisecond, before: unset)).errors.isEmpty)
    }

    @Test func peopleAreToldOfMany() {
        func warnings(_ window: String) -> [String] { SQL.check(program(window)).warnings.map(\.message) }
        #expect(
            warnings("HOPPING (SIZE 1 HOUR, ADVANCE BY 1 SECOND)")
                == ["each record falls in 3600 windows, and makes or changes a result in each"])
        #expect(warnings("HOPPING (SIZE 1 HOUR, ADVANCE BY 1 MINUTE)") == [])
    }
}
