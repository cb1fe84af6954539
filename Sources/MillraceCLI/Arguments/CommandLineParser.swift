// SPDX-License-Identifier: Apache-2.0

/// The words of a command line to what they ask for.
enum CommandLineParser {
    /// `words`: without the name of the binary. None at all asks for help.
    static func parse(_ words: [String]) throws(UsageError) -> Command {
        guard let first = words.first else { return .help(HelpPage.overview) }
        switch first {
        case "-h", "--help":
            return .help(HelpPage.overview)
        case "--version":
            return .version
        case _ where first.hasPrefix("-"):
            throw .unknown("option", first, among: ["--help", "--version"])
        default:
            break
        }
        let (command, rest) = try CommandDefinition.find(words)
        let arguments = try ParsedArguments(rest, for: command)
        if arguments.has(.help) { return .help(HelpPage.text(of: command)) }
        return try command.make(arguments)
    }
}
