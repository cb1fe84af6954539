// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Every value of a configuration and where it was said, fit for showing: secrets are masked.
package struct ConfigurationListing {
    struct Line: Equatable {
        var key: String
        /// Nil: nobody says it, and nothing holds in particular.
        var value: String?
        var origin: String
    }

    private(set) var lines: [Line]
    private let ignoredVariables: [String]

    /// - Parameters:
    ///   - application: the application id that the program's name makes, where it has one.
    ///   - ignoredVariables: variables `MILLRACE_…` that say nothing.
    package init(_ configuration: Configuration, application: String?, ignoredVariables: [String]) {
        self.ignoredVariables = ignoredVariables
        lines = ConfigurationKey.all.map { key in
            if let value = configuration.values[key.name] {
                return Line(
                    key: key.name, value: SecretMask.value(value.text, of: key.name), origin: value.origin.text)
            }
            if key.name == "application", let application {
                return Line(key: key.name, value: application, origin: "the program's name")
            }
            return Line(key: key.name, value: key.standard, origin: key.standard == nil ? "" : "default")
        }
        lines += configuration.kafka.map { property in
            Line(
                key: "kafka.\(property.name)", value: SecretMask.value(property.value, of: property.name),
                origin: property.origin.text)
        }
    }

    package var text: String {
        var table = TextTable([("KEY", .left), ("VALUE", .left), ("FROM", .left)])
        for line in lines {
            table.append([line.key, line.value.map(ConfigurationListing.oneLine) ?? "-", line.origin])
        }
        let ignored = ignoredVariables.map { "ignored: \($0), which is no setting" }
        return (table.lines + ignored).joined(separator: "\n") + "\n"
    }

    package var json: String {
        let settings = lines.map { line in
            JSONPieces.object([
                ("key", JSONPieces.string(line.key)), ("value", JSONPieces.string(line.value)),
                ("from", JSONPieces.string(line.origin.isEmpty ? nil : line.origin)),
            ])
        }
        return JSONPieces.object([
            ("settings", JSONPieces.array(settings)),
            ("ignored", JSONPieces.array(ignoredVariables.map { JSONPieces.string($0) })),
        ])
    }

    /// A program's text takes many lines: the first one stands for it.
    private static func oneLine(_ value: String) -> String {
        let lines = value.split(whereSeparator: \.isNewline)
        return lines.count > 1 ? "\(lines[0]) …" : String(lines.first ?? "")
    }
}
