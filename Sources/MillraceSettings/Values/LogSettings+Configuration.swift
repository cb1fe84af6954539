// SPDX-License-Identifier: Apache-2.0
package import MillraceReport

extension LogSettings {
    /// What a configuration says. Who asks librdkafka for debug lines wants to see them.
    /// - Parameter standardFormat: where it does not say.
    package init(_ configuration: Configuration, standardFormat: LogFormat) {
        let asksForDebug = configuration.kafka.contains { $0.name == "debug" && !$0.value.isEmpty }
        self.init(
            level: configuration.logLevel ?? (asksForDebug ? .debug : .info),
            format: configuration.logFormat ?? standardFormat)
    }
}
