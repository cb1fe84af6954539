// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What SET says of the formats of the streams and tables that are declared behind it.
struct FormatDefaults {
    private(set) var key: FormatDefinition.Name?
    private(set) var value: FormatDefinition.Name?
    /// WRAP_SINGLE_VALUE, where the format can do either.
    private(set) var wrapsSingleValue: Bool?

    private static let keyName = "ksql.persistence.default.format.key"
    private static let valueName = "ksql.persistence.default.format.value"
    private static let wrapName = "ksql.persistence.wrap.single.values"

    /// Whether it is one of these properties.
    mutating func set(_ name: NameSyntax, _ text: String) throws(SourceError) -> Bool {
        switch name.text {
        case Self.keyName: key = try Self.format(text, name)
        case Self.valueName:
            value = try Self.format(text, name)
            if let value, !value.traits.isForValues {
                throw SourceError(
                    "the format \(value.rawValue) is only for keys", at: name.location, code: .sqlSetting)
            }
        case Self.wrapName:
            guard let wraps = Bool(text.lowercased()) else {
                throw SourceError("\(name.text) is true or false", at: name.location, code: .sqlSetting)
            }
            wrapsSingleValue = wraps
        default: return false
        }
        return true
    }

    mutating func unset(_ name: String) {
        switch name {
        case Self.keyName: key = nil
        case Self.valueName: value = nil
        case Self.wrapName: wrapsSingleValue = nil
        default: break
        }
    }

    private static func format(_ text: String, _ name: NameSyntax) throws(SourceError) -> FormatDefinition.Name {
        do throws(SourceError) {
            return try FormatReader.format(named: text, at: name.location)
        } catch {
            throw SourceError(error.message, at: error.location, hint: error.hint, code: .sqlSetting)
        }
    }
}
