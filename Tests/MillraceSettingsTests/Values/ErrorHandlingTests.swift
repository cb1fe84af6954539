// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL
import Testing
@testable import MillraceReport
@testable import MillraceSettings

@Suite struct ErrorHandlingTests {
    private func handling(
        _ yaml: String = "", sets: String = "", deadLetterTopic: String? = nil
    ) throws -> ErrorHandling {
        let settings = try ProgramSettings(
            try SQL.compile(
                sets + """
                    CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
                    CREATE STREAM t AS SELECT * FROM s;
                    """))
        var configuration = try Configuration.parse(yaml)
        try configuration.adopt(settings)
        configuration.deadLetterTopic = deadLetterTopic
        return ErrorHandling(configuration)
    }

    @Test func whatHoldsWhereNothingIsSaid() throws {
        let plain = try handling()
        #expect([.decode, .nullKey, .future, .late].allSatisfy { plain[$0] == .skip })
        #expect(plain[.tooLarge] == .fail && plain[.refused] == .fail && plain.limit == nil)
        let kept = try handling(deadLetterTopic: "dead")
        #expect([.decode, .future, .late].allSatisfy { kept[$0] == .deadLetter })
        #expect(kept[.nullKey] == .skip && kept[.tooLarge] == .fail)
    }

    @Test func theFileWinsOverTheProgram() throws {
        let sets = "SET 'errors.late' = 'fail'; SET 'errors.max' = '5'; SET 'errors.null.key' = 'fail';"
        let both = try handling("errors.late: skip\nerrors.max: 0.1%", sets: sets, deadLetterTopic: "dead")
        #expect(both[.late] == .skip && both.limit == .share(1000))
        #expect(both[.nullKey] == .fail && both[.decode] == .deadLetter)
        #expect(try handling(sets: sets).limit == .count(5))
    }

    @Test func aNameOfKsqlDB() throws {
        #expect(try handling(sets: "SET 'ksql.fail.on.deserialization.error' = 'true';")[.decode] == .fail)
        #expect(try handling(sets: "SET 'ksql.fail.on.deserialization.error' = 'false';")[.decode] == .skip)
    }

    @Test func aDeadLetterNeedsATopic() throws {
        let errors = try handling("errors.too.large: dead-letter")
        let failure = #expect(throws: RunFailure.self) { try errors.check(deadLetterTopic: nil) }
        #expect(failure?.code == .configuration && failure?.message.contains("errors.too.large") == true)
        try errors.check(deadLetterTopic: "dead")
        try handling().check(deadLetterTopic: nil)
    }

    @Test(arguments: ["errors.late: drop", "errors.max: many", "errors.max: -1", "errors.max: 101%"])
    func mistakesHaveAPlace(yaml: String) throws {
        let error = #expect(throws: SourceError.self) { try handling(yaml) }
        #expect(error?.location?.line == 1 && (error?.location?.column ?? 0) > 11)
    }

    @Test(arguments: [
        ("0.1%", ErrorLimit.share(1000), "0.1%"), ("5%", .share(50_000), "5%"), ("0.0001%", .share(1), "0.0001%"),
        ("100%", .share(1_000_000), "100%"), ("12.50%", .share(125_000), "12.5%"), ("0", .count(0), "0"),
        ("100", .count(100), "100"),
    ])
    func limitsAreRead(text: String, limit: ErrorLimit, written: String) throws {
        #expect(try ErrorLimit.parse(text, at: nil) == limit)
        #expect(limit.text == written)
    }

    @Test(arguments: ["", "%", "x%", "0.00001%", "1.%", ".5%", "1.2.3%", "1e2", "9223372036854775808"])
    func othersAreNot(text: String) {
        #expect(throws: SourceError.self) { try ErrorLimit.parse(text, at: nil) }
    }

    @Test func aShareIsOfAThousandRecordsAtLeast() {
        let share = ErrorLimit.share(1000)
        #expect(!share.isExceeded(bad: 1, read: 1))
        #expect(share.isExceeded(bad: 2, read: 2))
        #expect(!share.isExceeded(bad: 10, read: 10_000))
        #expect(share.isExceeded(bad: 11, read: 10_000))
        #expect(!ErrorLimit.share(1_000_000).isExceeded(bad: .max, read: .max))
        #expect(ErrorLimit.count(0).isExceeded(bad: 1, read: 1_000_000))
        #expect(!ErrorLimit.count(3).isExceeded(bad: 3, read: 3))
    }
}
