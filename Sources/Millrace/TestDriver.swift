// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Runs a program over records in memory, without a broker: for unit tests of programs.
///
///     let driver = TestDriver(try Program(sql: text))
///     driver.pipe(topic: "orders", key: "u1", value: #"{"amount": 3}"#, timestamp: 1000)
///     let lines = driver.finish()      // one JSON object a result, as `millrace replay --format json` prints them
///
/// Not thread-safe.
public final class TestDriver {
    private let program: Program
    private let output: LineOutput
    private let pipeline: Pipeline
    private var sources: [TopicPartition: Int] = [:]
    private var nextOffsets: [TopicPartition: Int64] = [:]

    public convenience init(_ program: Program) { self.init(program, SchemaTable()) }

    /// - Parameter schemas: what records in formats with a registry are written by: the texts of Avro schemas or .proto
    ///   files, by id.
    /// - Throws: `ProgramError` where a text is none.
    public convenience init(_ program: Program, schemas: [Int32: String]) throws(ProgramError) {
        var table = SchemaTable()
        for (id, text) in schemas {
            do throws(SourceError) {
                table[id] = try SchemaTable.Entry(text: text)
            } catch {
                throw ProgramError(error, file: "schema \(id)", text: text)
            }
        }
        self.init(program, table)
    }

    private init(_ program: Program, _ schemas: SchemaTable) {
        self.program = program
        output = LineOutput(program.graph)
        var options = PipelineOptions()
        options.schemas = schemas
        pipeline = Pipeline(program.graph, options: options, outputs: [output])
    }

    /// Appends a record to a partition of an input topic and runs it. A topic that the program does not read is
    /// ignored.
    /// - Parameters:
    ///   - key, value: UTF-8 text; nil = null.
    ///   - timestamp: in milliseconds since 1970.
    public func pipe(topic: String, partition: Int32 = 0, key: String?, value: String?, timestamp: Int64) {
        pipe(
            topic: topic, partition: partition, keyBytes: key.map { Array($0.utf8) },
            valueBytes: value.map { Array($0.utf8) }, timestamp: timestamp)
    }

    /// The same with any bytes, for formats that are no text.
    public func pipe(
        topic: String, partition: Int32 = 0, keyBytes: [UInt8]?, valueBytes: [UInt8]?, timestamp: Int64
    ) {
        guard program.inputTopics.contains(topic) else { return }
        let place = TopicPartition(topic, partition)
        let offset = nextOffsets[place, default: 0]
        nextOffsets[place] = offset +| 1
        let source = sources[place] ?? addSource(place)
        let records = RawRecords(capacity: 1)
        records.append(
            key: keyBytes, value: valueBytes, timestamp: timestamp, offset: offset, partition: partition)
        pipeline.process(source: source, records, from: 0, to: 1, isReread: false)
    }

    private func addSource(_ place: TopicPartition) -> Int {
        let start = SourcePartition.Checkpoint(
            offset: 0, watermarks: pipeline.graph.initialWatermarks(ofTopic: place.topic))
        let source = pipeline.addSource(place, from: start)
        sources[place] = source
        return source
    }

    /// The results so far that are final, and the groups that changed, since the last call: what a live run publishes
    /// at a commit.
    public func commit() -> [String] {
        pipeline.close(isForced: true)
        pipeline.emitChanges()
        return output.takeLines()
    }

    /// Ends the input, as the end of a bounded replay does, and returns the results since the last `commit`.
    public func finish() -> [String] {
        pipeline.close(isForced: true)
        pipeline.end()
        return output.takeLines()
    }
}

/// Collects results as lines.
private final class LineOutput: PipelineOutput {
    private let encoders: [JSONLineEncoder]
    private let arena = RawRecords(capacity: 1)

    init(_ graph: QueryGraph) {
        encoders = graph.program.queries.map { JSONLineEncoder(sink: $0.sink) }
    }

    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
        encoders[query].encode(batch, into: arena)
    }

    /// Late and bad records are no results.
    func reject(_ rejection: Rejection) {}

    func takeLines() -> [String] {
        defer { arena.removeAll() }
        let text = String(
            decoding: UnsafeRawBufferPointer(start: arena.bytes, count: arena.byteCount), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }
}
