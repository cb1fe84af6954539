// SPDX-License-Identifier: Apache-2.0
import MillraceAdvisor
import MillraceCore
import MillraceKafka
import MillraceLog
import MillraceReport
import MillraceRun
import MillraceSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `millrace topics`, `topics peek` and `init`: what there is to read, and a first program over it.
struct TopicsCommand {
    /// Of each partition; enough to guess formats from.
    private static let sampleSize = 100
    /// Most characters of a key or a value that are shown.
    private static let shownWidth = 120

    private let console: Console

    init(_ console: Console) { self.console = console }

    func list(_ arguments: ReportArguments) throws {
        let topics = try browser(try LoadedConfiguration(arguments.configuration, console).configuration).topics()
        try console.write(TopicListing(topics).text(arguments.format))
    }

    func peek(_ arguments: PeekArguments) throws {
        let configuration = try LoadedConfiguration(arguments.configuration, console).configuration
        let records = try browser(configuration).sample(
            arguments.topic, limit: max(TopicsCommand.sampleSize, arguments.count)
        ).records
        let newest = records.sorted { ($0.timestamp ?? 0, $0.offset) < ($1.timestamp ?? 0, $1.offset) }
        let guess = TopicGuess(
            topic: arguments.topic, records, catalogue: try ProgramCatalogue(ofNamed: configuration))
        var lines = newest.suffix(arguments.count).map { guess.line($0, width: TopicsCommand.shownWidth) }
        lines += ["", guess.summary] + guess.notes
        lines += ["", guess.statement ?? "no CREATE STREAM: \(guess.obstacle ?? "nothing to go by")"]
        try console.write(lines.joined(separator: "\n") + "\n")
    }

    /// Writes `TOPIC.sql` and `millrace.yaml` to the working directory; files that are there stay.
    func start(_ arguments: PeekArguments) throws {
        let configuration = try LoadedConfiguration(arguments.configuration, console).configuration
        let properties = try configuration.clientProperties()
        let sample = try browser(configuration).sample(arguments.topic, limit: TopicsCommand.sampleSize)
        let guess = TopicGuess(
            topic: arguments.topic, sample.records, catalogue: try ProgramCatalogue(ofNamed: configuration))
        let program = try StarterProgram(
            guess, sample.records, brokers: properties["bootstrap.servers"] ?? "",
            schemas: try configuration.schemaSettings())
        try write([("\(program.name).sql", program.sql), ("millrace.yaml", program.yaml)])
        let range = StarterRange.options(
            records: sample.recordCount, times: sample.records.compactMap(\.timestamp),
            now: SystemClock().wallMilliseconds())
        console.say("next: millrace validate, then millrace replay \(range)")
    }

    private func browser(_ configuration: Configuration) throws -> TopicBrowser {
        TopicBrowser(
            KafkaCluster(try configuration.clientProperties(), onLog: console.takesKafkaLog))
    }

    /// All or none: nothing is written where one of them is there.
    private func write(_ files: [(path: String, text: String)]) throws {
        for file in files where access(file.path, F_OK) == 0 {
            throw RunFailure(
                .cannotCreate, .fileExists, "\(file.path) is there already",
                hint: "move it away, or run this in another directory")
        }
        for (path, text) in files {
            guard let file = fopen(path, "wx") else {
                throw RunFailure(
                    .cannotCreate, .cannotWrite, "cannot write \(path): \(String(cString: strerror(errno)))")
            }
            defer { fclose(file) }
            fputs(text, file)
            console.say("wrote \(path)")
        }
    }
}
