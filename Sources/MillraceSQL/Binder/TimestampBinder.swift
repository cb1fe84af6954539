// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// TIMESTAMP and TIMESTAMP_FORMAT: a column, or a field of a STRUCT (`payload->ts_ms`), with a pattern or a unit.
struct TimestampBinder {
    private let columns: [ColumnDefinition]
    /// Of the source.
    private let source: String
    private let properties: PropertyReader
    private let format: String?

    init(_ columns: [ColumnDefinition], _ source: String, _ properties: PropertyReader, format: String?) {
        self.columns = columns
        self.source = source
        self.properties = properties
        self.format = format
    }

    func bound(_ text: String, at location: SourceLocation?) throws(SourceError) -> TimestampDefinition {
        var names = Self.path(text)
        let column = names.removeFirst()
        guard let index = columns.firstIndex(where: { $0.name == column }) else {
            throw SourceError(
                "TIMESTAMP: unknown column \(Suggestion.shortened(column))", at: location,
                hint: Suggestion.hint(
                    for: column, in: columns.map(\.name),
                    otherwise: "\(source) has \(Suggestion.list(columns.map(\.name)))"))
        }
        var (path, type, title) = ([Int](), columns[index].type, column)
        for name in names {
            guard case .structure(let fields) = type else {
                throw SourceError(
                    "TIMESTAMP: \(title) is \(type.sqlName), and only a STRUCT has fields", at: location)
            }
            guard let field = fields.firstIndex(where: { $0.name == name }) else {
                throw SourceError(
                    "TIMESTAMP: \(title) has no field \(Suggestion.shortened(name))", at: location,
                    hint: Suggestion.hint(
                        for: name, in: fields.map(\.name),
                        otherwise: "it has \(Suggestion.list(fields.map(\.name)))"))
            }
            path.append(field)
            type = fields[field].type
            title += "->\(name)"
        }
        let (unit, pattern) = try form(of: type, title, at: location)
        return TimestampDefinition(column: index, path: path, type: type, unit: unit, format: pattern)
    }

    /// How times of a type are written.
    private func form(
        of type: DataType, _ title: String, at location: SourceLocation?
    ) throws(SourceError) -> (TimestampDefinition.Unit, String?) {
        let units = TimestampDefinition.Unit.allCases.map(\.rawValue)
        let property = properties["TIMESTAMP_FORMAT"]
        switch type {
        case .integer, .bigint:
            guard let format else {
                if type == .bigint { return (.milliseconds, nil) }
                throw SourceError(
                    "an INTEGER such as \(title) is too small for milliseconds", at: location,
                    hint: "TIMESTAMP_FORMAT = 'seconds'")
            }
            guard let unit = TimestampDefinition.Unit(rawValue: format.lowercased()) else {
                throw SourceError(
                    "TIMESTAMP_FORMAT of the number \(title) is a unit, not a pattern", at: property?.valueLocation,
                    hint: "one of '\(units.joined(separator: "', '"))'")
            }
            return (unit, nil)
        case .timestamp:
            guard let property else { return (.milliseconds, nil) }
            throw SourceError(
                "TIMESTAMP_FORMAT is for a STRING (a pattern) or a number (a unit), not \(type.sqlName)",
                at: property.name.location)
        case .varchar:
            guard let format else {
                throw SourceError(
                    "the column \(title) is a STRING and needs TIMESTAMP_FORMAT", at: location,
                    hint: "for example TIMESTAMP_FORMAT = 'yyyy-MM-dd''T''HH:mm:ss'")
            }
            guard !units.contains(format.lowercased()) else {
                throw SourceError(
                    "TIMESTAMP_FORMAT '\(format)' is a unit of a number, and \(title) is a STRING",
                    at: property?.valueLocation, hint: "declare it as BIGINT")
            }
            if let fault = TimeConstants.fault(ofPattern: format, for: .parse) {
                throw SourceError("TIMESTAMP_FORMAT: \(fault.message)", at: property?.valueLocation, hint: fault.hint)
            }
            return (.milliseconds, format)
        default:
            throw SourceError(
                "TIMESTAMP needs a BIGINT, TIMESTAMP or STRING column, not \(type.sqlName)", at: location,
                hint: type.isNumeric ? "declare it as BIGINT, in a unit: TIMESTAMP_FORMAT = 'seconds'" : nil)
        }
    }

    /// `payload->ts_ms`, where names in back quotes keep their letters, into names; at least one.
    private static func path(_ text: String) -> [String] {
        var parts = [""]
        var isQuoted = false
        var rest = Substring(text)
        while let character = rest.first {
            if character == "`" { isQuoted.toggle() }
            if !isQuoted, rest.hasPrefix("->") {
                parts.append("")
                rest = rest.dropFirst(2)
                continue
            }
            parts[parts.count - 1].append(character)
            rest = rest.dropFirst()
        }
        return parts.map { part in
            let trimmed = part.drop(while: \.isWhitespace)
            let end = trimmed.lastIndex { !$0.isWhitespace }
            return Names.resolved(end.map { String(trimmed[...$0]) } ?? "")
        }
    }
}
