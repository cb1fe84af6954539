// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceReport
import MillraceRun
import MillraceSQL
import MillraceSettings

/// A program with its configuration, read, compiled and checked; nothing has been connected to.
struct LoadedProgram {
    let graph: QueryGraph
    let configuration: Configuration
    let application: String

    /// - Throws: `RunFailure` with the place and the line of a mistake.
    init(_ arguments: ConfigurationArguments, _ console: Console) throws {
        let loaded = try LoadedConfiguration(arguments, console)
        guard let program = try LoadedProgram(loaded, console) else {
            throw RunFailure(
                .usage, .noProgram, "no program",
                hint: "name an SQL file, or a configuration that says program: or sql: (-c FILE)")
        }
        self = program
    }

    /// Nil where the configuration names no program.
    init?(_ loaded: LoadedConfiguration, _ console: Console) throws {
        guard let text = try ProgramText(loaded) else { return nil }
        try self.init(text, loaded.configuration, console)
    }

    /// - Parameter text: a program, or one with a question behind it.
    init(_ text: ProgramText, _ given: Configuration, _ console: Console) throws {
        var configuration = given
        let outcome = SQL.check(
            text.whole, keyPartitioning: configuration.keyPartitioning,
            windowsPerRecord: configuration.windowsPerRecord, catalogue: try ProgramCatalogue(configuration),
            asks: text.asks)
        let plan = outcome.plan
        if !outcome.errors.isEmpty { throw text.failure(outcome.errors + ProgramSettings.mistakes(plan)) }
        graph = try text.locating { () throws(SourceError) in try QueryGraph(plan) }
        try text.locating { () throws(SourceError) in
            let settings = try ProgramSettings(plan)
            for warning in outcome.warnings + settings.warnings {
                var line = LogLine(
                    .warn, warning.message, fields: warning.hint.map { [.init("next", .text($0))] } ?? [])
                line.text = text.rendered(warning: warning)
                console.log(line)
            }
            try configuration.adopt(settings)
        }
        application = try text.locating { () throws(SourceError) in
            if let name = configuration.application { return name }
            return try Configuration.applicationID(program: text.file)
        }
        self.configuration = configuration
    }

    /// How it is run, as the configuration says.
    func runOptions(_ console: Console) throws -> RunOptions {
        var options = RunOptions(
            application: application,
            cluster: KafkaCluster(try configuration.clientProperties(), onLog: console.takesKafkaLog),
            from: configuration.from ?? .earliest)
        options.apply(configuration)
        try options.useRegistry(of: configuration, console)
        try options.errors.check(deadLetterTopic: options.deadLetterTopic)
        return options
    }
}
