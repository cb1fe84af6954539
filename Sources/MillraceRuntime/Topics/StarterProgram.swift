// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSQL

/// A first program over a topic and its configuration: what `millrace init` writes.
package struct StarterProgram: Equatable {
    /// The SQL file's name without its ending, and the application id.
    package let name: String
    package let sql: String
    package let yaml: String

    /// - Parameter brokers: for the configuration.
    /// - Throws: `RunFailure` where the topic's records give nothing to go by.
    package init(_ guess: TopicGuess, brokers: String) throws(RunFailure) {
        guard let statement = guess.statement, let column = guess.groupColumn else {
            throw RunFailure(
                .data, .nothingToGuessFrom,
                "no program for the topic \(guess.topic): \(guess.obstacle ?? "it has no columns")",
                hint: "write the CREATE STREAM by hand; docs/sql.md shows how")
        }
        name = guess.topic
        let hint = guess.timestampColumn.map {
            "-- Event time is the Kafka timestamp. If \($0) is it, add  TIMESTAMP='\($0)'  to WITH.\n"
        }
        let output = "\(guess.topic)-per-minute"
        sql = """
            -- Guessed from the topic's records: \(guess.summary).
            \(hint ?? "")\(statement)

            -- How many records of each \(column) come in a minute.
            CREATE TABLE \(guess.tableName(ending: "_per_minute"))
              WITH (KAFKA_TOPIC='\(output)', VALUE_FORMAT='JSON') AS
              SELECT \(column), COUNT(*) AS n
              FROM \(guess.streamName) WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 10 MINUTES)
              GROUP BY \(column) EMIT CHANGES;

            """
        yaml = """
            application: \(guess.topic)
            program: \(guess.topic).sql
            kafka:
              bootstrap.servers: \(brokers)
            mode: hybrid       # history as batch, an exact hand-over, then live
            from: earliest

            """
        do throws(SourceError) {
            _ = try SQL.compile(sql)
        } catch {
            throw RunFailure(error, file: "\(name).sql", text: sql)
        }
    }
}
