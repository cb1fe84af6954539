// SPDX-License-Identifier: Apache-2.0
import MillraceReport
import MillraceSettings

/// The manual pages, made from the declarations of commands, options, keys and exit codes.
enum ManualPage: String, CaseIterable {
    case millrace
    case configuration = "millrace.yaml"

    /// Of the manual: 1 has commands, 5 has files.
    var section: Int { self == .millrace ? 1 : 5 }

    /// In roff.
    var text: String { self == .millrace ? Self.commands : Self.keys }

    private static let source = "millrace \(Version.text)"

    // MARK: millrace(1)

    private static var commands: String {
        var page = RoffText(title: "millrace", section: 1, source: source)
        page.heading("name")
        page.paragraph("millrace - SQL over Kafka topics as stream, as batch, or as both")
        page.heading("synopsis")
        page.paragraph("`millrace` COMMAND [PROGRAM.sql] [OPTIONS]")
        page.heading("description")
        page.paragraph(
            "Millrace attaches to a Kafka cluster and runs a program in ksqlDB's SQL over its topics. Modes are bounds "
                + "of one engine: `replay` handles a part of the log as batch, `run` handles history as batch and "
                + "goes on live, and over the same log both give the same results. `run` publishes each result exactly "
                + "once. Results go to standard output, everything else to standard error.")
        page.paragraph(
            "A value that an option does not give is looked for in the environment, then in the configuration file "
                + "(`millrace.yaml`(5)), then in the program.")
        page.heading("commands")
        for command in CommandDefinition.all { add(command, to: &page) }
        page.heading("exit status")
        for code in ExitCode.allCases { page.entry("\(code.rawValue)", code.meaning) }
        page.heading("environment")
        page.entry("MILLRACE_…", "a key of the configuration; `millrace.yaml`(5) has all of them")
        page.entry("MILLRACE_CONFIG", "the configuration file, as `--config`")
        page.entry("TMPDIR", "where the processes of this machine keep the locks of their names; default: /tmp")
        addFiles(to: &page)
        page.heading("see also")
        page.paragraph("`millrace.yaml`(5), `kcat`(1)")
        return page.text
    }

    private static func add(_ command: CommandDefinition, to page: inout RoffText) {
        page.subheading("millrace \(command.usage)")
        page.paragraph("\(command.summary.prefix(1).uppercased())\(command.summary.dropFirst()).")
        for option in command.options + [.help] {
            page.entry(option.synopsis.trimmingSpaces, option.help)
        }
        page.example(command.examples)
    }

    private static func addFiles(to page: inout RoffText) {
        page.heading("files")
        page.entry("./millrace.yaml", "the configuration, where neither `--config` nor `MILLRACE_CONFIG` names another")
        page.entry("/etc/millrace/millrace.yaml", "the configuration, where there is none in the working directory")
    }

    // MARK: millrace.yaml(5)

    private static var keys: String {
        var page = RoffText(title: "millrace.yaml", section: 5, source: source)
        page.heading("name")
        page.paragraph("millrace.yaml - configuration of millrace")
        page.heading("description")
        page.paragraph(
            "A YAML file of keys and values. Options on the command line win over the environment, which wins over "
                + "this file, which wins over `SET` in the program, which wins over the defaults. `millrace config "
                + "show` prints each value and where it was said. Unknown keys are refused. Paths are relative to "
                + "the file.")
        page.paragraph(
            "Values may refer to `${env:NAME}`, `${env:NAME:-default}` and `${file:/path}`; `$${` stands for `${`. "
                + "A variable with `_FILE` behind its name holds the path of a file with the value.")
        page.heading("keys")
        for key in ConfigurationKey.all {
            var lines = ["\(key.values)."]
            if let standard = key.standard { lines.append("Default: \(standard).") }
            if let option = key.option { lines.append("Option: \(option.hasPrefix("-") ? "`\(option)`" : option).") }
            lines.append("Variable: `\(key.variable)`.")
            page.entry(key.name, lines.joined(separator: "\n"))
        }
        page.entry(
            "kafka",
            "properties of librdkafka, by their names, one a line below it. Option: `-X`, `-b`. "
                + "Variable: `MILLRACE_KAFKA_SASL_USERNAME` for sasl.username.")
        addFiles(to: &page)
        page.heading("examples")
        page.example([
            "application: orders", "program: orders.sql", "kafka:", "  bootstrap.servers: kafka-1:9092",
            "  sasl.password: ${file:/run/secrets/kafka}", "mode: hybrid", "dead.letter.topic: orders.dead",
        ])
        page.heading("see also")
        page.paragraph("`millrace`(1)")
        return page.text
    }
}

extension String {
    fileprivate var trimmingSpaces: String { String(drop { $0 == " " }) }
}
