// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
package import MillraceReport
package import MillraceRun
import MillraceSQL

/// A first program over a topic and its configuration: what `millrace init` writes. It has been tried over the topic's
/// sample in memory, so that it gives rows.
package struct StarterProgram: Equatable {
    /// The SQL file's name without its ending.
    package let name: String
    package let sql: String
    package let yaml: String

    /// What to count by.
    private struct Group {
        /// In SQL.
        var expression: String
        var alias: String?
        var words: String
    }

    /// - Parameters:
    ///   - brokers: for the configuration.
    ///   - schemas: where schemas come from, for the configuration: its keys and values.
    /// - Throws: `RunFailure` where the topic's records give nothing to go by.
    package init(
        _ guess: TopicGuess, _ sample: [SampledRecord], brokers: String, schemas: [(key: String, value: String)] = []
    ) throws(RunFailure) {
        if let obstacle = guess.obstacle { throw StarterProgram.failure(guess, obstacle) }
        name = guess.topic
        sql = try StarterProgram.program(guess, sample)
        yaml = """
            application: \(StarterProgram.scalar(guess.topic))
            program: \(StarterProgram.scalar("\(guess.topic).sql"))
            \(schemas.map { "\($0.key): \(StarterProgram.scalar($0.value))\n" }.joined())kafka:
              bootstrap.servers: \(StarterProgram.scalar(brokers))
            mode: hybrid       # history as batch, an exact hand-over, then live
            from: earliest

            """
    }

    private static func failure(_ guess: TopicGuess, _ reason: String) -> RunFailure {
        RunFailure(
            .data, .nothingToGuessFrom, "no program for the topic \(guess.topic): \(reason)",
            hint: "write the CREATE STREAM by hand; docs/sql.md shows how")
    }

    /// The first of the programs that gives rows.
    private static func program(_ guess: TopicGuess, _ sample: [SampledRecord]) throws(RunFailure) -> String {
        let times = [nil] + guess.eventTimes.filter(\.isDirect).prefix(1).map(Optional.some)
        for isPlain in [false, true] {
            for time in times where !isPlain || time == nil {
                let statement = guess.statement(time: time, isPlain: isPlain)
                for group in groups(guess, isPlain: isPlain) {
                    let query = query(guess, group)
                    guard
                        try StarterTrial.rows(
                            "\(statement)\n\(query)", sample, schemas: guess.schemas, file: "\(guess.topic).sql") > 0
                    else { continue }
                    return text(guess, statement, query, group, isPlain: isPlain)
                }
            }
        }
        throw failure(guess, "none of its \(sample.count) newest records gives a row")
    }

    private static func text(
        _ guess: TopicGuess, _ statement: String, _ query: String, _ group: Group, isPlain: Bool
    ) -> String {
        var notes = ["Guessed from the topic's records: \(guess.summary)."]
        if isPlain { notes.append("None of them could be read so: here each is one value of bytes.") }
        notes += guess.notes
        return """
            \(notes.map { "-- \($0)" }.joined(separator: "\n"))
            \(statement)

            -- How many records of each \(group.words) come in a minute.
            \(query)

            """
    }

    private static func query(_ guess: TopicGuess, _ group: Group) -> String {
        let column = group.alias.map { "\(group.expression) AS \($0)" } ?? group.expression
        let count = ValueShape.folded(group.alias ?? group.expression.filter { $0 != "`" }) == "N" ? "records" : "n"
        // A key's schema would have to be registered.
        let keyFormat = guess.key.hasSchema ? "KEY_FORMAT='KAFKA', " : ""
        return """
            CREATE TABLE \(guess.name(ending: "_per_minute"))
              WITH (KAFKA_TOPIC='\(guess.topicName(ending: "-per-minute"))', \(keyFormat)VALUE_FORMAT='JSON') AS
              SELECT \(column), COUNT(*) AS \(count)
              FROM \(guess.streamName) WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 10 MINUTES)
              GROUP BY \(group.expression) EMIT CHANGES;
            """
    }

    /// What to count by, the best first: the key, a text that comes again, any text, a whole number; the partition,
    /// which every record has.
    private static func groups(_ guess: TopicGuess, isPlain: Bool) -> [Group] {
        var groups: [Group] = []
        if let key = guess.keyColumn, isCountable(key.type) {
            groups.append(Group(expression: key.name, alias: nil, words: key.name))
        }
        if !isPlain {
            let times = Set(guess.eventTimes.map(\.path))
            var columns = guess.columns.columns.filter {
                isCountable($0.type) && $0.shape.count > 0 && !times.contains($0.name)
            }
            // Lines of a log: each is another.
            if case .text = guess.value.encoding { columns = columns.filter(repeats) }
            let ranked = columns.enumerated().sorted { left, right in
                (rank(left.element), left.offset) < (rank(right.element), right.offset)
            }
            groups += ranked.map { Group(expression: $1.name, alias: nil, words: $1.name) }
        }
        return groups + [Group(expression: "ROWPARTITION", alias: "kafka_partition", words: "partition")]
    }

    private static func rank(_ column: DeclaredColumns.Column) -> Int {
        guard column.shape.onlyKind == .text else { return column.type == .varchar ? 3 : 2 }
        return repeats(column) ? 0 : 1
    }

    /// Whether a text comes again and again, so that counting by it says something.
    private static func repeats(_ column: DeclaredColumns.Column) -> Bool {
        column.shape.distinctTexts * 2 <= column.shape.someTexts.count
    }

    private static func isCountable(_ type: DataType) -> Bool {
        switch type {
        case .varchar, .integer, .bigint: true
        default: false
        }
    }

    /// In quotes where YAML would read it as something else.
    private static func scalar(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte || ".,:_-/".utf8.contains(byte)
        }
        let starts = text.utf8.first.map { 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 } ?? false
        if isPlain, starts, !text.hasSuffix(":"), !["null", "true", "false", "yes", "no"].contains(text.lowercased()) {
            return text
        }
        return "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
    }
}
