// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillracePlan
import MillraceReport
import MillraceRun
import MillraceSettings
import MillraceStatus

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Does what the command line asks for; the result is the exit code.
struct CommandRunner {
    private let console: Console

    init(_ console: Console) { self.console = console }

    func run(_ words: [String]) -> Int32 {
        defer { console.log.finish() }
        do {
            switch try CommandLineParser.parse(words) {
            case .help(let page): try console.write(page + "\n")
            case .version:
                try console.write(Version.lines)
            case .demo:
                console.handleSignals()
                try Demo(console).run()
            case .validate(let arguments): try ValidateCommand(console).run(arguments)
            case .explain(let arguments): try ExplainCommand(console).run(arguments)
            case .replay(let arguments): try replay(arguments)
            case .run(let arguments): try run(arguments)
            case .sql(let arguments): try SQLCommand(console).run(arguments)
            case .reset(let arguments): try reset(arguments)
            case .status(let arguments): try StatusCommand(console).run(arguments)
            case .topics(let arguments): try TopicsCommand(console).list(arguments)
            case .peek(let arguments): try TopicsCommand(console).peek(arguments)
            case .start(let arguments): try TopicsCommand(console).start(arguments)
            case .completion(let shell): try console.write(shell.script + "\n")
            case .manual(let page): try console.write(page.text)
            case .mock(let arguments): try MockCommand(console).run(arguments)
            case .configShow(let arguments): try ConfigCommand(console).show(arguments)
            case .doctor(let arguments): return try DoctorCommand(console).run(arguments).rawValue
            }
            return ExitCode.done.rawValue
        } catch is ReaderGone {
            return ExitCode.done.rawValue
        } catch let error as UsageError {
            return report(error.failure)
        } catch let failure as RunFailure {
            return report(failure)
        } catch let error as KafkaError {
            return report(RunFailure(error))
        } catch {
            return report(
                RunFailure(
                    .internalError, .internalError, "\(error)",
                    hint: "this is a mistake of Millrace; please report it"))
        }
    }

    private func report(_ failure: RunFailure) -> Int32 {
        // The reason stands last.
        console.log.finish()
        console.log(failure.logLine)
        return failure.code.rawValue
    }

    private func replay(_ arguments: ReplayArguments) throws {
        let program = try LoadedProgram(arguments.configuration, console)
        var options = try workOptions(program, arguments.work)
        options.publishes = arguments.publishes
        options.publishesAgain = arguments.publishesAgain
        options.command = CommandText.words
        options.emitsInterim = arguments.emitsInterim
        options.format = arguments.format
        if options.deadLetterTopic != nil && !arguments.publishes {
            throw RunFailure(
                .usage, .contradiction, "a replay that prints writes no dead letters",
                hint: "add --publish, or leave --dead-letter out")
        }
        console.handleSignals()
        if let job = arguments.job { return try finish(replay(job, program, options), arguments.work) }
        let report = try Replay(program.graph, options: options, observer: console).run()
        try finish(report, arguments.work)
    }

    private func replay(
        _ arguments: JobArguments, _ program: LoadedProgram, _ options: RunOptions
    ) throws -> RunReport {
        var options = options
        let name = arguments.name ?? "replay-\(SystemClock().wallMilliseconds())"
        do throws(SourceError) {
            try KafkaName.check(JobReplay.application(options.application, job: name), as: "job", at: nil)
        } catch {
            throw RunFailure(.usage, .commandLine, error.message, hint: error.hint)
        }
        if arguments.name == nil { console.say("to go on after a stop: --job \(name)") }
        options.application = JobReplay.application(options.application, job: name)
        let names = (1...arguments.workers).map { InstanceName(program, options, worker: $0, of: arguments.workers) }
        return try withExtendedLifetime(names) {
            try JobReplay(
                program.graph, options: options, instances: names.map(\.text), observer: console
            ).run()
        }
    }

    private func run(_ arguments: RunArguments) throws {
        console.beginService()
        let program = try LoadedProgram(arguments.configuration, console)
        guard program.configuration.to == nil else {
            throw RunFailure(
                .usage, .contradiction, "run goes on until it is stopped",
                hint: "use replay --to for a slice that ends")
        }
        var options = try workOptions(program, arguments.work)
        options.endsAtCut = program.configuration.mode == .batch
        options.from = program.configuration.startingPosition
        options.newQueries = arguments.newQueries
        options.isUpgrade = arguments.isUpgrade
        options.publishesAgain = arguments.publishesAgain
        options.command = CommandText.words
        options.isFromGiven = program.configuration.from != nil
        let instance = InstanceName(program, options)
        if let note = instance.note { console.log(LogLine(.warn, note)) }
        options.instance = instance.text
        console.handleSignals()
        let service = try startStatus(program, &options)
        let report = try withExtendedLifetime((instance, service)) {
            try ContinuousRun(program.graph, options: options, observer: console).run()
        }
        try finish(report, arguments.work)
    }

    private func reset(_ arguments: ResetArguments) throws {
        let program = try LoadedProgram(arguments.configuration, console)
        let options = try program.runOptions(console)
        let reset = try ApplicationReset(program.graph, options)
        let plan = try reset.plan()
        if plan.isEmpty { return console.say("\(program.application): there is nothing to reset") }
        for action in plan { console.say(arguments.isExecuted ? action.text : "would \(action.text)") }
        guard arguments.isExecuted else { return console.say("nothing was done; with --execute it is") }
        try reset.execute(plan)
        console.say("\(program.application): the next run begins again")
    }

    private func startStatus(_ program: LoadedProgram, _ options: inout RunOptions) throws -> StatusService? {
        let clock = SystemClock()
        let identity = StatusIdentity(
            program.graph, options, version: Version.text, startedMilliseconds: clock.wallMilliseconds())
        let board = StatusBoard(identity, clock: clock)
        let service = try StatusService.start(
            HTTPSettings(program.configuration), board, clock: clock, log: { [log = console.log] in log.write($0) })
        if service != nil { options.status = board }
        return service
    }

    private func workOptions(_ program: LoadedProgram, _ work: WorkArguments) throws -> RunOptions {
        if work.isQuiet { console.beQuiet() }
        console.log.begin(application: program.application)
        var options = try program.runOptions(console)
        options.marginMilliseconds = work.marginMilliseconds
        options.batchRows = work.batchRows
        return options
    }

    private func finish(_ report: RunReport, _ work: WorkArguments) throws {
        console.say(report)
        guard let path = work.report else { return }
        guard let file = fopen(path, "w") else {
            throw RunFailure(
                .cannotCreate, .cannotWrite, "cannot write the report to \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        fputs(report.json + "\n", file)
    }
}
