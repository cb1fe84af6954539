// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillracePlan
import MillraceRegistry
import MillraceReport
import MillraceSQL
import MillraceSettings

/// What a program takes its columns from: the files of `schemas`, then the schema registry.
struct ProgramCatalogue: Catalogue {
    private let files: SchemaFiles?
    private let client: RegistryClient?

    /// - Throws: `RunFailure` where the configuration contradicts itself.
    init(_ configuration: Configuration) throws {
        files = configuration.schemaDirectory.map { SchemaFiles($0) }
        client = try configuration.registryClient()
    }

    /// Nil: the configuration names no files and no registry.
    init?(ofNamed configuration: Configuration) throws {
        try self.init(configuration)
        if files == nil, client == nil { return nil }
    }

    func schema(ofSubject subject: String) throws(CatalogueError) -> RegisteredSchema {
        if let files {
            do throws(FileError) {
                if let schema = try files.schema(subject) { return try files.withTypes(of: schema) }
            } catch {
                throw CatalogueError(error.message, hint: nil, code: .unreadableFile)
            }
            guard client != nil else {
                throw CatalogueError(
                    "there is no \(files.paths(subject))",
                    hint: "put the schema there, or say --schema-registry URL, or write the columns",
                    code: .unknownSubject)
            }
        }
        return try ask { client throws(RegistryError) in try client.latest(subject) }
    }

    func schema(id: Int32) throws(CatalogueError) -> RegisteredSchema {
        try ask { client throws(RegistryError) in try client.schema(id: id) }
    }

    private func ask(
        _ body: (RegistryClient) throws(RegistryError) -> RegisteredSchema
    ) throws(CatalogueError) -> RegisteredSchema {
        guard let client else { return try NoCatalogue().schema(id: 0) }
        do throws(RegistryError) {
            return try body(client)
        } catch {
            throw CatalogueError(
                error.text, hint: error.hint ?? error.errorCode.explanation.step, code: error.errorCode)
        }
    }
}

extension Configuration {
    /// Where schemas come from, as it is written into a configuration: without a log-in, which others may read there.
    func schemaSettings() throws -> [(key: String, value: String)] {
        var settings: [(key: String, value: String)] = []
        if let options = try registryOptions() {
            settings.append(("schema.registry.url", options.addresses.map(\.text).joined(separator: ", ")))
        }
        if let schemaDirectory { settings.append(("schemas", schemaDirectory)) }
        return settings
    }

    /// A client of the schema registry; nil: none is named.
    func registryClient() throws -> RegistryClient? {
        let clock = SystemClock()
        return try registryOptions().map { options in
            RegistryClient(options, clock: clock, pause: { clock.sleep(milliseconds: $0) })
        }
    }
}
