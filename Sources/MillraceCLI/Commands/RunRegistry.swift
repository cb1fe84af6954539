// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillracePlan
import MillraceRegistry
import MillraceReport
import MillraceRun
import MillraceSettings

/// A schema registry's client as what runs knows it.
struct RunRegistry: SchemaRegistry {
    private let client: RegistryClient

    init(_ client: RegistryClient) { self.client = client }

    var place: String { client.place }

    func schema(id: Int32) throws(SchemaFailure) -> RegisteredSchema {
        try ask { () throws(RegistryError) in try client.schema(id: id) }
    }

    func hasSubject(_ subject: String) throws(SchemaFailure) -> Bool {
        do throws(SchemaFailure) {
            _ = try ask { () throws(RegistryError) in try client.latest(subject) }
            return true
        } catch {
            guard error.isUnknown else { throw error }
            return false
        }
    }

    func objections(to schema: RegisteredSchema, in subject: String) throws(SchemaFailure) -> [String] {
        let answer = try ask { () throws(RegistryError) in
            // What is there already is no new version.
            if try client.version(of: schema, in: subject) != nil {
                return RegistryClient.Compatibility(isCompatible: true, messages: [])
            }
            return try client.compatibility(of: schema, with: subject)
        }
        if answer.isCompatible { return [] }
        return answer.messages.isEmpty ? ["it is not compatible with the newest version"] : answer.messages
    }

    func register(_ schema: RegisteredSchema, in subject: String) throws(SchemaFailure) -> Int32 {
        try ask { () throws(RegistryError) in try client.register(schema, in: subject) }
    }

    private func ask<Result>(_ body: () throws(RegistryError) -> Result) throws(SchemaFailure) -> Result {
        do throws(RegistryError) {
            return try body()
        } catch {
            throw SchemaFailure(
                error.failure, isTransient: error.isTransient,
                isUnknown: error.kind == .unknownSchema || error.kind == .unknownSubject)
        }
    }
}

extension RunOptions {
    /// Reads and writes with the registry that a configuration names, if it names one.
    mutating func useRegistry(of configuration: Configuration, _ console: Console) throws {
        guard let client = try configuration.registryClient() else { return }
        let log = console.log
        use(RunRegistry(client), clock: SystemClock(), log: { log.write($0) })
    }
}
