// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceEngine
package import MillracePlan

/// What `SET 'name' = 'value'` in a program asks for, by the names that Kafka Streams and ksqlDB have for it, and
/// the rest by those of a configuration. A name that is not honoured here is refused, never ignored.
package struct ProgramSettings: Hashable, Sendable {
    package private(set) var from: SlicePosition?
    package private(set) var commitIntervalMilliseconds: Int64?
    package private(set) var threads: Int?
    package private(set) var guarantee: ProcessingGuarantee?
    /// By the key of the configuration that means the same.
    package private(set) var values: [String: ConfiguredValue] = [:]
    package private(set) var errorPolicies: [Rejection.Cause: ErrorPolicy] = [:]
    package private(set) var errorLimit: ErrorLimit?
    package private(set) var inputLost: InputLossPolicy?
    package private(set) var stateMemory: MemoryLimit?

    private static let names =
        [
            "auto.offset.reset", "commit.interval.ms", "num.stream.threads", "processing.guarantee",
            "ksql.fail.on.deserialization.error", "errors.max", "input.lost",
            "state.memory.max",
        ] + Rejection.Cause.allCases.map(\.key)

    package init(_ program: ProgramPlan) throws(SourceError) {
        for property in program.properties {
            do throws(SourceError) {
                try set(property)
            } catch {
                throw error.coded(.sqlSetting)
            }
        }
    }

    private mutating func set(_ property: ProgramPlan.Property) throws(SourceError) {
        let prefix = "ksql.streams."
        let name = property.name.hasPrefix(prefix) ? String(property.name.dropFirst(prefix.count)) : property.name
        switch name {
        case "auto.offset.reset":
            switch property.value {
            case "earliest": from = .earliest
            case "latest": from = .latest
            default: throw SourceError("auto.offset.reset is earliest or latest", at: property.location)
            }
            note("from", property.value, property)
        case "commit.interval.ms":
            guard let value = Int64(property.value), Configuration.commitIntervalLimits.contains(value) else {
                throw SourceError("commit.interval.ms is a number from 1 to 600000", at: property.location)
            }
            commitIntervalMilliseconds = value
            note("commit.interval", DurationText.text(value), property)
        case "num.stream.threads":
            guard let value = Int(property.value), Configuration.threadLimits.contains(value) else {
                throw SourceError("num.stream.threads is a number from 1 to 256", at: property.location)
            }
            threads = value
            note("threads", property.value, property)
        case "processing.guarantee":
            guarantee = try ProcessingGuarantee.parse(property.value, at: property.location)
            note("processing.guarantee", property.value, property)
        case "ksql.fail.on.deserialization.error":
            guard let fails = Bool(property.value.lowercased()) else {
                throw SourceError("\(name) is true or false", at: property.location)
            }
            if fails {
                errorPolicies[.decode] = .fail
                note(Rejection.Cause.decode.key, ErrorPolicy.fail.rawValue, property)
            }
        case "errors.max":
            errorLimit = try ErrorLimit.parse(property.value, at: property.location)
            note(name, property.value, property)
        case "state.memory.max":
            stateMemory = try MemoryLimit.parse(property.value, at: property.location)
            note(name, property.value, property)
        case "input.lost":
            inputLost = try InputLossPolicy.parse(property.value, at: property.location)
            note(name, property.value, property)
        default: try setErrorPolicy(property, name)
        }
    }

    private mutating func setErrorPolicy(_ property: ProgramPlan.Property, _ name: String) throws(SourceError) {
        guard let cause = Rejection.Cause.allCases.first(where: { $0.key == name }) else {
            throw SourceError(
                "the property \(property.name) is not supported", at: property.location,
                hint: NearestName.suggestion(for: name, among: ProgramSettings.names).map { "did you mean \($0)?" }
                    ?? "supported: \(ProgramSettings.names.joined(separator: ", "))")
        }
        errorPolicies[cause] = try ErrorPolicy.parse(property.value, key: name, at: property.location)
        note(name, property.value, property)
    }

    private mutating func note(_ key: String, _ text: String, _ property: ProgramPlan.Property) {
        values[key] = ConfiguredValue(text: text, origin: .program(property.location))
    }
}
