// SPDX-License-Identifier: Apache-2.0
import MillraceRuntime

/// A command as help shows it and the parser takes it.
struct CommandDefinition: Sendable {
    let name: String
    /// One line.
    let summary: String
    /// What its one argument stands for; nil: it takes none.
    let argument: String?
    let options: [Option]
    let examples: [String]
    /// From the words of the command line, already split into options and values.
    let make: @Sendable (ParsedArguments) throws(UsageError) -> Command

    private static let program: [Option] = [.config, .application]
    private static let connection: [Option] = [.bootstrap, .property]
    private static let slice: [Option] = [.from, .to, .margin]
    private static let work: [Option] = [.batchRows, .threads, .commitInterval, .deadLetter, .report, .quiet]

    static let all: [CommandDefinition] = [demo, validate, explain, replay, run, status, version, help]

    static let demo = CommandDefinition(
        name: "demo", summary: "batch, stream and hybrid on a broker inside the process, checked", argument: nil,
        options: [], examples: ["millrace demo"], make: { _ throws(UsageError) in .demo })

    static let validate = CommandDefinition(
        name: "validate", summary: "check a program and its configuration, without a broker", argument: "PROGRAM.sql",
        options: program, examples: ["millrace validate orders.sql", "millrace validate -c millrace.yaml"],
        make: { arguments throws(UsageError) in .validate(try arguments.program()) })

    static let explain = CommandDefinition(
        name: "explain", summary: "print the plan; with a broker also where each partition starts",
        argument: "PROGRAM.sql",
        options: program + connection + slice,
        examples: ["millrace explain orders.sql", "millrace explain orders.sql -b localhost:9092 --from -24h"],
        make: { arguments throws(UsageError) in
            .explain(
                ExplainArguments(
                    program: try arguments.program(), connection: try arguments.connection(),
                    slice: try arguments.slice()))
        })

    static let replay = CommandDefinition(
        name: "replay", summary: "run a program over a part of the log as batch; prints the results",
        argument: "PROGRAM.sql",
        options: program + connection + slice + [.publish, .format, .interim] + work,
        examples: [
            "millrace replay orders.sql -b localhost:9092 --from -24h --to now",
            "millrace replay orders.sql -b localhost:9092 --from earliest --to now --format json",
            "millrace replay orders.sql -b localhost:9092 --from earliest --to now --publish",
        ],
        make: { arguments throws(UsageError) in
            .replay(
                ReplayArguments(
                    program: try arguments.program(), connection: try arguments.connection(),
                    slice: try arguments.slice(), work: try arguments.work(),
                    publishes: arguments.has(.publish),
                    format: try arguments.choice(.format, of: ResultFormat.self) ?? .text,
                    emitsInterim: arguments.has(.interim)))
        })

    static let run = CommandDefinition(
        name: "run", summary: "run a program: history as batch, exact hand-over, then live; resumes where it stopped",
        argument: "PROGRAM.sql",
        options: program + connection + [.from, .margin] + work + [
            .stateFlushInterval, .http, .httpToken, .httpAdminToken,
        ],
        examples: [
            "millrace run orders.sql -b localhost:9092",
            "millrace run orders.sql -b localhost:9092 --from latest",
            "millrace run -c millrace.yaml --report report.json",
            "millrace run orders.sql -b localhost:9092 --http 127.0.0.1:9000",
        ],
        make: { arguments throws(UsageError) in
            .run(
                RunArguments(
                    program: try arguments.program(), connection: try arguments.connection(),
                    slice: try arguments.slice(), work: try arguments.work(), http: try arguments.http(),
                    stateFlushIntervalMilliseconds: try arguments.stateFlushInterval()))
        })

    static let status = CommandDefinition(
        name: "status", summary: "how a running process stands, from its status page's API", argument: nil,
        options: [.config, .httpProcess, .statusToken, .statusFormat, .watch],
        examples: [
            "millrace status", "millrace status --watch", "millrace status --format json",
            "millrace status --http 127.0.0.1:8086",
        ],
        make: { arguments throws(UsageError) in .status(try arguments.status()) })

    static let version = CommandDefinition(
        name: "version", summary: "print the version", argument: nil, options: [], examples: ["millrace version"],
        make: { _ throws(UsageError) in .version })

    static let help = CommandDefinition(
        name: "help", summary: "print what a command does", argument: "COMMAND", options: [],
        examples: ["millrace help replay"],
        make: { arguments throws(UsageError) in
            guard let name = arguments.positional.first else { return .help(HelpPage.overview) }
            return .help(HelpPage.text(of: try CommandDefinition.named(name)))
        })

    static func named(_ name: String) throws(UsageError) -> CommandDefinition {
        if let command = all.first(where: { $0.name == name }) { return command }
        throw .unknown("command", name, among: all.map(\.name))
    }
}
