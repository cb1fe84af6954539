// SPDX-License-Identifier: Apache-2.0
import MillraceReport
import Testing
@testable import MillraceCLI

/// docs/cli.md: the declarations of commands, options and exit codes.
struct CommandReferenceTests {
    /// `MILLRACE_WRITE_DOCS=1 swift test --filter CommandReferenceTests` writes the file anew.
    @Test func theReferenceIsNotStale() throws { try Document(path: "docs/cli.md").expectWritten(Self.reference) }

    private static var reference: String {
        var text = """
            # The command line

            Written by `CommandReferenceTests` from the declarations that the parser, `millrace help COMMAND`, the \
            manual page (`man millrace`) and the shells' completions use.

            `--name value` and `--name=value` are the same; `-bHOST:PORT` and `-b HOST:PORT`, too. Of an option given \
            twice the last value wins, `-X` adds up; `--` ends the options. An option wins over the environment and \
            the [configuration](configuration.md). Results go to standard output, everything else to standard error.

            | command | |
            |---|---|

            """
        for command in CommandDefinition.all {
            text +=
                "| [`\(command.name)`](#millrace-\(command.name.replacing(" ", with: "-"))) | \(command.summary) |\n"
        }
        for command in CommandDefinition.all { text += section(command) }
        text += "\n## Exit codes\n\n| code | meaning | comes again |\n|---|---|---|\n"
        for code in ExitCode.allCases {
            text += "| \(code.rawValue) | \(code.meaning) | \(code.lasts ? "until something is changed" : "") |\n"
        }
        text += "\nA process that a second SIGINT or SIGTERM ends at once has 128 and the signal's number.\n"
        text +=
            "Where nobody reads standard output any more, as in `millrace replay … | head`, a command ends with 0 and "
            + "without a word: its reader has what they want.\n"
        return text
    }

    private static func section(_ command: CommandDefinition) -> String {
        var text = "\n## millrace \(command.name)\n\n"
        text += "\(command.summary.prefix(1).uppercased())\(command.summary.dropFirst()).\n\n"
        text += "```text\nmillrace \(command.usage)\n```\n\n"
        if !command.options.isEmpty {
            text += "| option | |\n|---|---|\n"
            for option in command.options { text += "| \(cell(option)) | \(escaped(option.help)) |\n" }
            text += "\n"
        }
        return text + "```console\n\(command.examples.map { "$ \($0)" }.joined(separator: "\n"))\n```\n"
    }

    private static func cell(_ option: Option) -> String {
        let value = option.valueName.map { " \($0)" } ?? ""
        let names = (option.short.map { ["`-\($0)\(value)`"] } ?? []) + ["`--\(option.name)\(value)`"]
        return escaped(names.joined(separator: ", "))
    }

    /// Inside a table.
    private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
