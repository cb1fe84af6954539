// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillraceKafka
import MillraceLog

/// Values of the configuration in the environment: `MILLRACE_COMMIT_INTERVAL` for `commit.interval`,
/// `MILLRACE_KAFKA_SASL_PASSWORD` for the client property `sasl.password`. With `_FILE` behind it a variable names a
/// file that holds the value, as secrets come to containers.
package struct EnvironmentSettings {
    package static let prefix = "MILLRACE_"
    /// Names the configuration file.
    package static let configVariable = "MILLRACE_CONFIG"

    struct Setting: Equatable {
        var variable: String
        var key: String
        var value: String
        /// Where the value comes from, where the variable names a file.
        var file: String?
    }

    /// In the order of the variables' names.
    private(set) var settings: [Setting] = []
    /// Variables that begin with the prefix and say nothing of the configuration (Kubernetes sets such ones for a
    /// service of that name).
    private(set) var ignored: [String] = []

    /// Throws for a variable that is nearly one of a key, or that cannot be read; the error has no place.
    /// - Parameter file: reads a file's text.
    init(
        _ environment: [String: String], file: (String) throws(FileError) -> String
    ) throws(EnvironmentError) {
        for (variable, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard variable.hasPrefix(EnvironmentSettings.prefix), variable != EnvironmentSettings.configVariable
            else { continue }
            if let key = EnvironmentSettings.keys[variable] {
                settings.append(Setting(variable: variable, key: key, value: value))
            } else if let base = EnvironmentSettings.base(ofFileVariable: variable),
                let key = EnvironmentSettings.keys[base]
            {
                guard environment[base] == nil else {
                    throw EnvironmentError(
                        variable, SourceError("\(base) is set, too", at: nil, hint: "unset one of them"))
                }
                let text = try EnvironmentSettings.text(value, variable, file)
                settings.append(Setting(variable: variable, key: key, value: text, file: value))
            } else if let nearest = EnvironmentSettings.nearest(to: variable) {
                throw EnvironmentError(
                    variable,
                    SourceError(
                        "there is no such setting", at: nil, hint: "did you mean \(nearest)?", code: .unknownVariable))
            } else {
                ignored.append(variable)
            }
        }
    }

    package static func variable(_ key: String) -> String {
        prefix + key.uppercased().split(separator: ".").joined(separator: "_")
    }

    /// Every variable, and the key or `kafka.` with the client property that it stands for.
    private static let keys: [String: String] = {
        let properties =
            KafkaProperties.names + Array(KafkaProperties.engineOwned.keys) + Array(KafkaProperties.refused.keys)
        let keys = ConfigurationKey.all.map(\.name) + properties.map { "kafka.\($0)" }
        return Dictionary(keys.map { (variable($0), $0) }) { first, _ in first }
    }()

    private static let variables = keys.keys.sorted()

    private static func base(ofFileVariable variable: String) -> String? {
        variable.hasSuffix("_FILE") ? String(variable.dropLast("_FILE".count)) : nil
    }

    private static func text(
        _ path: String, _ variable: String, _ file: (String) throws(FileError) -> String
    ) throws(EnvironmentError) -> String {
        do throws(FileError) {
            var text = try file(path)
            while let last = text.last, last.isNewline { text.removeLast() }
            return text
        } catch {
            throw EnvironmentError(variable, SourceError(error.message, at: nil, code: .unreadableFile))
        }
    }

    /// Compared without what all of them begin with: of `MILLRACE_TZ` nearly everything is like `MILLRACE_TO`.
    private static func nearest(to variable: String) -> String? {
        for prefix in ["MILLRACE_KAFKA_", prefix] where variable.hasPrefix(prefix) {
            let name = variable.dropFirst(prefix.count)
            guard name.count >= 4 else { continue }
            let others = variables.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            if let nearest = NearestName.suggestion(for: String(name), among: others) { return prefix + nearest }
        }
        return nil
    }
}

/// A variable that cannot be used.
package struct EnvironmentError: Error {
    package var variable: String
    package var error: SourceError

    init(_ variable: String, _ error: SourceError) {
        self.variable = variable
        self.error = error
    }
}
