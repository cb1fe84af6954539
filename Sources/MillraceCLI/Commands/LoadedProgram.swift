// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceRuntime
import MillraceSQL

/// A program with its configuration, read, compiled and checked; nothing has been connected to.
struct LoadedProgram {
    let graph: QueryGraph
    let configuration: Configuration
    let application: String

    /// - Throws: `RunFailure` with the place and the line of a mistake.
    init(_ arguments: ConfigurationArguments, _ console: Console) throws {
        let loaded = try LoadedConfiguration(arguments, console)
        guard let program = try LoadedProgram(loaded) else {
            throw RunFailure(
                .usage, .noProgram, "no program",
                hint: "name an SQL file, or a configuration that says program: or sql: (-c FILE)")
        }
        self = program
    }

    /// Nil where the configuration names no program.
    init?(_ loaded: LoadedConfiguration) throws {
        var configuration = loaded.configuration
        let file: String
        let text: String
        switch configuration.program {
        case .file(let path, _)?: (file, text) = (path, try LoadedProgram.read(path))
        // Places in it count from its own first line.
        case .text(let sql, _)?: (file, text) = (loaded.file ?? "sql", sql)
        case nil: return nil
        }
        let plan = try LoadedProgram.locating(file, text) { () throws(SourceError) in
            try SQL.compile(text, keyPartitioning: configuration.keyPartitioning)
        }
        graph = try LoadedProgram.locating(file, text) { () throws(SourceError) in try QueryGraph(plan) }
        try LoadedProgram.locating(file, text) { () throws(SourceError) in
            try configuration.adopt(try ProgramSettings(plan))
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

    private static func locating<Result>(
        _ file: String, _ text: String, _ body: () throws(SourceError) -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch {
            let secrets = SecretMask.secrets(inSQL: text)
            var shown = error.coded(.sqlMeaning)
            shown.message = SecretMask.hide(secrets, in: shown.message)
            throw RunFailure(shown, file: file, text: SecretMask.hide(secrets, in: text))
        }
    }
}
