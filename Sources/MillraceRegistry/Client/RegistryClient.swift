// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan
import Synchronization

/// A schema registry's client (Confluent's REST interface, which others have, too). Threads may share it: requests go
/// one after another, and what is known already is answered at once.
package final class RegistryClient: Sendable {
    /// Whether a schema may become the next one of its subject.
    package struct Compatibility: Hashable, Sendable {
        package var isCompatible: Bool
        /// The registry's own words.
        package var messages: [String]

        package init(isCompatible: Bool, messages: [String]) {
            self.isCompatible = isCompatible
            self.messages = messages
        }
    }

    private let requests: RegistryRequests
    private let cache = Mutex(RegistryCache())
    private let clock: any Clock

    /// A schema, and what it refers to, may be so many.
    private static let maximumReferences = 500

    /// - Parameters:
    ///   - pause: waits between tries.
    ///   - isStopped: whether nobody wants an answer any more; a request under way ends then.
    package init(
        _ options: RegistryOptions, clock: any Clock, pause: @escaping @Sendable (_ milliseconds: Int64) -> Void,
        isStopped: @escaping @Sendable () -> Bool = { false }
    ) {
        requests = RegistryRequests(options, pause: pause, isStopped: isStopped)
        self.clock = clock
    }

    /// What libcurl is, for `millrace version`.
    package static var libraryVersion: String { CurlHandle.version }

    /// The registries as messages name them.
    package var place: String { requests.options.addresses.map(\.text).joined(separator: ", ") }

    // MARK: Reading

    /// The schema that records with this id were written by.
    package func schema(id: Int32) throws(RegistryError) -> RegisteredSchema {
        let now = clock.monotonicNanoseconds()
        if let known = cache.withLock({ $0.schema(id: id) }) { return known }
        if let error = cache.withLock({ $0.absence(of: id, now: now) }) { throw error }
        let operation = "get schema \(id)"
        do throws(RegistryError) {
            let answer = try get("/schemas/ids/\(id)", operation)
            return keep(try schema(answer, id: id, subject: nil, operation))
        } catch {
            if error.kind == .unknownSchema {
                cache.withLock { $0.addAbsence(of: id, error, now: clock.monotonicNanoseconds()) }
            }
            throw error
        }
    }

    /// The newest version of a subject.
    package func latest(_ subject: String) throws(RegistryError) -> RegisteredSchema {
        let now = clock.monotonicNanoseconds()
        if let known = cache.withLock({ $0.latest(subject, now: now) }) { return known }
        let operation = "get the latest version of subject \(subject)"
        let answer = try get("\(Self.path(subject))/versions/latest", operation)
        let schema = try schema(answer, id: nil, subject: subject, operation)
        cache.withLock { $0.add(schema, asLatestAt: now) }
        return schema
    }

    package func schema(_ subject: String, version: Int32) throws(RegistryError) -> RegisteredSchema {
        if let known = cache.withLock({ $0.schema(subject, version) }) { return known }
        let operation = "get version \(version) of subject \(subject)"
        let answer = try get("\(Self.path(subject))/versions/\(version)", operation)
        return keep(try schema(answer, id: nil, subject: subject, operation))
    }

    /// The subjects in their order.
    package func subjects() throws(RegistryError) -> [String] {
        let operation = "list the subjects"
        guard let names = try get("/subjects", operation).elements?.map(\.string), !names.contains(nil) else {
            throw unexpected(operation, "the answer is no list of names")
        }
        return names.compactMap { $0 }.sorted()
    }

    /// `BACKWARD` and so on: what a new version of this subject has to be.
    package func compatibilityLevel(_ subject: String) throws(RegistryError) -> String {
        let operation = "get the compatibility of subject \(subject)"
        let step = RegistryAddress.encoded(subject)
        guard let level = try get("/config/\(step)?defaultToGlobal=true", operation)["compatibilityLevel"]?.string
        else { throw unexpected(operation, "the answer names no compatibilityLevel") }
        return level
    }

    // MARK: Writing

    /// The subject's version with this schema; nil: there is none.
    package func version(of schema: RegisteredSchema, in subject: String) throws(RegistryError) -> RegisteredSchema? {
        let operation = "look a schema up in subject \(subject)"
        do throws(RegistryError) {
            let answer = try post(Self.path(subject), RegistryBody.schema(schema), operation)
            return keep(try self.schema(answer, id: nil, subject: subject, operation))
        } catch {
            guard error.kind == .unknownSubject || error.kind == .unknownSchema else { throw error }
            return nil
        }
    }

    /// Whether `register` would take it. A subject that is not there takes everything.
    package func compatibility(
        of schema: RegisteredSchema, with subject: String
    ) throws(RegistryError) -> Compatibility {
        let operation = "check a schema against subject \(subject)"
        let path = "/compatibility\(Self.path(subject))/versions/latest?verbose=true"
        do throws(RegistryError) {
            let answer = try post(path, RegistryBody.schema(schema), operation)
            guard let isCompatible = answer["is_compatible"]?.boolean else {
                throw unexpected(operation, "the answer has no is_compatible")
            }
            let messages = answer["messages"]?.elements?.compactMap(\.string) ?? []
            return Compatibility(isCompatible: isCompatible, messages: messages)
        } catch {
            guard error.kind == .unknownSubject || error.kind == .unknownSchema else { throw error }
            return Compatibility(isCompatible: true, messages: [])
        }
    }

    /// Makes it the subject's newest version unless it is one already.
    /// - Returns: its id.
    package func register(_ schema: RegisteredSchema, in subject: String) throws(RegistryError) -> Int32 {
        let operation = "register a schema in subject \(subject)"
        let answer = try post("\(Self.path(subject))/versions", RegistryBody.schema(schema), operation)
        guard let id = answer["id"]?.integer else { throw unexpected(operation, "the answer has no id") }
        cache.withLock { $0.forgetLatest(subject) }
        return id
    }

    // MARK: Answers

    private static func path(_ subject: String) -> String { "/subjects/\(RegistryAddress.encoded(subject))" }

    private func get(_ path: String, _ operation: String) throws(RegistryError) -> RegistryAnswer {
        try requests.send(HTTPRequest(method: .get, path: path), operation)
    }

    private func post(_ path: String, _ body: [UInt8], _ operation: String) throws(RegistryError) -> RegistryAnswer {
        try requests.send(HTTPRequest(method: .post(body), path: path), operation)
    }

    private func unexpected(_ operation: String, _ message: String) -> RegistryError {
        RegistryError(.unexpectedAnswer, operation, message, at: place)
    }

    private func keep(_ schema: RegisteredSchema) -> RegisteredSchema {
        cache.withLock { $0.add(schema) }
        return schema
    }

    private func schema(
        _ answer: RegistryAnswer, id: Int32?, subject: String?, _ operation: String
    ) throws(RegistryError) -> RegisteredSchema {
        var schema = try bareSchema(answer, id: id, subject: subject, operation)
        var found: [RegisteredSchema] = []
        var under: Set<RegisteredSchema.Reference> = []
        try resolve(schema.references, &found, &under, operation)
        schema.referenced = found
        return schema
    }

    /// What is referred to, each behind those that it refers to itself.
    private func resolve(
        _ references: [RegisteredSchema.Reference], _ found: inout [RegisteredSchema],
        _ under: inout Set<RegisteredSchema.Reference>, _ operation: String
    ) throws(RegistryError) {
        for reference in references where under.insert(reference).inserted {
            guard under.count <= Self.maximumReferences else {
                throw unexpected(operation, "it refers to more than \(Self.maximumReferences) schemas")
            }
            let operation = "get version \(reference.version) of subject \(reference.subject)"
            let path = "\(Self.path(reference.subject))/versions/\(reference.version)"
            let schema = try bareSchema(
                try get(path, operation), id: nil, subject: reference.subject, operation)
            try resolve(schema.references, &found, &under, operation)
            if !found.contains(where: { $0.subject == schema.subject && $0.version == schema.version }) {
                found.append(schema)
            }
        }
    }

    /// Without what it refers to.
    private func bareSchema(
        _ answer: RegistryAnswer, id: Int32?, subject: String?, _ operation: String
    ) throws(RegistryError) -> RegisteredSchema {
        guard let text = answer["schema"]?.string else { throw unexpected(operation, "the answer has no schema") }
        var language = RegisteredSchema.Language.avro
        if let name = answer["schemaType"]?.string {
            guard let known = RegisteredSchema.Language(rawValue: name) else {
                throw unexpected(operation, "the schema is of an unknown type, \(name)")
            }
            language = known
        }
        var references: [RegisteredSchema.Reference] = []
        for reference in answer["references"]?.elements ?? [] {
            guard let name = reference["name"]?.string, let subject = reference["subject"]?.string,
                let version = reference["version"]?.integer
            else { throw unexpected(operation, "a reference without name, subject and version") }
            references.append(RegisteredSchema.Reference(name: name, subject: subject, version: version))
        }
        let version = answer["version"]?.integer
        guard subject == nil || version != nil else { throw unexpected(operation, "the answer has no version") }
        return RegisteredSchema(
            id: id ?? answer["id"]?.integer, subject: subject, version: subject == nil ? nil : version,
            language: language, text: text, references: references)
    }
}
