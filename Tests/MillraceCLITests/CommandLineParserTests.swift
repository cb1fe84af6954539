// SPDX-License-Identifier: Apache-2.0
import MillraceRuntime
import Testing

@testable import MillraceCLI

struct CommandLineParserTests {
    private func parse(_ line: String) throws(UsageError) -> Command {
        try CommandLineParser.parse(line.split(separator: " ").map(String.init))
    }

    @Test func placesOfTheStatusPage() throws {
        let run = try parse("run o.sql --http 0.0.0.0:9000 --http-token-file r --http-admin-token-file a")
        guard case .run(let arguments) = run else { throw UsageError(message: "not run", hint: "") }
        #expect(
            arguments.http
                == HTTPArguments(
                    place: .init(address: "0.0.0.0", port: .exactly(9000)), tokenFile: "r", adminTokenFile: "a"))
        let status = StatusArguments(
            config: "m.yaml", http: HTTPArguments(place: .init(port: .exactly(8086))), format: .json, isRepeated: true)
        #expect(try parse("status -c m.yaml --http 8086 --format json -w") == .status(status))
        #expect(throws: UsageError.self) { try parse("run o.sql --http somewhere") }
        #expect(throws: UsageError.self) { try parse("status --http off") }
        #expect(throws: UsageError.self) { try parse("status o.sql") }
    }

    @Test func everyOptionOfReplay() throws {
        let command = try parse(
            "replay o.sql -b k:9092 -c m.yaml -X a=1 -Xb=2=3 --property c= --application app --from -48h "
                + "--to=2026-11-01T00:00:00Z --margin 5m --publish --format json --interim --batch-rows 7 --threads 3 "
                + "--commit-interval 250ms --dead-letter dead --report r.json --quiet")
        let expected = ReplayArguments(
            program: ProgramArguments(program: "o.sql", config: "m.yaml", application: "app"),
            connection: ConnectionArguments(
                bootstrap: "k:9092",
                properties: [
                    .init(name: "a", value: "1"), .init(name: "b", value: "2=3"), .init(name: "c", value: ""),
                ]),
            slice: SliceArguments(
                from: .ago(milliseconds: 172_800_000), to: .time(1_793_491_200_000), marginMilliseconds: 300_000),
            work: WorkArguments(
                batchRows: 7, threads: 3, commitIntervalMilliseconds: 250, deadLetterTopic: "dead", report: "r.json",
                isQuiet: true),
            publishes: true, format: .json, emitsInterim: true)
        #expect(command == .replay(expected))
    }

    @Test func theOtherCommands() throws {
        let program = ProgramArguments(program: "o.sql")
        #expect(try parse("validate o.sql") == .validate(program))
        #expect(try parse("validate -c m.yaml") == .validate(ProgramArguments(config: "m.yaml")))
        #expect(try parse("explain o.sql") == .explain(ExplainArguments(program: program)))
        #expect(try parse("run -- o.sql") == .run(RunArguments(program: program)))
        #expect(
            try parse("run --from latest o.sql --from offsets:0=1 -q")
                == .run(
                    RunArguments(
                        program: program,
                        slice: SliceArguments(from: .offsets([.init(partition: 0, offset: 1)])),
                        work: WorkArguments(isQuiet: true))))
        #expect(try parse("version") == .version)
        #expect(try parse("--version") == .version)
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
        ("validate o.sql -b k:1", "unknown option of validate -b", ""),
        ("run", "which program?", "-c FILE"),
        ("run a.sql b.sql", "one argument too many: b.sql", ""),
        ("version now", "one argument too many: now", ""),
        ("replay o.sql --from", "--from needs a value", "earliest"),
        ("replay o.sql --from --to now", "--from needs a value", ""),
        ("replay o.sql --from= --to now", "--from needs a value", ""),
        ("replay o.sql --publish=yes", "--publish takes no value", ""),
        ("replay o.sql -qx", "--quiet takes no value", ""),
        ("replay o.sql --from yesterday", "--from: 'yesterday' is not a position", "write earliest"),
        ("replay o.sql --to earliest", "--to: a slice cannot end at the earliest record", ""),
        ("replay o.sql --format jsno", "unknown value of --format jsno", "did you mean json?"),
        ("replay o.sql --threads 0", "--threads must be a whole number, not '0'", "from 1 to 256"),
        ("replay o.sql --batch-rows ten", "--batch-rows must be a whole number, not 'ten'", ""),
        ("replay o.sql --commit-interval 5", "--commit-interval: '5' is not a duration", "500ms"),
        ("replay o.sql --commit-interval 1h", "--commit-interval: 1h is out of range", ""),
        ("replay o.sql -X nonsense", "-X nonsense is not KEY=VALUE", ""),
        ("replay o.sql -X =x", "-X =x is not KEY=VALUE", ""),
        ("replay o.sql --application a/b", "'a/b' cannot be a Kafka name (--application)", "letters"),
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
