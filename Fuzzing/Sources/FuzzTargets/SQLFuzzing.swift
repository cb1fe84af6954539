// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL

/// The text of a program.
enum SQLFuzzing {
    static func run(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        try check(text, asks: false)
        try check(text, asks: true)
    }

    /// - Parameter asks: whether it is a question.
    private static func check(_ text: String, asks: Bool) throws {
        let outcome = SQL.check(text, asks: asks)
        for error in outcome.errors {
            try require(!error.message.isEmpty, "an error without a message")
        }
        // Each takes the text apart once more.
        for error in outcome.errors.prefix(2) + outcome.errors.suffix(1) {
            _ = error.rendered(file: "f.sql", text: text)
        }
        for warning in outcome.warnings.prefix(2) { _ = warning.renderedAsWarning(file: "f.sql", text: text) }
        try require(outcome.errors.isEmpty || isOrdered(outcome.errors), "errors out of order")
        try checkNames(outcome.plan)
        guard outcome.errors.isEmpty else { return }
        let again = SQL.check(text, asks: asks)
        try require(again.plan == outcome.plan && again.errors.isEmpty, "compiled twice it is something else")
        try checkPlan(outcome.plan)
    }

    private static func isOrdered(_ errors: [SourceError]) -> Bool {
        zip(errors, errors.dropFirst()).allSatisfy { !$1.isBefore($0) }
    }

    /// What a good program is turned into before a record is read.
    private static func checkPlan(_ plan: ProgramPlan) throws {
        let diagram = PlanDiagram(plan)
        try require(!diagram.text.isEmpty && !diagram.dot("f").isEmpty && !diagram.mermaid.isEmpty, "an empty diagram")
        do throws(SourceError) {
            let graph = try QueryGraph(plan)
            for index in plan.queries.indices { _ = StateFingerprint.of(index, in: graph) }
            let pipeline = Pipeline(graph, options: PipelineOptions(), outputs: [NoOutput()])
            for topic in Set(graph.topics) {
                _ = pipeline.addSource(
                    TopicPartition(topic, 0),
                    from: SourcePartition.Checkpoint(
                        offset: 0, watermarks: pipeline.graph.initialWatermarks(ofTopic: topic)))
            }
        } catch {
            try require(!error.message.isEmpty, "an error without a message")
        }
    }

    /// A name as it is shown reads as the same name.
    private static func checkNames(_ plan: ProgramPlan) throws {
        for source in plan.sources {
            let name = SQL.identifier(source.name, keepsCase: true)
            let text = "CREATE STREAM \(name) (\(columns(source))) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');"
            let read = SQL.check(text).plan.sources
            try require(
                read.first?.name == source.name && read.first?.columns.map(\.name) == source.columns.map(\.name),
                "\(text) does not read as it was written")
        }
    }

    private static func columns(_ source: SourceDefinition) -> String {
        source.columns.map { SQL.identifier($0.name, keepsCase: true) + " VARCHAR" }.joined(separator: ", ")
    }
}

final class NoOutput: PipelineOutput {
    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {}
    func reject(_ rejection: Rejection) {}
}
