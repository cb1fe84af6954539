// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
import MillraceLog
import MillracePlan
package import MillraceReport

/// A look at some records of a program's input before anything runs: whether they have what the program declares, and
/// times that can be meant. Changes nothing.
package struct InputGlance: Sendable {
    /// What was looked at, and found.
    package struct Findings: Hashable, Sendable {
        /// Records looked at, by topic.
        package var records: [String: Int] = [:]
        /// Topics that are not there, or not to be seen.
        package var missing: [String] = []
        /// Columns that no record has.
        package var columns: [ReportNote] = []
        /// Times that cannot be meant.
        package var times: [ReportNote] = []

        package init() {}
    }

    private static let timeout: Int32 = 5000
    private static let partitions = 8
    private static let records = 20

    private let graph: QueryGraph
    private let options: RunOptions
    private let clock: any Clock

    package init(_ graph: QueryGraph, options: RunOptions) {
        self.graph = graph
        self.options = options
        clock = options.cluster.time
    }

    /// Reads the oldest records of the first partitions of each topic.
    /// - Throws: `KafkaError` where no broker answers.
    package func look() throws -> Findings {
        var findings = Findings()
        let admin = try options.cluster.admin()
        let counts = try admin.partitionCounts(ofTopics: graph.topics, timeoutMilliseconds: InputGlance.timeout)
        for topic in graph.topics {
            guard let count = counts[topic], count > 0 else {
                findings.missing.append(topic)
                continue
            }
            let all = (0..<min(Int32(count), Int32(InputGlance.partitions))).map { TopicPartition(topic, $0) }
            let ranges = try admin.offsetRanges(all, timeoutMilliseconds: InputGlance.timeout)
            let sample = try RecordSampler(options.cluster).read(
                ranges.filter { $0.value.low < $0.value.high }.mapValues(\.low), limit: InputGlance.records,
                timeoutMilliseconds: Int64(InputGlance.timeout))
            judge(sample.records, of: topic, &findings)
        }
        return findings
    }

    /// What records of a topic say of the sources over it.
    func judge(_ records: [SampledRecord], of topic: String, _ findings: inout Findings) {
        findings.records[topic] = records.count
        guard !records.isEmpty else { return }
        let raw = RawRecords()
        for record in records {
            raw.append(key: record.key, value: record.value, timestamp: record.timestamp ?? -1)
        }
        for root in graph.roots where root.source.topic == topic {
            add(columns(root, records), to: &findings.columns)
            let times = SampledTimes.of(root.source, raw)
            if let warning = EventTimePlausibility(times).warning {
                let origin = root.source.timestamp.map { "column \($0.title(in: root.source.columns))" }
                add(
                    [ReportNote(root.source.name, "\(warning) (\(origin ?? "Kafka timestamps"))")],
                    to: &findings.times)
            }
        }
    }

    /// Of those that a query reads.
    private func columns(_ root: QueryGraph.Root, _ records: [SampledRecord]) -> [ReportNote] {
        let source = root.source
        var (keys, values) = (EmptyColumn.Fields(), EmptyColumn.Fields())
        for record in records {
            if source.keyFormat.name.traits.showsNames, let key = record.key { keys.add(key) }
            if source.valueFormat.name.traits.showsNames, let value = record.value { values.add(value) }
        }
        return root.columns.compactMap { index in
            let column = source.columns[index]
            guard column.role == .value || column.role == .key else { return nil }
            let fields = column.role == .key ? keys : values
            guard fields.records > 0, !fields.has(column.name) else { return nil }
            return EmptyColumn.note(column, of: source, rows: fields.records, fields: fields)
        }
    }

    private func add(_ new: [ReportNote], to notes: inout [ReportNote]) {
        notes += new.filter { !notes.contains($0) }
    }
}
