// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport
import MillraceRun

/// What a schema registry has to do with the program.
extension DoctorCheck {
    static let schemas = [registry, subjects, results]

    private static let registry = DoctorCheck("the schema registry answers") { subject, snapshot in
        guard subject.usesSchemas else { return nil }
        guard let state = snapshot.registry else {
            return [
                .error(.noRegistry, nil, "the program reads or writes numbers of schemas, and no registry is named")
            ]
        }
        return state.problem.map { [.error($0.code, state.place, $0.message)] } ?? []
    }

    private static let subjects = DoctorCheck("the input's schemas are registered") { _, snapshot in
        guard let state = snapshot.registry, state.problem == nil, !state.inputs.isEmpty else { return nil }
        return state.inputs.filter { !$0.value }.keys.sorted().map { subject in
            .warning(
                .unknownSubject, subject, "\(state.place) has no such subject",
                step: "look whether that is the registry of who writes the topic; subjects may have other names, and "
                    + "records are read by their numbers all the same")
        }
    }

    private static let results = DoctorCheck("the schemas of results fit what is registered") { _, snapshot in
        guard let state = snapshot.registry, state.problem == nil, !state.results.isEmpty else { return nil }
        return state.results.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { subject, objections in
            .error(.incompatibleSchema, subject, objections.joined(separator: "; "))
        }
    }
}

extension ClusterSnapshot {
    /// What the schema registry says.
    struct Registry: Hashable, Sendable {
        struct Problem: Hashable, Sendable {
            var code: ErrorCode
            var message: String
        }

        var place: String
        /// Why it says nothing.
        var problem: Problem?
        /// Whether it has the subjects of the input.
        var inputs: [String: Bool] = [:]
        /// What speaks against the schemas of results, by subject.
        var results: [String: [String]] = [:]
    }
}

extension DoctorSubject {
    /// The subjects that records of the input may have been written under.
    private var inputSubjects: [String] {
        var subjects: Set<String> = []
        for source in inputs.flatMap(\.sources) {
            if source.keyFormat.name.schemaLanguage != nil { subjects.insert(SchemaSubject.name(source.topic, .key)) }
            if source.valueFormat.name.schemaLanguage != nil {
                subjects.insert(SchemaSubject.name(source.topic, .value))
            }
        }
        return subjects.sorted()
    }

    private var results: [SinkSchema] { (try? graph?.program.sinkSchemas()) ?? [] }

    var usesSchemas: Bool { !inputSubjects.isEmpty || !results.isEmpty }

    /// Asks the registry; nil: there is none, or nothing to ask.
    func lookAtRegistry() -> ClusterSnapshot.Registry? {
        guard usesSchemas, let registry = options.schemaRegistry else { return nil }
        var state = ClusterSnapshot.Registry(place: registry.place)
        do throws(SchemaFailure) {
            for subject in inputSubjects { state.inputs[subject] = try registry.hasSubject(subject) }
            for schema in results {
                state.results[schema.subject] = try registry.objections(to: schema.schema, in: schema.subject)
            }
        } catch {
            state.problem = ClusterSnapshot.Registry.Problem(
                code: error.failure.errorCode, message: error.failure.message)
        }
        return state
    }
}
