// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillracePlan
import MillraceRuntime
import MillraceSQL

/// A program with its configuration, read, compiled and checked; nothing has been connected to.
struct LoadedProgram {
    let graph: QueryGraph
    let configuration: Configuration
    let settings: ProgramSettings
    let application: String

    /// - Throws: `RunFailure` with the place and the line of a mistake.
    init(_ arguments: ProgramArguments) throws {
        var configuration = Configuration()
        var configurationText = ""
        if let path = arguments.config {
            (configuration, configurationText) = try LoadedProgram.configuration(path)
        }
        let (file, text) = try LoadedProgram.source(arguments, configuration)
        let plan = try LoadedProgram.locating(file, text) { () throws(SourceError) in try SQL.compile(text) }
        graph = try LoadedProgram.locating(file, text) { () throws(SourceError) in try QueryGraph(plan) }
        settings = try LoadedProgram.locating(file, text) { () throws(SourceError) in try ProgramSettings(plan) }
        application = try LoadedProgram.locating(file, text) { () throws(SourceError) in
            if let name = arguments.application ?? configuration.application {
                try KafkaName.check(name, as: "application", at: nil)
                return name
            }
            return try Configuration.applicationID(program: file)
        }
        if let path = arguments.config {
            try LoadedProgram.locating(path, configurationText) { () throws(SourceError) in
                try LoadedProgram.checkProperties(configuration)
            }
        }
        self.configuration = configuration
    }

    /// Reads a configuration file.
    /// - Throws: `RunFailure` with the place and the line of a mistake.
    static func configuration(_ path: String) throws -> (configuration: Configuration, text: String) {
        let text = try read(path)
        let configuration = try locating(path, text) { () throws(SourceError) in
            try Configuration.parse(text, directory: TextFile.directory(of: path))
        }
        return (configuration, text)
    }

    private static func source(
        _ arguments: ProgramArguments, _ configuration: Configuration
    ) throws -> (file: String, text: String) {
        if let path = arguments.program { return (path, try read(path)) }
        switch configuration.program {
        case .file(let path, _)?: return (path, try read(path))
        // Places in it count from its own first line.
        case .text(let text, _)?: return (arguments.config ?? "sql", text)
        case nil:
            throw RunFailure(
                .usage, "no program", hint: "name an SQL file, or a configuration that says program: or sql: (-c FILE)")
        }
    }

    private static func read(_ path: String) throws -> String {
        do {
            return try TextFile.read(path)
        } catch {
            throw RunFailure(.inputMissing, error.message)
        }
    }

    private static func locating<Result>(
        _ file: String, _ text: String, _ body: () throws(SourceError) -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch {
            throw RunFailure(.configuration, error.rendered(file: file, text: text), isRendered: true)
        }
    }

    private static func checkProperties(_ configuration: Configuration) throws(SourceError) {
        for property in configuration.kafka {
            do throws(KafkaError) {
                try KafkaProperties.validate(name: property.name, value: property.value)
            } catch {
                throw SourceError(error.message, at: property.location)
            }
        }
    }

    /// The client's properties: the file's, then the command line's.
    func properties(_ connection: ConnectionArguments) throws -> KafkaProperties {
        var properties = KafkaProperties()
        do {
            for property in configuration.kafka { try properties.set(property.name, property.value) }
            for property in connection.properties { try properties.set(property.name, property.value) }
            if let bootstrap = connection.bootstrap { try properties.set("bootstrap.servers", bootstrap) }
        } catch {
            throw RunFailure(.configuration, error.description)
        }
        guard properties["bootstrap.servers"] != nil else {
            throw RunFailure(
                .usage, "no broker",
                hint: "say where Kafka is: -b HOST:PORT, or kafka: bootstrap.servers in the configuration")
        }
        return properties
    }
}
