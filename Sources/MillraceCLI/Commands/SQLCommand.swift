// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport
import MillraceRun
import MillraceSQL
import MillraceSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `millrace sql`: the answer to a SELECT on its own. It reads as a replay does, and writes nothing to the cluster.
struct SQLCommand {
    private let console: Console

    init(_ console: Console) { self.console = console }

    func run(_ arguments: SQLArguments) throws {
        let loaded = try LoadedConfiguration(arguments.configuration, console)
        if arguments.isQuiet { console.beQuiet() }
        var text = try ProgramText(loaded, question: question(arguments, loaded.configuration))
        let unknown = SQL.unknownSources(text.whole)
        if !unknown.isEmpty {
            for statement in try GuessedSources(loaded.configuration, console).statements(for: unknown) {
                text.add(guess: statement)
            }
        }
        let program = try LoadedProgram(text, loaded.configuration, console)
        let options = try options(program, arguments)
        console.handleSignals()
        let replay = Replay(program.graph, options: options, observer: console)
        let report = try replay.run()
        say(report, rows: replay.answeredRows)
    }

    /// What is asked; nil: the program has it.
    private func question(_ arguments: SQLArguments, _ configuration: Configuration) throws -> String? {
        if let text = arguments.text { return text == "-" ? readInput() : text }
        guard configuration.program == nil else { return nil }
        throw RunFailure(
            .usage, .noProgram, "no SELECT",
            hint: "write millrace sql -b HOST:PORT \"SELECT … FROM …\", or name a program that ends with it (-f FILE)")
    }

    private func readInput() -> String {
        var text = ""
        while let line = readLine(strippingNewline: false), text.utf8.count <= SQL.maximumLength { text += line }
        return text
    }

    private func options(_ program: LoadedProgram, _ arguments: SQLArguments) throws -> RunOptions {
        var options = try program.runOptions(console)
        options.marginMilliseconds = arguments.marginMilliseconds
        // What does not get into the answer is counted and said.
        options.deadLetterTopic = nil
        let isTerminal = isatty(STDOUT_FILENO) == 1
        options.answer = AnswerLayout(
            arguments.format ?? (isTerminal ? .table : .json), width: isTerminal ? Console.resultWidth : nil)
        if program.graph.program.question?.isLive == true, program.configuration.to != nil {
            throw RunFailure(
                .usage, .contradiction, "EMIT goes on until it is stopped, and --to is an end",
                hint: "leave out EMIT CHANGES, or --to")
        }
        return options
    }

    /// How many rows there were, and what did not get into them.
    private func say(_ report: RunReport, rows: Int64) {
        let records = report.recordsRead
        let time = report.stages.map(\.elapsedNanoseconds).max() ?? 0
        console.say(
            "\(NumberDisplay.count(rows)) \(rows == 1 ? "row" : "rows"), \(NumberDisplay.count(records)) "
                + (records == 1 ? "record" : "records") + " read in " + NumberDisplay.seconds(Double(time) / 1e9))
        for line in report.warnings { console.log(LogLine(.warn, line)) }
    }
}
