// SPDX-License-Identifier: Apache-2.0
import MillraceRun
import MillraceSettings

/// `millrace config show`.
struct ConfigCommand {
    private let console: Console

    init(_ console: Console) { self.console = console }

    func show(_ arguments: ReportArguments) throws {
        let loaded = try LoadedConfiguration(arguments.configuration, console)
        let program = try LoadedProgram(loaded, console)
        let listing = ConfigurationListing(
            program?.configuration ?? loaded.configuration, application: program?.application,
            ignoredVariables: loaded.ignoredVariables)
        try console.write(arguments.format == .json ? listing.json + "\n" : listing.text)
    }
}
