// SPDX-License-Identifier: Apache-2.0
import MillraceAdvisor
import MillraceRun
import MillraceSettings
import Testing
@testable import MillraceCLI

struct CommandLineParserTests {
    private func parse(_ line: String) throws(UsageError) -> Command {
        // As a shell splits it.
        try CommandLineParser.parse(line.matches(of: /'([^']*)'|(\S+)/).map { String($0.1 ?? $0.0) })
    }

    private func option(_ key: String, _ value: String, _ option: String) -> ConfigurationOption {
        ConfigurationOption(key, value, option: option)
    }

    private func program(_ path: String) -> ConfigurationOption { option("program", path, "the argument") }

    @Test func placesOfTheStatusPage() throws {
        let run = try parse("run o.sql --http 0.0.0.0:9000 --http-token-file r --http-admin-token-file a")
        let options = [
            option("http.admin.token.file", "a", "--http-admin-token-file"),
            option("http.token.file", "r", "--http-token-file"), option("http.address", "0.0.0.0", "--http"),
            option("http.port", "9000", "--http"), program("o.sql"),
        ]
        #expect(run == .run(RunArguments(configuration: ConfigurationArguments(options: options))))
        let status = StatusArguments(
            configuration: ConfigurationArguments(file: "m.yaml", options: [option("http.port", "8086", "--http")]),
            format: .json, isRepeated: true)
        #expect(try parse("status -c m.yaml --http 8086 --format json -w") == .status(status))
        let socket = StatusArguments(
            configuration: ConfigurationArguments(options: [option("http.socket", "/run/s", "--http")]))
        #expect(try parse("status --http unix:/run/s") == .status(socket))
        for place in ["somewhere", "unix:"] {
            #expect(throws: UsageError.self) { try parse("run o.sql --http \(place)") }
        }
        #expect(throws: UsageError.self) { try parse("status --http off") }
        #expect(throws: UsageError.self) { try parse("status o.sql") }
    }

    @Test func everyOptionOfReplay() throws {
        let command = try parse(
            "replay o.sql -b k:9092 -c m.yaml -X a=1 -Xb=2=3 --property c= --application app --from -48h "
                + "--to=2026-11-01T00:00:00Z --margin 5m --publish --format json --interim --batch-rows 7 --threads 3 "
                + "--commit-interval 250ms --dead-letter dead --report r.json --quiet --command-config c.properties")
        let options = [
            option("kafka.a", "1", "-X"), option("kafka.b", "2=3", "-X"), option("kafka.c", "", "-X"),
            option("application", "app", "--application"), option("kafka.bootstrap.servers", "k:9092", "--bootstrap"),
            option("command.config", "c.properties", "--command-config"),
            option("commit.interval", "250ms", "--commit-interval"),
            option("dead.letter.topic", "dead", "--dead-letter"), option("from", "-48h", "--from"),
            option("threads", "3", "--threads"), option("to", "2026-11-01T00:00:00Z", "--to"), program("o.sql"),
        ]
        let expected = ReplayArguments(
            configuration: ConfigurationArguments(file: "m.yaml", options: options),
            work: WorkArguments(batchRows: 7, marginMilliseconds: 300_000, report: "r.json", isQuiet: true),
            publishes: true, format: .json, emitsInterim: true)
        #expect(command == .replay(expected))
    }

    @Test func theOtherCommands() throws {
        let configuration = ConfigurationArguments(options: [program("o.sql")])
        #expect(try parse("validate o.sql") == .validate(configuration))
        #expect(try parse("validate -c m.yaml") == .validate(ConfigurationArguments(file: "m.yaml")))
        #expect(try parse("explain o.sql") == .explain(ExplainArguments(configuration: configuration)))
        #expect(try parse("run -- o.sql") == .run(RunArguments(configuration: configuration)))
        let exchanging = ConfigurationArguments(options: [option("exchange", "on", "--exchange"), program("o.sql")])
        #expect(try parse("run o.sql --exchange") == .run(RunArguments(configuration: exchanging)))
        let options = [option("from", "offsets:0=1", "--from"), program("o.sql")]
        #expect(
            try parse("run --from latest o.sql --from offsets:0=1 -q")
                == .run(
                    RunArguments(
                        configuration: ConfigurationArguments(options: options), work: WorkArguments(isQuiet: true))))
        let explained = ConfigurationArguments(options: [
            option("dead.letter.topic", "dead", "--dead-letter"), option("exchange", "on", "--exchange"),
            program("o.sql"),
        ])
        #expect(
            try parse("explain o.sql --exchange --dead-letter dead --format mermaid")
                == .explain(ExplainArguments(configuration: explained, format: .mermaid)))
        #expect(try parse("mock") == .mock(MockArguments()))
        let topics = [MockArguments.Topic(name: "a.b", partitions: 4), MockArguments.Topic(name: "c", partitions: 12)]
        #expect(
            try parse("mock --brokers 3 --topics a.b,c:12") == .mock(MockArguments(brokers: 3, topics: topics)))
        #expect(try parse("version") == .version)
        #expect(try parse("--version") == .version)
    }

    @Test func aReplayCanBeSpread() throws {
        var spread = ReplayArguments(configuration: ConfigurationArguments(options: [program("o.sql")]))
        spread.publishes = true
        spread.job = JobArguments(name: "november", workers: 1)
        #expect(try parse("replay o.sql --publish --job november") == .replay(spread))
        spread.job = JobArguments(name: nil, workers: 3)
        #expect(try parse("replay o.sql --publish --workers 3") == .replay(spread))
        spread.job = JobArguments(name: "j", workers: 2)
        spread.configuration.options.insert(option("instance", "a", "--instance"), at: 0)
        #expect(try parse("replay o.sql --publish --job j --workers 2 --instance a") == .replay(spread))
    }

    @Test func everyOptionOfSQL() throws {
        let command = try parse(
            "sql 'SELECT * FROM s LIMIT 3' -f o.sql -b k:9092 --from -1h --to now --margin 5m --format csv -q")
        let options = [
            option("kafka.bootstrap.servers", "k:9092", "--bootstrap"), option("program", "o.sql", "--file"),
            option("from", "-1h", "--from"), option("to", "now", "--to"),
        ]
        #expect(
            command
                == .sql(
                    SQLArguments(
                        configuration: ConfigurationArguments(options: options), text: "SELECT * FROM s LIMIT 3",
                        marginMilliseconds: 300_000, format: .csv, isQuiet: true)))
        #expect(try parse("sql") == .sql(SQLArguments()))
        #expect(throws: UsageError.self) { try parse("sql 'SELECT 1' --format text") }
        #expect(throws: UsageError.self) { try parse("sql SELECT * FROM s") }
        #expect(throws: UsageError.self) { try parse("sql --publish") }
    }

    @Test func commandsOfTwoWords() throws {
        #expect(try parse("config show --format json") == .configShow(ReportArguments(format: .json)))
        #expect(try parse("topics") == .topics(ReportArguments()))
        #expect(try parse("topics peek orders -n 7") == .peek(PeekArguments(topic: "orders", count: 7)))
        #expect(try parse("init orders") == .start(PeekArguments(topic: "orders")))
        #expect(try parse("completion zsh") == .completion(.zsh))
        guard case .help(let page) = try parse("help config show") else { throw NotHelp() }
        #expect(page.contains("millrace config show:"))
        guard case .help(let code) = try parse("help e1002") else { throw NotHelp() }
        #expect(code.hasPrefix("E1002: "))
    }

    /// Command line, message, a part of the hint.
    @Test(arguments: [
        ("replya o.sql", "unknown command replya", "did you mean replay?"),
        ("frobnicate", "unknown command frobnicate", "millrace help"),
        ("--verison", "unknown option --verison", "did you mean --version?"),
        ("replay o.sql --form -48h", "unknown option of replay --form", "did you mean --from?"),
        ("replay o.sql --pubish", "unknown option of replay --pubish", "did you mean --publish?"),
        ("replay o.sql -Z", "unknown option of replay -Z", ""),
        ("run o.sql --publish", "unknown option of run --publish", ""),
        ("run o.sql --to now", "unknown option of run --to", ""),
        ("config", "millrace config what?", "millrace config show"),
        ("config list", "millrace config what?", "millrace config show"),
        ("topics peek", "which topic?", "millrace topics"),
        ("completion", "which shell?", "bash"),
        ("completion fsih", "unknown shell fsih", "did you mean fish?"),
        ("run a.sql b.sql", "one argument too many: b.sql", ""),
        ("version now", "one argument too many: now", ""),
        ("replay o.sql --from", "--from needs a value", "earliest"),
        ("replay o.sql --from --to now", "--from needs a value", ""),
        ("replay o.sql --from= --to now", "--from needs a value", ""),
        ("replay o.sql --publish=yes", "--publish takes no value", ""),
        ("replay o.sql -qx", "--quiet takes no value", ""),
        ("replay o.sql --format jsno", "unknown value of --format jsno", "did you mean json?"),
        ("replay o.sql --batch-rows ten", "--batch-rows must be a whole number, not 'ten'", ""),
        ("replay o.sql --publish --workers 0", "--workers must be a whole number, not '0'", "from 1 to 64"),
        ("replay o.sql --margin 5", "--margin: '5' is not a duration", "500ms"),
        ("replay o.sql -X nonsense", "-X nonsense is not KEY=VALUE", ""),
        ("replay o.sql -X =x", "-X  is not KEY=VALUE", ""),
        ("explain o.sql --format svg", "unknown value of --format svg", ""),
        ("mock --topics a:0", "--topics: 'a:0' is no topic", "NAME:PARTITIONS"),
        ("mock --topics a:b:1", "--topics: 'a:b:1' is no topic", "NAME:PARTITIONS"),
        ("mock --topics ä", "--topics: 'ä' is no topic", "NAME:PARTITIONS"),
        ("mock --brokers 0", "--brokers must be a whole number, not '0'", ""),
        ("help replya", "unknown command replya", "did you mean replay?"),
    ])
    func mistakes(line: String, message: String, hint: String) {
        let error = #expect(throws: UsageError.self) { try parse(line) }
        #expect(error?.message == message)
        #expect(hint.isEmpty || error?.hint.contains(hint) == true, "\(error as Any)")
    }

    @Test(arguments: ["", "help", "--help", "-h"])
    func overviewNamesEveryCommand(line: String) throws {
        guard case .help(let page) = try parse(line) else { throw NotHelp() }
        for command in CommandDefinition.all { #expect(page.contains("  \(command.name)  ")) }
    }

    @Test(arguments: CommandDefinition.all.map(\.name))
    func pagesShowOptionsAndExamplesThatParse(name: String) throws {
        guard case .help(let page) = try parse("\(name) --help"), case .help(page) = try parse("help \(name)") else {
            throw NotHelp()
        }
        let command = try CommandDefinition.named(name)
        for option in command.options { #expect(page.contains("--\(option.name)")) }
        for example in command.examples {
            #expect(page.contains(example))
            _ = try parse(String(example.dropFirst("millrace ".count)))
        }
    }

    private struct NotHelp: Error {}
}
