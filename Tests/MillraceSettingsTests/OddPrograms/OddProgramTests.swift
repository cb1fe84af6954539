// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL
import Testing
@testable import MillraceSettings

/// A program as somebody might write it, and what `validate` says of it.
struct OddProgram: CustomTestStringConvertible {
    let name: String
    let text: String
    /// `line:column message` of each mistake and, with `warning` before it, of each warning; `valid` where it can run.
    let says: [String]

    init(_ name: String, _ text: String, _ says: String...) {
        self.name = name
        self.text = text
        self.says = says
    }

    var testDescription: String { name }

    /// The first line of most.
    static let s =
        "CREATE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day DATE, tags ARRAY<STRING>) "
        + "WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');\n"

    static let all = writing + names + numbers + conditions + values + windows + declarations + programs
}

struct OddProgramTests {
    @Test(arguments: OddProgram.all) func whatValidateSays(_ program: OddProgram) {
        #expect(Self.says(program.text) == program.says)
    }

    @Test func thereAreEnough() { #expect(OddProgram.all.count >= 60) }

    /// As the command does it: the program, then the graph, then what it sets.
    private static func says(_ text: String) -> [String] {
        let outcome = SQL.check(text)
        if !outcome.errors.isEmpty {
            let errors = outcome.errors + ProgramSettings.mistakes(outcome.plan)
            return errors.sorted { $0.isBefore($1) }.map { line($0) }
        }
        do throws(SourceError) {
            _ = try QueryGraph(outcome.plan)
            let warnings = outcome.warnings + (try ProgramSettings(outcome.plan)).warnings
            return warnings.map { line($0, "warning ") } + ["valid"]
        } catch {
            return [line(error)]
        }
    }

    private static func line(_ error: SourceError, _ kind: String = "") -> String {
        "\(error.location?.line ?? 0):\(error.location?.column ?? 0) \(kind)\(error.message)"
    }
}
