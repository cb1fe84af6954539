// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSQL
import MillraceTestKit
import Testing
@testable import MillraceAdvisor
@testable import MillraceSettings

/// What `millrace init` writes is valid and gives rows wherever there are records, whatever they look like.
struct StarterProgramTests {
    private static func log(_ topic: StarterTopic) -> SimulatedLog {
        var log = SimulatedLog()
        for record in topic.records {
            log.append(
                topic.topic, 0, timestamp: record.timestamp ?? -1, key: record.key, value: record.value,
                headers: record.headers)
        }
        return log
    }

    private static func run(_ sql: String, _ topic: StarterTopic) throws -> PipelineDriver.Outcome {
        try PipelineDriver.run(
            try SQL.compile(sql), over: log(topic), DriverWay(mode: .batch, batchSize: 1024))
    }

    @Test func thereAreManyTopics() {
        #expect(StarterTopic.all.count >= 79)
        #expect(Set(StarterTopic.all.map(\.topic)).count == StarterTopic.all.count)
    }

    @Test(arguments: StarterTopic.all)
    func aFirstProgramGivesRows(topic: StarterTopic) throws {
        let guess = TopicGuess(topic: topic.topic, topic.sample)
        let program = try StarterProgram(guess, topic.sample, brokers: "k:9092")
        let outcome = try Self.run(program.sql, topic)
        #expect(!outcome.lines.isEmpty, "\(program.sql)")
        let bad = outcome.accounts.values.reduce(0) { $0 + $1.bad }
        #expect(bad == topic.bad, "\(program.sql)")
        if let group = topic.groups { #expect(program.sql.contains("GROUP BY \(group) EMIT"), "\(program.sql)") }
        let configuration = try Configuration.parse(program.yaml)
        #expect(configuration.application == topic.topic)
        guard case .file(let file, _) = configuration.program else {
            Issue.record("\(program.yaml)")
            return
        }
        #expect(file == "\(topic.topic).sql")
    }

    @Test(arguments: StarterTopic.all)
    func theTopicIsDescribed(topic: StarterTopic) throws {
        let guess = TopicGuess(topic: topic.topic, topic.sample)
        let statement = try #require(guess.statement)
        for part in topic.declares { #expect(statement.contains(part), "\(statement)") }
        let said = ([guess.summary] + guess.notes).joined(separator: "\n")
        for part in topic.says { #expect(said.contains(part), "\(said)") }
        for part in topic.saysNot { #expect(!"\(said)\n\(statement)".contains(part), "\(said)\n\(statement)") }
        #expect(guess.notes.allSatisfy { !$0.contains("\n") })
    }

    /// The proposed event time is the right one, named in WITH or computed.
    @Test(arguments: StarterTopic.all.filter { $0.time != nil })
    func theEventTimeIsRight(topic: StarterTopic) throws {
        let guess = TopicGuess(topic: topic.topic, topic.sample)
        let first = try #require(guess.eventTimes.first)
        let sql =
            first.isDirect
            ? "\(guess.statement(time: first))\nCREATE STREAM copy AS SELECT * FROM \(guess.streamName);"
            : "\(guess.statement())\n\(guess.timedStream(first))"
        let outcome = try Self.run(sql, topic)
        let line = try #require(outcome.lines.first?.text, "\(sql)")
        #expect(line.contains("\"timestamp\":\(try #require(topic.time)),"), "\(line)")
    }
}
