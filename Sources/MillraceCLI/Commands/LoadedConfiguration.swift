// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import MillraceReport
import MillraceSettings
import MillraceStatus

/// The configuration of a command, from the file, the environment and the options.
struct LoadedConfiguration {
    let configuration: Configuration
    /// The file that was read; nil: none.
    let file: String?
    let ignoredVariables: [String]

    /// Says on stderr what the user may not expect: a file that nobody named, Java properties that were left out.
    /// - Throws: `RunFailure` with the place and the line of a mistake.
    init(_ arguments: ConfigurationArguments, _ console: Console) throws {
        let sources = ConfigurationSources(
            file: arguments.file, environment: ConfigurationSources.processEnvironment, options: arguments.options)
        // What is wrong with a configuration is said in the right form, too.
        console.log.settings.format = sources.logFormat ?? console.standardFormat
        let result = try sources.load()
        configuration = result.configuration
        console.log.settings = LogSettings(configuration, standardFormat: console.standardFormat)
        file = result.file
        ignoredVariables = result.ignoredVariables
        if result.isUsualFile, let file { console.say("configuration: \(file)") }
        for note in configuration.notes { console.log(LogLine(.warn, note)) }
        for note in try SecretCheck(configuration).notes() { console.log(note) }
    }
}

extension Configuration {
    /// The client's properties.
    /// - Throws: `RunFailure` where nobody says where Kafka is.
    func clientProperties() throws -> KafkaProperties {
        let properties = try checkedProperties()
        guard properties["bootstrap.servers"] != nil else {
            throw RunFailure(
                .usage, .noBrokers, "no broker",
                hint: "say where Kafka is: -b HOST:PORT, or kafka: bootstrap.servers in the configuration")
        }
        return properties
    }

    /// Whether the files that the status page needs are there and can be used, as a run wants them.
    /// - Returns: what is worth a warning.
    func checkServing(nowMilliseconds: Int64) throws -> LogLine? {
        let settings = HTTPSettings(self)
        guard settings.port != .off else { return nil }
        try AccessTokens.check(settings)
        return try settings.noteOnTLS(nowSeconds: nowMilliseconds / 1000).map {
            LogLine(.warn, $0, code: .unusableCertificate)
        }
    }

    /// The client's properties, wherever Kafka is.
    func checkedProperties() throws -> KafkaProperties { try KafkaProperties(kafka.map { ($0.name, $0.value) }) }

    /// Whether it says where Kafka is.
    var hasBrokers: Bool { kafka.contains { $0.name == "bootstrap.servers" } }
}
