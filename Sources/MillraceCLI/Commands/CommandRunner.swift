// SPDX-License-Identifier: Apache-2.0
import MillraceEngine
import MillraceKafka
import MillracePlan
import MillraceRuntime

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
        do {
            switch try CommandLineParser.parse(words) {
            case .help(let page): try console.write(page + "\n")
            case .version:
                try console.write(Version.line)
            case .demo:
                console.handleSignals()
                try Demo(console).run()
            case .validate(let arguments): try validate(arguments)
            case .explain(let arguments): try explain(arguments)
            case .replay(let arguments): try replay(arguments)
            case .run(let arguments): try run(arguments)
            case .status(let arguments): try StatusCommand(console).run(arguments)
            }
            return ExitCode.done.rawValue
        } catch let error as UsageError {
            console.error(error.rendered)
            return UsageError.exitCode
        } catch let failure as RunFailure {
            return report(failure)
        } catch let error as KafkaError {
            return report(RunFailure(error))
        } catch {
            return report(
                RunFailure(.internalError, "\(error)", hint: "this is a mistake of Millrace; please report it"))
        }
    }

    private func report(_ failure: RunFailure) -> Int32 {
        console.error(failure.rendered)
        return failure.code.rawValue
    }

    private func validate(_ arguments: ProgramArguments) throws {
        let program = try LoadedProgram(arguments)
        let plan = program.graph.program
        let count = plan.queries.count
        console.note("valid: \(program.application), \(count) \(count == 1 ? "query" : "queries")")
    }

    private func explain(_ arguments: ExplainArguments) throws {
        let program = try LoadedProgram(arguments.program)
        var text = PlanPrinter.text(program.graph.program)
        if arguments.connection.bootstrap != nil
            || program.configuration.kafka.contains(where: { $0.name == "bootstrap.servers" })
        {
            var options = RunOptions(
                application: program.application, properties: try program.properties(arguments.connection),
                from: arguments.slice.from ?? program.configuration.from ?? program.settings.from ?? .earliest)
            options.to = arguments.slice.to ?? program.configuration.to ?? .latest
            options.marginMilliseconds = arguments.slice.marginMilliseconds
            text += try TopicsExplanation(program.graph, options: options, clock: SystemClock()).text()
        }
        let errors = ErrorHandling(
            program.configuration, program.settings, deadLetterTopic: program.configuration.deadLetterTopic)
        try console.write(text + deliveryText(program) + errors.explanation)
    }

    /// What `run` promises of its results.
    private func deliveryText(_ program: LoadedProgram) -> String {
        let interval = RunOptions.commitInterval(program.configuration, program.settings)
        let guarantee = RunOptions.guarantee(program.configuration, program.settings)
        let changelogs = ChangelogPlan(
            program.graph, application: program.application,
            intervalMilliseconds: program.configuration.stateFlushIntervalMilliseconds
                ?? ChangelogPlan.defaultInterval)
        return changelogs.explanation
            + "delivery\n  \(guarantee.explanation(commitIntervalMilliseconds: interval))\n"
    }

    private func replay(_ arguments: ReplayArguments) throws {
        let program = try LoadedProgram(arguments.program)
        var options = try workOptions(program, arguments.connection, arguments.slice, arguments.work)
        options.publishes = arguments.publishes
        options.emitsInterim = arguments.emitsInterim
        options.format = arguments.format
        if options.deadLetterTopic != nil && !arguments.publishes {
            throw RunFailure(
                .usage, "a replay that prints writes no dead letters", hint: "add --publish, or leave --dead-letter out"
            )
        }
        console.handleSignals()
        let report = try Replay(program.graph, options: options, observer: console, clock: SystemClock()).run()
        try finish(report, arguments.work)
    }

    private func run(_ arguments: RunArguments) throws {
        let program = try LoadedProgram(arguments.program)
        if arguments.slice.to != nil || program.configuration.to != nil {
            throw RunFailure(.usage, "run goes on until it is stopped", hint: "use replay --to for a slice that ends")
        }
        var options = try workOptions(program, arguments.connection, arguments.slice, arguments.work)
        if let interval =
            arguments.stateFlushIntervalMilliseconds ?? program.configuration.stateFlushIntervalMilliseconds
        {
            options.stateFlushIntervalMilliseconds = interval
        }
        options.endsAtCut = program.configuration.mode == .batch
        if program.configuration.mode == .stream && arguments.slice.from == nil && program.configuration.from == nil {
            options.from = .latest
        }
        let instance = InstanceName(
            application: program.application, brokers: options.properties["bootstrap.servers"] ?? "")
        options.instance = instance.text
        console.handleSignals()
        let service = try startStatus(program, arguments.http, &options)
        let report = try withExtendedLifetime((instance, service)) {
            try ContinuousRun(program.graph, options: options, observer: console, clock: SystemClock()).run()
        }
        try finish(report, arguments.work)
    }

    private func startStatus(
        _ program: LoadedProgram, _ arguments: HTTPArguments, _ options: inout RunOptions
    ) throws -> StatusService? {
        var settings = HTTPSettings(program.configuration)
        if let place = arguments.place { settings.move(to: place) }
        settings.tokenFile = arguments.tokenFile ?? settings.tokenFile
        settings.adminTokenFile = arguments.adminTokenFile ?? settings.adminTokenFile
        let clock = SystemClock()
        let identity = StatusIdentity(
            program.graph, options, version: Version.text, startedMilliseconds: clock.wallMilliseconds())
        let board = StatusBoard(identity, clock: clock)
        let service = try StatusService.start(settings, board, clock: clock, note: console.note)
        if service != nil { options.status = board }
        return service
    }

    private func workOptions(
        _ program: LoadedProgram, _ connection: ConnectionArguments, _ slice: SliceArguments, _ work: WorkArguments
    ) throws -> RunOptions {
        if work.isQuiet { console.beQuiet() }
        let configuration = program.configuration
        var options = RunOptions(
            application: program.application, properties: try program.properties(connection),
            from: slice.from ?? configuration.from ?? program.settings.from ?? .earliest)
        options.to = slice.to ?? configuration.to ?? .latest
        options.marginMilliseconds = slice.marginMilliseconds
        options.batchRows = work.batchRows
        options.threads = work.threads ?? configuration.threads ?? program.settings.threads ?? 1
        options.commitIntervalMilliseconds =
            work.commitIntervalMilliseconds ?? RunOptions.commitInterval(configuration, program.settings)
        options.guarantee = RunOptions.guarantee(configuration, program.settings)
        options.decodesStrictly = configuration.decodesStrictly ?? false
        options.futureLimitMilliseconds = configuration.futureLimitMilliseconds
        options.deadLetterTopic = work.deadLetterTopic ?? configuration.deadLetterTopic
        options.errors = ErrorHandling(
            configuration, program.settings, deadLetterTopic: options.deadLetterTopic)
        try options.errors.check(deadLetterTopic: options.deadLetterTopic)
        options.stateMemory = configuration.stateMemory ?? program.settings.stateMemory ?? .byDefault
        options.inputLost = configuration.inputLost ?? program.settings.inputLost ?? .fail
        let log = ClientLog()
        options.onLog = { line in log.take(line) }
        return options
    }

    private func finish(_ report: RunReport, _ work: WorkArguments) throws {
        console.note("\n" + report.text)
        guard let path = work.report else { return }
        guard let file = fopen(path, "w") else {
            throw RunFailure(.cannotCreate, "cannot write the report to \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        fputs(report.json + "\n", file)
    }
}
