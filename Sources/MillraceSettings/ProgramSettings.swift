// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// What `SET 'name' = 'value'` in a program asks for: by the names that Kafka Streams and ksqlDB have for it, and the
/// rest by those of a configuration. A name that is not honoured here is refused, never ignored.
package struct ProgramSettings: Hashable, Sendable {
    struct Setting: Hashable, Sendable {
        /// Of the configuration.
        var key: String
        var value: String
        var location: SourceLocation
    }

    private(set) var settings: [Setting] = []
    /// What is left out without a change of results, with the place and the reason.
    package private(set) var warnings: [SourceError] = []

    /// Keys of the configuration that a program may say itself.
    private static let ownKeys =
        [
            "errors.max", "input.lost", "join.wait", "state.memory.max", KeyPartitioning.setting,
            WindowsPerRecord.setting,
        ]
        + RejectionCause.allCases.map(\.key)

    /// Throws, with the place, what cannot be set, or not so.
    package init(_ program: ProgramPlan) throws(SourceError) {
        for property in program.properties {
            do throws(SourceError) {
                try set(property)
            } catch {
                throw SourceError(error.message, at: property.location, hint: error.hint, code: .sqlSetting)
            }
        }
    }

    /// Every mistake in what a program sets.
    package static func mistakes(_ program: ProgramPlan) -> [SourceError] {
        program.properties.compactMap { property in
            do throws(SourceError) {
                _ = try ProgramSettings(ProgramPlan(properties: [property]))
                return nil
            } catch {
                return error
            }
        }
    }

    private mutating func set(_ property: ProgramPlan.Property) throws(SourceError) {
        let place = property.location
        var setting = Setting(key: property.name, value: property.value, location: place)
        switch try PortedProperty.translation(of: property.name, property.value, at: place) {
        case .setting(let key, let value)?: (setting.key, setting.value) = (key, value)
        case .nothing?: return
        case .harmless(let reason)?:
            warnings.append(SourceError("\(property.name) changes nothing here", at: place, hint: reason))
            return
        case nil where ProgramSettings.ownKeys.contains(property.name): break
        case nil: throw ProgramSettings.unknown(property.name)
        }
        guard setting.key != "program" else {
            throw SourceError(
                "\(property.name) names a program, and stands in one", at: place, hint: "say it in the configuration")
        }
        // A program does not decide whom a log-in is sent to; and its columns are known before its settings are.
        guard !setting.key.hasPrefix("schema.registry.") else {
            throw SourceError(
                "\(property.name) is no setting of a program", at: place,
                hint: "say \(setting.key) in the configuration, or --schema-registry URL")
        }
        // Whether it can be read is said here, also where somebody else says the same and wins.
        var trial = Configuration()
        try trial.read(setting.key, setting.value, .program(place))
        settings.append(setting)
    }

    private static func unknown(_ name: String) -> SourceError {
        let understood = PortedProperty.all.compactMap { property in
            if case .key = property.meaning { property.name } else { nil }
        }
        let names = understood + ownKeys
        return SourceError(
            "the property \(name) is not supported", at: nil,
            hint: NearestName.suggestion(for: name, among: names).map { "did you mean \($0)?" }
                ?? "supported: \(names.joined(separator: ", "))")
    }
}
