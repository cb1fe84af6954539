// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSQL
import Testing

/// Mistakes: the place, the message and the hint.
struct SourceErrorTests {
    private func check(_ program: BrokenProgram) {
        do throws(SourceError) {
            _ = try SQL.compile(Fixtures.orders + Fixtures.users + program.text)
            Issue.record("no error")
        } catch {
            #expect(error.location == SourceLocation(line: program.line, column: program.column), "\(error)")
            #expect(error.message.contains(program.message))
            if let hint = program.hint { #expect(error.hint?.contains(hint) == true, "\(error)") }
            #expect(!error.message.hasSuffix("."))
        }
    }

    @Test(arguments: BrokenProgram.lexical) func lexical(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.refused) func refused(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.syntax) func syntax(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.names) func names(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.types) func types(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.queries) func queries(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.sources) func sources(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.impossibleTimes) func impossibleTimes(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.impossibleTexts) func impossibleTexts(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.impossibleNumbers)
    func impossibleNumbers(_ program: BrokenProgram) { check(program) }
    @Test(arguments: BrokenProgram.impossibleFormats)
    func impossibleFormats(_ program: BrokenProgram) { check(program) }

    /// What looks alike and can work.
    @Test(arguments: [
        "FORMAT_TIMESTAMP(FROM_UNIXTIME(amount), 'yyyy-MM-dd', 'GMT+1')", "CONVERT_TZ(FROM_UNIXTIME(0), 'Z', '-03:30')",
        "FORMAT_TIMESTAMP(FROM_UNIXTIME(amount), region, region)", "PARSE_TIMESTAMP(region, 'yyyy[-MM[-dd]]')",
        "PARSE_TIMESTAMP(region, 'EEE, d MMM yyyy HH:mm:ss Z')", "PARSE_DATE(region, 'yyyyMMdd')",
        "PARSE_TIMESTAMP(region, 'yyyy-DDD')", "PARSE_TIME(region, 'hh:mm a')", "FORMAT_DATE(day, '')",
        "PARSE_TIMESTAMP(region, 'dd/MMM/yyyy:HH:mm:ss Z')",
        "TIMESTAMPADD('day', 1, FROM_UNIXTIME(amount))", "FROM_BYTES(TO_BYTES(region, 'UTF8'), 'Hex')",
        "EXTRACTJSONFIELD(region, '$')", "EXTRACTJSONFIELD(region, '$[''a b''].c[2]')", "CAST('12' AS INT)",
        "CAST(NULL AS DATE)", "10 / amount", "10 / (amount - amount)", "tags[-1]", "SLICE(tags, 1, 0)",
        "SLICE(tags, NULL, 2)", "GEO_DISTANCE(rate, rate, rate, rate, 'miles')", "2147483647 + CAST(1 AS BIGINT)",
        "ELT(id, region)", "MASK(region, NULL, 'x')", "CASE WHEN amount = 0 THEN NULL ELSE 1 / amount END",
    ])
    func possible(_ text: String) {
        #expect(throws: Never.self) { try Fixtures.value(text) }
    }
}
