// SPDX-License-Identifier: Apache-2.0
import MillraceAdvisor
import MillraceKafka
import MillraceLog
import MillraceReport
import MillraceRun
import MillraceSettings

/// `millrace doctor`: whether a cluster is as a program needs it.
struct DoctorCommand {
    private let console: Console

    init(_ console: Console) { self.console = console }

    /// - Returns: the exit code.
    func run(_ arguments: DoctorArguments) throws -> ExitCode {
        let loaded = try LoadedConfiguration(arguments.configuration, console)
        let program = try LoadedProgram(loaded, console)
        let configuration = program?.configuration ?? loaded.configuration
        var options = RunOptions(
            application: program?.application ?? "millrace",
            cluster: KafkaCluster(try configuration.clientProperties(), onLog: console.takesKafkaLog),
            from: configuration.startingPosition)
        options.apply(configuration)
        try options.useRegistry(of: configuration, console)
        options.marginMilliseconds = arguments.marginMilliseconds
        if let note = try configuration.checkServing(nowMilliseconds: SystemClock().wallMilliseconds()) {
            console.log(note)
        }
        let subject = DoctorSubject(program?.graph, options: options)
        var code = ExitCode.done
        let report: DoctorReport
        do {
            report = DoctorReport(subject, try ClusterSurvey(subject).snapshot())
            if report.hasErrors { code = .no }
        } catch let failure as RunFailure {
            report = DoctorReport(failure)
            code = failure.code
        }
        try console.write(arguments.format == .json ? report.json + "\n" : report.text)
        return code
    }
}
