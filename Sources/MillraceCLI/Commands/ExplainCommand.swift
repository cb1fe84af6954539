// SPDX-License-Identifier: Apache-2.0
import MillraceAdvisor
import MillraceKafka
import MillraceLog
import MillraceReport
import MillraceRun
import MillraceSettings

/// `millrace explain`: what a program does and needs.
struct ExplainCommand {
    private let console: Console

    init(_ console: Console) { self.console = console }

    func run(_ arguments: ExplainArguments) throws {
        let program = try LoadedProgram(arguments.configuration, console)
        let configuration = program.configuration
        var options = RunOptions(
            application: program.application,
            cluster: KafkaCluster(try configuration.checkedProperties(), onLog: console.takesKafkaLog),
            from: configuration.startingPosition)
        options.apply(configuration)
        options.endsAtCut = configuration.mode == .batch
        options.marginMilliseconds = arguments.marginMilliseconds
        try options.errors.check(deadLetterTopic: options.deadLetterTopic)
        try ExchangePlan(program.graph, application: options.application, isOn: options.exchangesPartials)
            .check(options)
        let cluster = configuration.hasBrokers ? try view(program, options) : nil
        try console.write(
            Explanation(program.graph, options: options, cluster: cluster).text(arguments.format))
    }

    /// Nil where the user may not look, which is no reason not to say what would have to be allowed.
    private func view(_ program: LoadedProgram, _ options: RunOptions) throws -> ClusterView? {
        do {
            return try ClusterView(program.graph, options: options)
        } catch let error as KafkaError where error.category == .authorization {
            console.log(LogLine(.warn, "\(error.description): the cluster is left out"))
            return nil
        }
    }
}
