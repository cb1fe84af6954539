// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillracePlan
import MillraceReport
import MillraceRun
import MillraceSettings

/// `millrace validate`: program and configuration, without a broker. With a broker on the command line some records of
/// the input are looked at, too; one that only the configuration names is left alone, so that a check needs no network.
struct ValidateCommand {
    private let console: Console

    init(_ console: Console) { self.console = console }

    func run(_ arguments: ConfigurationArguments) throws {
        let program = try LoadedProgram(arguments, console)
        if let note = try program.configuration.checkServing(nowMilliseconds: SystemClock().wallMilliseconds()) {
            console.log(note)
        }
        let count = program.graph.program.queries.count
        console.say("valid: \(program.application), \(count) \(count == 1 ? "query" : "queries")")
        var gaps = ["permissions", "outputs", "state"]
        if program.configuration.namesBrokersAsOption {
            let looked = try look(program)
            gaps.insert(looked.isEmpty ? "records" : "records besides \(looked)", at: 0)
        } else {
            gaps.insert("whether the topics are there and have such records", at: 0)
        }
        let step =
            program.configuration.hasBrokers
            ? "millrace doctor looks at them" : "millrace doctor -b HOST:PORT looks at them"
        console.say("not looked at: \(gaps.joined(separator: ", ")); \(step)")
    }

    /// - Returns: what was looked at: `40 of orders`.
    private func look(_ program: LoadedProgram) throws -> String {
        let options = RunOptions(
            application: program.application,
            cluster: KafkaCluster(try program.configuration.clientProperties(), onLog: console.takesKafkaLog),
            from: .earliest)
        let findings = try InputGlance(program.graph, options: options).look()
        for topic in findings.missing {
            console.log(
                LogLine(.warn, "the topic \(topic) is not there, or may not be seen", code: .missingTopic, topic: topic)
            )
        }
        for note in findings.columns { console.log(LogLine(.warn, note.text, code: .columnNotInRecords)) }
        for note in findings.times { console.log(LogLine(.warn, note.text, code: .implausibleTimes)) }
        let looked = findings.records.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        return looked.map { "\($0.value) of \($0.key)" }.joined(separator: ", ")
    }
}

extension Configuration {
    /// Whether the command line says where Kafka is.
    fileprivate var namesBrokersAsOption: Bool {
        kafka.contains { property in
            guard property.name == "bootstrap.servers", case .option = property.origin else { return false }
            return true
        }
    }
}
