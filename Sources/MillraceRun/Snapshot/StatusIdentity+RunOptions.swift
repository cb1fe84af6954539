// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport
import MillraceSettings

extension StatusIdentity {
    /// - Parameter version: of Millrace.
    package init(_ graph: QueryGraph, _ options: RunOptions, version: String, startedMilliseconds: Int64) {
        self.init(
            application: options.application, instance: options.instance, startedMilliseconds: startedMilliseconds,
            version: version, libraryVersion: options.cluster.library.version,
            brokers: options.properties["bootstrap.servers"] ?? "", settings: StatusIdentity.settings(options),
            plan: PlanDiagram(graph.program).text, deadLetterTopic: options.deadLetterTopic,
            commitIntervalMilliseconds: options.commitIntervalMilliseconds)
    }

    private static func mode(_ options: RunOptions) -> String {
        options.endsAtCut ? "batch" : options.from == .latest ? "stream" : "hybrid"
    }

    private static func settings(_ options: RunOptions) -> [Setting] {
        var settings = [
            Setting("application", options.application), Setting("instance", options.instance),
            Setting("from", options.from.text), Setting("mode", mode(options)),
            Setting("threads", "\(options.threads)"),
            Setting("commit.interval", "\(options.commitIntervalMilliseconds)ms"),
            Setting(
                "state.flush.interval",
                options.stateFlushIntervalMilliseconds > 0 ? "\(options.stateFlushIntervalMilliseconds)ms" : "off"),
            Setting("processing.guarantee", options.guarantee.rawValue),
            Setting("decode", options.decodesStrictly ? "strict" : "lazy"),
        ]
        if let topic = options.deadLetterTopic { settings.append(Setting("dead.letter.topic", topic)) }
        settings.append(Setting("future.limit", options.futureLimit.text))
        settings.append(Setting("state.memory.max", options.stateMemory.text))
        settings.append(Setting("input.lost", options.inputLost.rawValue))
        settings.append(Setting(KeyPartitioning.setting, options.keyPartitioning.rawValue))
        settings += options.errors.settings.map { Setting($0.key, $0.value) }
        return settings
            + options.properties.properties.map {
                Setting("kafka.\($0.name)", SecretMask.value($0.value, of: $0.name))
            }
    }
}
