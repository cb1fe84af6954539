// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A column of a schema under construction and where it was written.
struct LocatedColumn {
    var definition: ColumnDefinition
    var location: SourceLocation
}

/// The formats of a source or sink: what WITH says, else what the input has, checked against the columns.
struct FormatReader {
    let properties: PropertyReader
    /// Of the stream or table.
    let name: NameSyntax
    /// Of the query's input; nil for a declared source.
    let input: SourceDefinition?
    /// For a declared source.
    var defaults = FormatDefaults()

    func key(_ columns: [LocatedColumn]) throws(SourceError) -> FormatDefinition {
        let property = properties["KEY_FORMAT"] ?? properties["FORMAT"]
        let written = try property.map { (property) throws(SourceError) in try Self.formatName(property) }
        guard let first = columns.first else { return FormatDefinition(.none) }
        if written == FormatDefinition.Name.none {
            throw SourceError(
                "the key format NONE is only for \(name.text) without a key", at: property?.valueLocation,
                hint: "\(first.definition.name) is its key")
        }
        let format = written ?? input?.inheritedKeyFormat?.name ?? defaults.key ?? .kafka
        if format == .none {
            throw SourceError(
                "the default key format is NONE, but \(name.text) has a key", at: name.location,
                hint: "name its format: WITH (KEY_FORMAT = '…')")
        }
        var result = try definition(ofKeys: format)
        result.nullables = try nullables("KEY", format, inherited: input?.inheritedKeyFormat)
        try check(columns, format, "key", property)
        return result
    }

    private func definition(ofKeys format: FormatDefinition.Name) throws(SourceError) -> FormatDefinition {
        FormatDefinition(
            format, delimiter: try delimiter("KEY_DELIMITER", format, inherited: input?.inheritedKeyFormat),
            wrapsSingleValue: !format.traits.wrapsSingleValues)
    }

    /// Without key columns: the format that keys of results will have; nil where nothing says so.
    func keyless() throws(SourceError) -> FormatDefinition? {
        let property = properties["KEY_FORMAT"] ?? properties["FORMAT"]
        let written = try property.map { (property) throws(SourceError) in try Self.formatName(property) }
        // A key that is there no more was dropped by PARTITION BY NULL.
        let isDropped = input?.keyColumns.isEmpty == false
        if isDropped, let property = properties["KEY_FORMAT"], written != FormatDefinition.Name.none {
            throw SourceError(
                "KEY_FORMAT is given, but \(name.text) has no key", at: property.name.location,
                hint: "leave out KEY_FORMAT")
        }
        let inherited = isDropped ? nil : input?.inheritedKeyFormat?.name
        guard let format = written ?? inherited ?? defaults.key, format != .none, !isDropped else {
            if let property = properties["KEY_DELIMITER"] {
                throw SourceError("KEY_DELIMITER is given, but \(name.text) has no key", at: property.name.location)
            }
            return nil
        }
        return try definition(ofKeys: format)
    }

    func value(_ columns: [LocatedColumn]) throws(SourceError) -> FormatDefinition {
        let property = properties["VALUE_FORMAT"] ?? properties["FORMAT"]
        let written = try property.map { (property) throws(SourceError) in try Self.formatName(property) }
        if let written, !written.traits.isForValues {
            throw SourceError("the format \(written.rawValue) is only for keys", at: property?.valueLocation)
        }
        guard let format = written ?? input?.valueFormat.name ?? defaults.value else {
            throw SourceError(
                "\(name.text) needs VALUE_FORMAT", at: name.location, hint: "for example WITH (VALUE_FORMAT = 'JSON')")
        }
        if columns.isEmpty {
            throw SourceError(
                "\(name.text) has no value column", at: name.location,
                hint: input == nil ? nil : "a key is copied into the value by AS_VALUE(key) AS name")
        }
        var result = FormatDefinition(
            format, delimiter: try delimiter("VALUE_DELIMITER", format, inherited: input?.valueFormat),
            wrapsSingleValue: try wraps(format, columns.count))
        result.nullables = try nullables("VALUE", format, inherited: input?.valueFormat)
        try check(columns, format, "value", property)
        return result
    }

    /// WRAP_SINGLE_VALUE, by ksqlDB's table of formats: some take both; KAFKA and DELIMITED never wrap anything.
    private func wraps(_ format: FormatDefinition.Name, _ columns: Int) throws(SourceError) -> Bool {
        guard let wraps = try properties.boolean("WRAP_SINGLE_VALUE"), let property = properties["WRAP_SINGLE_VALUE"]
        else {
            return !format.traits.wrapsSingleValues || format.traits.alwaysWraps || columns != 1
                || defaults.wrapsSingleValue ?? true
        }
        guard columns == 1 else {
            throw SourceError(
                "WRAP_SINGLE_VALUE is only for a single value column; \(name.text) has \(columns)",
                at: property.name.location)
        }
        guard format.traits.wrapsSingleValues || !wraps else {
            throw SourceError(
                "\(format.rawValue) cannot wrap a single value", at: property.valueLocation,
                hint: "leave WRAP_SINGLE_VALUE out, or say false")
        }
        guard !format.traits.alwaysWraps || wraps else {
            throw SourceError(
                "\(format.rawValue) always has a message around a single value", at: property.valueLocation,
                hint: "leave WRAP_SINGLE_VALUE out, or say true")
        }
        return !format.traits.wrapsSingleValues || wraps
    }

    /// KEY_PROTOBUF_NULLABLE_REPRESENTATION or VALUE_PROTOBUF_NULLABLE_REPRESENTATION.
    private func nullables(
        _ part: String, _ format: FormatDefinition.Name, inherited: FormatDefinition?
    ) throws(SourceError) -> ProtobufNullables {
        guard let property = properties["\(part)_PROTOBUF_NULLABLE_REPRESENTATION"] else {
            return inherited?.name == format ? inherited?.nullables ?? .none : .none
        }
        guard format == .protobuf || format == .protobufWithoutRegistry else {
            throw SourceError(
                "\(property.name.text) is only for the formats PROTOBUF and PROTOBUF_NOSR, not \(format.rawValue)",
                at: property.name.location)
        }
        return try properties.nullables(part) ?? .none
    }

    private func delimiter(
        _ property: String, _ format: FormatDefinition.Name, inherited: FormatDefinition?
    ) throws(SourceError) -> UInt8 {
        let comma = UInt8(ascii: ",")
        guard let written = try properties.delimiter(property) else {
            return format.traits.hasDelimiter && inherited?.name == format ? inherited?.delimiter ?? comma : comma
        }
        guard format.traits.hasDelimiter else {
            throw SourceError(
                "\(property) is only for the format DELIMITED, not \(format.rawValue)",
                at: properties[property]?.name.location)
        }
        return written
    }

    private static func formatName(_ property: PropertySyntax) throws(SourceError) -> FormatDefinition.Name {
        try format(named: property.value.text, at: property.valueLocation)
    }

    /// The format of a name in any case.
    static func format(
        named given: String, at location: SourceLocation
    ) throws(SourceError) -> FormatDefinition.Name {
        let text = Names.upperCased(given)
        if let name = FormatDefinition.Name(rawValue: text) { return name }
        let known = FormatDefinition.Name.allCases.map(\.rawValue)
        throw SourceError(
            "unknown format '\(Suggestion.shortened(given))'", at: location,
            hint: Suggestion.hint(for: text, in: known, otherwise: "formats are \(known.joined(separator: ", "))"))
    }

    /// Whether the format can hold the columns. Errors are where the format is written, else where the column is.
    private func check(
        _ columns: [LocatedColumn], _ format: FormatDefinition.Name, _ part: String, _ property: PropertySyntax?
    ) throws(SourceError) {
        guard let refused = format.traits.refusal(columns.map(\.definition.type)) else { return }
        let column = columns[refused.column]
        let definition = column.definition
        let propertyName = part == "key" ? "KEY_FORMAT" : "VALUE_FORMAT"
        let choice = "choose another: WITH (\(propertyName) = 'JSON')"
        switch refused.reason {
        case .mapKeys:
            throw SourceError(
                "in \(format.rawValue) the keys of a MAP must be STRING, not as in \(definition.name)",
                at: column.location)
        case .type:
            throw SourceError(
                "the \(part) format \(format.rawValue) cannot hold \(definition.name), "
                    + "which is \(definition.type.sqlName)",
                at: column.location, hint: choice)
        case .several:
            throw SourceError(
                "the \(part) format \(format.rawValue) holds one column; "
                    + "\(name.text) has \(columns.count) in its \(part)",
                at: property?.valueLocation ?? columns[1].location, hint: choice)
        }
    }
}
