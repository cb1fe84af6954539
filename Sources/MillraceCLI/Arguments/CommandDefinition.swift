// SPDX-License-Identifier: Apache-2.0
import MillraceAdvisor
import MillraceRun

/// A command as help shows it and the parser takes it.
struct CommandDefinition: Sendable {
    let name: String
    /// One line.
    let summary: String
    /// What its one argument stands for; nil: it takes none.
    let argument: String?
    /// How many words it takes at most, where it takes one.
    var argumentLimit = 1
    let options: [Option]
    let examples: [String]
    /// What else help says; nil: nothing.
    var remarks: String?
    /// From the words of the command line, already split into options and values.
    let make: @Sendable (ParsedArguments) throws(UsageError) -> Command

    private static let program: [Option] = [.config, .application]
    private static let connection: [Option] =
        [.bootstrap, .property, .commandConfig, .schemaRegistry, .schemas] + logging
    private static let logging: [Option] = [.logLevel, .logFormat]
    private static let slice: [Option] = [.from, .to, .margin]
    private static let settings: [Option] = [.threads, .commitInterval, .deadLetter]
    private static let work: [Option] = settings + [.batchRows, .report, .quiet]
    private static let serving: [Option] = [
        .stateFlushInterval, .exchange, .http, .httpCertificate, .httpKey, .httpToken, .httpAdminToken,
    ]

    static let all: [CommandDefinition] = [
        demo, validate, explain, replay, run, sql, reset, status, doctor, topics, peek, start, configShow, mock,
        completion, manual, version, help,
    ]

    /// The command with what stands behind it, as it is written.
    var usage: String { name + (argument.map { " [\($0)]" } ?? "") + " [OPTIONS]" }

    static let demo = CommandDefinition(
        name: "demo", summary: "batch, stream and hybrid on a broker inside the process, checked", argument: nil,
        options: [], examples: ["millrace demo"], make: { _ throws(UsageError) in .demo })

    static let validate = CommandDefinition(
        name: "validate", summary: "check a program and its configuration; with -b also some records of its input",
        argument: "PROGRAM.sql",
        options: program + connection,
        examples: [
            "millrace validate orders.sql", "millrace validate -c millrace.yaml",
            "millrace validate orders.sql -b localhost:9092",
        ],
        make: { arguments throws(UsageError) in .validate(try arguments.configuration()) })

    static let explain = CommandDefinition(
        name: "explain",
        summary: "what a program does and needs: plan, state, topics, permissions; with a broker also slices",
        argument: "PROGRAM.sql",
        options: program + connection + slice + settings + [.stateFlushInterval, .exchange, .explanationFormat],
        examples: [
            "millrace explain orders.sql", "millrace explain orders.sql -b localhost:9092 --from -24h",
            "millrace explain orders.sql --exchange --format mermaid",
            "millrace explain orders.sql --format dot",
        ],
        make: { arguments throws(UsageError) in
            .explain(
                ExplainArguments(
                    configuration: try arguments.configuration(), marginMilliseconds: try arguments.margin(),
                    format: try arguments.choice(.explanationFormat, of: Explanation.Format.self) ?? .text))
        })

    static let replay = CommandDefinition(
        name: "replay", summary: "run a program over a part of the log as batch; prints the results",
        argument: "PROGRAM.sql",
        options: program + connection + slice + [
            .publish, .publishAgain, .job, .workers, .instance, .stateFlushInterval,
        ]
            + [.format, .interim] + work,
        examples: [
            "millrace replay orders.sql -b localhost:9092 --from -24h --to now",
            "millrace replay orders.sql -b localhost:9092 --from earliest --to now --format json",
            "millrace replay orders.sql -b localhost:9092 --from earliest --to now --publish",
            "millrace replay orders.sql -b localhost:9092 --publish --job november",
        ],
        make: { arguments throws(UsageError) in
            .replay(
                ReplayArguments(
                    configuration: try arguments.configuration(), work: try arguments.work(),
                    publishes: arguments.has(.publish), publishesAgain: arguments.has(.publishAgain),
                    format: try arguments.format(),
                    emitsInterim: arguments.has(.interim), job: try arguments.job()))
        })

    static let run = CommandDefinition(
        name: "run", summary: "run a program: history as batch, exact hand-over, then live; resumes where it stopped",
        argument: "PROGRAM.sql",
        options: program + connection + [.from, .margin, .newQueries, .upgrade, .publishAgain, .instance] + work
            + serving,
        examples: [
            "millrace run orders.sql -b localhost:9092",
            "millrace run orders.sql -b localhost:9092 --from latest",
            "millrace run -c millrace.yaml --report report.json",
            "millrace run orders.sql -b localhost:9092 --http 127.0.0.1:9000",
            "millrace run orders.sql -b localhost:9092 --new-queries backfill",
        ],
        make: { arguments throws(UsageError) in
            .run(
                RunArguments(
                    configuration: try arguments.configuration(), work: try arguments.work(),
                    newQueries: try arguments.newQueries(), isUpgrade: arguments.has(.upgrade),
                    publishesAgain: arguments.has(.publishAgain)))
        })

    static let sql = CommandDefinition(
        name: "sql", summary: "answer a SELECT over topics, up to now or going on; writes nothing to the cluster",
        argument: "SELECT", options: [.config, .programFile] + connection + slice + [.answerFormat, .quiet],
        examples: [
            "millrace sql -b localhost:9092 'SELECT * FROM orders LIMIT 5'",
            "millrace sql -f orders.sql -b localhost:9092 "
                + "'SELECT page, COUNT(*) AS n FROM orders GROUP BY page ORDER BY n DESC LIMIT 10'",
            "millrace sql -f orders.sql -b localhost:9092 --from -1h --format csv 'SELECT * FROM orders'",
            "millrace sql -f orders.sql -b localhost:9092 "
                + "'SELECT * FROM orders WHERE amount > 100 EMIT CHANGES'",
        ],
        make: { arguments throws(UsageError) in
            .sql(
                SQLArguments(
                    configuration: try arguments.configuration(takesProgram: false),
                    text: arguments.positional.first, marginMilliseconds: try arguments.margin(),
                    format: try arguments.choice(.answerFormat, of: AnswerFormat.self),
                    isQuiet: arguments.has(.quiet)))
        })

    static let reset = CommandDefinition(
        name: "reset", summary: "begin again: delete what an application has committed, its state and its results",
        argument: "PROGRAM.sql", options: program + connection + [.stateFlushInterval, .exchange, .execute],
        examples: [
            "millrace reset orders.sql -b localhost:9092", "millrace reset orders.sql -b localhost:9092 --execute",
        ],
        make: { arguments throws(UsageError) in
            .reset(ResetArguments(configuration: try arguments.configuration(), isExecuted: arguments.has(.execute)))
        })

    static let status = CommandDefinition(
        name: "status", summary: "how a running process stands, from its status page's API", argument: nil,
        options: [.config, .httpProcess, .statusCertificate, .statusToken, .reportFormat, .watch] + logging,
        examples: [
            "millrace status", "millrace status --watch", "millrace status --format json",
            "millrace status --http 127.0.0.1:8086",
        ],
        make: { arguments throws(UsageError) in
            .status(
                StatusArguments(
                    configuration: try arguments.configuration(), format: try arguments.format(),
                    isRepeated: arguments.has(.watch)))
        })

    static let doctor = CommandDefinition(
        name: "doctor", summary: "whether a cluster is as a program needs it; changes nothing there",
        argument: "PROGRAM.sql",
        options: program + connection + slice + settings + [.stateFlushInterval, .exchange, .reportFormat],
        examples: [
            "millrace doctor -b localhost:9092", "millrace doctor orders.sql -b localhost:9092 --from -24h",
            "millrace doctor orders.sql -b localhost:9092 --command-config client.properties --format json",
        ],
        make: { arguments throws(UsageError) in
            .doctor(
                DoctorArguments(
                    configuration: try arguments.configuration(), marginMilliseconds: try arguments.margin(),
                    format: try arguments.format()))
        })

    static let configShow = CommandDefinition(
        name: "config show", summary: "every value of the configuration, and where it was said",
        argument: "PROGRAM.sql", options: program + connection + [.from, .to] + settings + serving + [.reportFormat],
        examples: ["millrace config show", "millrace config show -c millrace.yaml --format json"],
        make: { arguments throws(UsageError) in
            .configShow(
                ReportArguments(configuration: try arguments.configuration(), format: try arguments.format()))
        })

    static let topics = CommandDefinition(
        name: "topics", summary: "the topics of a cluster: partitions, records, times of the oldest and newest",
        argument: nil,
        options: [.config] + connection + [.reportFormat],
        examples: ["millrace topics -b localhost:9092", "millrace topics -b localhost:9092 --format json"],
        make: { arguments throws(UsageError) in
            .topics(
                ReportArguments(
                    configuration: try arguments.configuration(takesProgram: false), format: try arguments.format()))
        })

    static let peek = CommandDefinition(
        name: "topics peek", summary: "a topic's newest records, and the CREATE STREAM that would read them",
        argument: "TOPIC", options: [.config] + connection + [.count],
        examples: ["millrace topics peek orders -b localhost:9092", "millrace topics peek orders -n 10"],
        make: { arguments throws(UsageError) in .peek(try arguments.peek()) })

    static let start = CommandDefinition(
        name: "init", summary: "write a first program over a topic, and its configuration, to this directory",
        argument: "TOPIC", options: [.config] + connection, examples: ["millrace init orders -b localhost:9092"],
        make: { arguments throws(UsageError) in .start(try arguments.peek()) })

    static let mock = CommandDefinition(
        name: "mock", summary: "a broker inside the process, to try things on, until it is stopped", argument: nil,
        options: [.brokers, .mockTopics],
        examples: [
            "millrace mock", "millrace mock --topics orders:12,revenue:4", "millrace mock --brokers 3",
        ],
        remarks: MockCommand.limits,
        make: { arguments throws(UsageError) in .mock(try arguments.mock()) })

    static let completion = CommandDefinition(
        name: "completion", summary: "print a completion script for a shell", argument: "bash|zsh|fish", options: [],
        examples: ["millrace completion bash"],
        make: { arguments throws(UsageError) in
            guard let name = arguments.positional.first else {
                throw UsageError(message: "which shell?", hint: "millrace completion bash, zsh or fish")
            }
            guard let shell = ShellCompletion(rawValue: name) else {
                throw .unknown("shell", name, among: ShellCompletion.allCases.map(\.rawValue))
            }
            return .completion(shell)
        })

    static let manual = CommandDefinition(
        name: "manual", summary: "print a manual page in roff, as man reads it", argument: "millrace|millrace.yaml",
        options: [], examples: ["millrace manual millrace", "millrace manual millrace.yaml"],
        make: { arguments throws(UsageError) in
            let name = arguments.positional.first ?? ManualPage.millrace.rawValue
            guard let page = ManualPage(rawValue: name) else {
                throw .unknown("page", name, among: ManualPage.allCases.map(\.rawValue))
            }
            return .manual(page)
        })

    static let version = CommandDefinition(
        name: "version", summary: "print the version, librdkafka's, and what it can do", argument: nil, options: [],
        examples: ["millrace version"],
        make: { _ throws(UsageError) in .version })

    static let help = CommandDefinition(
        name: "help", summary: "what a command does, or what a code of an error means", argument: "COMMAND|CODE",
        argumentLimit: 2, options: [], examples: ["millrace help replay", "millrace help E1002"],
        make: { arguments throws(UsageError) in
            guard let first = arguments.positional.first else { return .help(HelpPage.overview) }
            if arguments.positional.count == 1, let page = HelpPage.text(ofCode: first) { return .help(page) }
            let name = arguments.positional.joined(separator: " ")
            return .help(HelpPage.text(of: try CommandDefinition.named(name)))
        })

    static func named(_ name: String) throws(UsageError) -> CommandDefinition {
        if let command = all.first(where: { $0.name == name }) { return command }
        throw .unknown("command", name, among: all.map(\.name))
    }

    /// The command that the first words name, of two words where there is such a one, and the words behind it.
    static func find(
        _ words: [String]
    ) throws(UsageError) -> (command: CommandDefinition, rest: ArraySlice<String>) {
        let two = words.prefix(2).joined(separator: " ")
        if words.count >= 2, let command = all.first(where: { $0.name == two }) { return (command, words.dropFirst(2)) }
        let first = words.first ?? ""
        let family = all.filter { $0.name.hasPrefix(first + " ") }
        if !family.isEmpty, !all.contains(where: { $0.name == first }) {
            throw UsageError(
                message: "millrace \(first) what?",
                hint: "write \(family.map { "millrace \($0.name)" }.joined(separator: ", "))")
        }
        return (try named(first), words.dropFirst())
    }
}
