// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport
import MillraceRun

/// Asks the schema registry about a program, for `doctor`. It registers nothing.
struct SchemaSurvey {
    private let subject: DoctorSubject

    /// Markers of transactions lie at the ends of logs: so far before the end the newest record is looked for.
    private static let newest: Int64 = 20

    init(_ subject: DoctorSubject) { self.subject = subject }

    /// Nil: there is no registry, or nothing to ask.
    /// - Parameter snapshot: has the bounds of the logs.
    func look(_ snapshot: ClusterSnapshot) -> ClusterSnapshot.Registry? {
        guard subject.usesSchemas, let registry = subject.options.schemaRegistry else { return nil }
        var state = ClusterSnapshot.Registry(place: registry.place)
        do throws(SchemaFailure) {
            for name in subject.inputSubjects { state.inputs[name] = try registry.hasSubject(name) }
            for schema in subject.resultSchemas {
                state.results[schema.subject] = try registry.objections(to: schema.schema, in: schema.subject)
            }
            for source in sources { try look(at: records(of: source.topic, snapshot), source, registry, &state) }
        } catch {
            state.problem = ClusterSnapshot.Registry.Problem(
                code: error.failure.errorCode, message: error.failure.message)
        }
        return state
    }

    /// Those with schemas, one a topic and pair of formats.
    private var sources: [SourceDefinition] {
        subject.inputs.flatMap { input in
            input.sources.reduce(into: [SourceDefinition]()) { sources, source in
                let isNew = !sources.contains {
                    $0.keyFormat.name == source.keyFormat.name
                        && $0.valueFormat.name == source.valueFormat.name
                }
                let hasSchemas = [source.keyFormat.name, source.valueFormat.name].contains { $0.schemaLanguage != nil }
                if isNew, hasSchemas { sources.append(source) }
            }
        }
    }

    /// The first and the newest record of each partition that holds some.
    private func records(of topic: String, _ snapshot: ClusterSnapshot) -> [SampledRecord] {
        let ranges = (snapshot.topics[topic]?.partitions ?? []).reduce(into: [TopicPartition: Range<Int64>]()) {
            if let range = $1.range, !range.isEmpty { $0[TopicPartition(topic, $1.number)] = range }
        }
        let sampler = RecordSampler(subject.options.cluster)
        let timeout = Int64(ClusterSurvey.timeout)
        let oldest = try? sampler.read(ranges.mapValues(\.lowerBound), limit: 1, timeoutMilliseconds: timeout)
        let starts = ranges.mapValues { max($0.lowerBound, $0.upperBound -| SchemaSurvey.newest) }
        let ends = try? sampler.read(starts, limit: Int(SchemaSurvey.newest), timeoutMilliseconds: timeout)
        let newest = Dictionary(grouping: ends?.records ?? [], by: \.partition).values.compactMap(\.last)
        let all = Set((oldest?.records ?? []) + newest)
        return all.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }

    private func look(
        at records: [SampledRecord], _ source: SourceDefinition, _ registry: any SchemaRegistry,
        _ state: inout ClusterSnapshot.Registry
    ) throws(SchemaFailure) {
        for record in records {
            for (part, bytes) in [(SchemaSubject.Part.key, record.key), (.value, record.value)] {
                guard let language = source.format(part).schemaLanguage, let bytes, !bytes.isEmpty else { continue }
                state.looked += 1
                let kind: ClusterSnapshot.Registry.Stray.Kind
                if let number = SchemaFrame.id(bytes) {
                    do throws(SchemaFailure) {
                        let schema = try registry.schema(id: number)
                        if schema.language == language { continue }
                        kind = .other(
                            schema.title, language: schema.language.rawValue, format: source.format(part).rawValue)
                    } catch {
                        guard error.isUnknown else { throw error }
                        kind = .unknown(number)
                    }
                } else {
                    kind = .noNumber
                }
                state.strays.append(ClusterSnapshot.Registry.Stray(place: record.place, part: part, kind: kind))
            }
        }
    }
}
