// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Help, made from the declarations of commands and options.
enum HelpPage {
    /// What `millrace` alone and `millrace help` print.
    static var overview: String {
        let width = CommandDefinition.all.map(\.name.count).max() ?? 0
        let commands = CommandDefinition.all.map { "  \(padded($0.name, width))  \($0.summary)" }
        return """
            Millrace runs SQL over Kafka topics as stream, as batch, or as both.

            usage: millrace COMMAND [PROGRAM.sql] [OPTIONS]

            \(commands.joined(separator: "\n"))

            millrace help COMMAND shows a command's options and examples, millrace help CODE what an error means.
            """
    }

    static func text(of command: CommandDefinition) -> String {
        let lines = (command.options + [.help]).map { "  \($0.synopsis)\n          \($0.help)" }
        return """
            millrace \(command.name): \(command.summary)

            usage: millrace \(command.usage)

            \(lines.joined(separator: "\n"))

            examples:
            \(command.examples.map { "  \($0)" }.joined(separator: "\n"))\(command.remarks.map { "\n\n\($0)" } ?? "")
            """
    }

    /// What a code of an error means; nil for what is no code.
    static func text(ofCode text: String) -> String? {
        guard let code = ErrorCode(rawValue: text.uppercased()) else { return nil }
        let explanation = code.explanation
        return """
            \(code.rawValue): \(explanation.title)

            \(explanation.cause)

            What to do: \(explanation.step)
            """
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}
