// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// What a schema registry has to do with the program.
extension DoctorCheck {
    static let schemas = [registry, subjects, numbers, results]

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

    private static let numbers = DoctorCheck("the first and the newest records begin with numbers of known schemas") {
        _, snapshot in
        guard let state = snapshot.registry, state.problem == nil, state.looked > 0 else { return nil }
        return state.strays.map { stray in
            switch stray.kind {
            case .noNumber:
                .warning(
                    .unknownSchema, stray.place,
                    "the \(stray.part) does not begin with the number of a schema: such records are bad",
                    step: "millrace topics peek TOPIC shows in which format they are")
            case .unknown(let number):
                .warning(
                    .unknownSchema, stray.place,
                    "the \(stray.part) has schema \(number), which \(state.place) does not have: such records are bad")
            case .other(let title, let language, let format):
                .warning(
                    .unusableSchema, stray.place,
                    "the \(stray.part) has \(title), of \(language), and the program says \(format): such records are "
                        + "bad", step: "name the format that the topic has")
            }
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

        /// A record whose number leads to no schema that it can be read by.
        struct Stray: Hashable, Sendable {
            enum Kind: Hashable, Sendable {
                case noNumber
                case unknown(Int32)
                /// One of another language, and the format that the program names.
                case other(String, language: String, format: String)
            }

            /// `orders/0@17`
            var place: String
            var part: SchemaSubject.Part
            var kind: Kind
        }

        var place: String
        /// Why it says nothing.
        var problem: Problem?
        /// Whether it has the subjects of the input.
        var inputs: [String: Bool] = [:]
        /// How many keys and values were looked at for their schemas' numbers.
        var looked = 0
        /// In the order of partition and offset.
        var strays: [Stray] = []
        /// What speaks against the schemas of results, by subject.
        var results: [String: [String]] = [:]
    }
}

extension DoctorSubject {
    /// The subjects that records of the input may have been written under.
    var inputSubjects: [String] {
        var subjects: Set<String> = []
        for source in inputs.flatMap(\.sources) {
            for part in [SchemaSubject.Part.key, .value] where source.format(part).schemaLanguage != nil {
                subjects.insert(SchemaSubject.name(source.topic, part))
            }
        }
        return subjects.sorted()
    }

    var resultSchemas: [SinkSchema] { (try? graph?.program.sinkSchemas()) ?? [] }

    var usesSchemas: Bool { !inputSubjects.isEmpty || !resultSchemas.isEmpty }
}

extension SourceDefinition {
    func format(_ part: SchemaSubject.Part) -> FormatDefinition.Name {
        part == .key ? keyFormat.name : valueFormat.name
    }
}
