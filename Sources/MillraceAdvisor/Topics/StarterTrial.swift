// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceReport
import MillraceRun
import MillraceSQL
import MillraceSettings

/// A program run over a few records in memory.
enum StarterTrial {
    /// How many result rows come of the records, as a bounded replay over them would give.
    /// - Throws: `RunFailure` for a program that is not valid.
    static func rows(
        _ sql: String, _ sample: [SampledRecord], schemas: TopicSchemas?, file: String
    ) throws(RunFailure) -> Int {
        let counter = RowCounter()
        do throws(SourceError) {
            try run(sql, sample, schemas: schemas) { _ in counter }
        } catch {
            throw RunFailure(error, file: file, text: sql)
        }
        return counter.rows
    }

    /// - Parameter output: what the program's results go to.
    static func run(
        _ sql: String, _ sample: [SampledRecord], schemas: TopicSchemas?,
        output: (QueryGraph) -> any PipelineOutput
    ) throws(SourceError) {
        let graph = try QueryGraph(try SQL.compile(sql, catalogue: schemas))
        var options = PipelineOptions()
        if let schemas { options.schemas = schemas.table }
        let pipeline = Pipeline(graph, options: options, outputs: [output(graph)])
        for (partition, records) in Dictionary(grouping: sample, by: \.partition).sorted(by: { $0.key < $1.key }) {
            let start = SourcePartition.Checkpoint(
                offset: 0, watermarks: pipeline.graph.initialWatermarks(ofTopic: partition.topic))
            let source = pipeline.addSource(partition, from: start)
            let raw = RawRecords(capacity: records.count)
            for record in records.sorted(by: { $0.offset < $1.offset }) {
                raw.append(
                    key: record.key, value: record.value, timestamp: record.timestamp ?? -1, offset: record.offset,
                    partition: partition.partition, headers: record.headers)
            }
            pipeline.process(source: source, raw, from: 0, to: raw.count, isReread: false)
        }
        pipeline.close(isForced: true)
        pipeline.end()
    }
}

/// Counts results; late and bad records are none.
private final class RowCounter: PipelineOutput {
    private(set) var rows = 0

    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) { rows += batch.selection.count }

    func reject(_ rejection: Rejection) {}
}
