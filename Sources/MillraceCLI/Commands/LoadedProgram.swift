// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceReport
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
        var configuration = loaded.configuration
        let file: String
        let text: String
        switch configuration.program {
        case .file(let path, _)?: (file, text) = (path, try LoadedProgram.read(path))
        // Places in it count from its own first line.
        case .text(let sql, _)?: (file, text) = (loaded.file ?? "sql", sql)
        case nil: return nil
        }
        let outcome = SQL.check(
            text, keyPartitioning: configuration.keyPartitioning, windowsPerRecord: configuration.windowsPerRecord,
            catalogue: try ProgramCatalogue(configuration))
        let plan = outcome.plan
        if !outcome.errors.isEmpty {
            throw LoadedProgram.failure(outcome.errors + ProgramSettings.mistakes(plan), file, text)
        }
        graph = try LoadedProgram.locating(file, text) { () throws(SourceError) in try QueryGraph(plan) }
        try LoadedProgram.locating(file, text) { () throws(SourceError) in
            let settings = try ProgramSettings(plan)
            for warning in outcome.warnings + settings.warnings {
                var line = LogLine(
                    .warn, warning.message, fields: warning.hint.map { [.init("next", .text($0))] } ?? [])
                line.text = warning.renderedAsWarning(file: file, text: text)
                console.log(line)
            }
            try configuration.adopt(settings)
        }
        application = try LoadedProgram.locating(file, text) { () throws(SourceError) in
            if let name = configuration.application { return name }
            return try Configuration.applicationID(program: file)
        }
        self.configuration = configuration
    }

    private static func read(_ path: String) throws -> String {
        do {
            return try TextFile.read(path)
        } catch {
            throw RunFailure(.inputMissing, .unreadableFile, error.message)
        }
    }

    private static func failure(_ errors: [SourceError], _ file: String, _ text: String) -> RunFailure {
        let secrets = SecretMask.secrets(inSQL: text)
        let shown = errors.sorted { $0.isBefore($1) }.map { error in
            var shown = error.coded(.sqlMeaning)
            shown.message = SecretMask.hide(secrets, in: shown.message)
            return shown
        }
        return RunFailure(shown, file: file, text: SecretMask.hide(secrets, in: text))
    }

    private static func locating<Result>(
        _ file: String, _ text: String, _ body: () throws(SourceError) -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch {
            throw failure([error], file, text)
        }
    }
}
