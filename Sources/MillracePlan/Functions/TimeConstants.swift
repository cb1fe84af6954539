// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// What can be wrong with a constant pattern, zone or unit of time.
package enum TimeConstants {
    /// What a pattern is for.
    package enum Use: Sendable {
        case format
        case parse
    }

    /// Whether a pattern can never do what it is for: what is wrong with it, and what would work.
    package static func fault(ofPattern text: String, for use: Use) -> (message: String, hint: String?)? {
        let shown = "the pattern '\(ConstantChecks.shortened(text))'"
        let pattern: DateTimePattern
        do throws(DateTimePattern.PatternError) {
            pattern = try DateTimePattern(text)
        } catch {
            return ("\(shown) cannot be used: \(error.message)", hint(for: text))
        }
        if pattern.mixesDays {
            return (
                "\(shown) has D, the day of the year, beside a month",
                "the day of the month is d: '\(text.replacing("D", with: "d"))'"
            )
        }
        guard use == .parse else { return nil }
        guard pattern.hasDate || pattern.hasTime else {
            return ("\(shown) names no part of a date or a time", "for example 'yyyy-MM-dd HH:mm:ss'")
        }
        // What it cannot read when it has written it itself, it can never read.
        let readsOne = samples.contains { sample in
            var written: [UInt8] = []
            pattern.append(sample, zone: .utc, to: &written)
            return written.withUnsafeBytes { pattern.parse($0) } != nil
        }
        return readsOne ? nil : ("no text can be read by \(shown)", "for example 'yyyy-MM-dd HH:mm:ss'")
    }

    /// 2001-02-03T04:05:06.007Z and 1999-12-31T23:59:59.999Z.
    private static let samples: [Int64] = [981_173_106_007, 946_684_799_999]

    private static func hint(for text: String) -> String? {
        var quoted = false
        for scalar in text.unicodeScalars {
            if scalar == "'" { quoted.toggle() }
            if quoted { continue }
            switch scalar {
            case "Y": return "the year is yyyy; YYYY is that of the week"
            case "T" where text.contains("T"):
                return "letters that stand for themselves are put in quotes, in SQL ''T''"
            default: break
            }
        }
        return "for example 'yyyy-MM-dd''T''HH:mm:ssXXX'; patterns are those of Java's DateTimeFormatter"
    }

    static func pattern(_ index: Int, _ use: Use) -> ConstantChecks.Check {
        ConstantChecks.text(index) { fault(ofPattern: $0, for: use) }
    }

    /// A pattern that shows only parts of a date, or only parts of a time of day.
    static func pattern(_ index: Int, dateOnly: Bool) -> ConstantChecks.Check {
        ConstantChecks.text(index) { text in
            if let fault = fault(ofPattern: text, for: .format) { return fault }
            guard let pattern = try? DateTimePattern(text), dateOnly ? pattern.hasTime : pattern.hasDate else {
                return nil
            }
            let (has, hasNot) = dateOnly ? ("time of day", "DATE") : ("date", "TIME")
            return (
                "the pattern '\(ConstantChecks.shortened(text))' shows a \(has), which a \(hasNot) does not have",
                dateOnly ? "for example 'yyyy-MM-dd'" : "for example 'HH:mm:ss'"
            )
        }
    }

    static func zone(_ index: Int) -> ConstantChecks.Check {
        ConstantChecks.text(index) { text in
            if TimeZoneChoice(Array(text.utf8)) != nil { return nil }
            let hasData = NamedZone.named(Array("Europe/London".utf8)) != nil
            return (
                "the time zone '\(ConstantChecks.shortened(text))' is not known",
                hasData
                    ? "write a name of the tz database ('Europe/London'), 'UTC' or an offset like '+01:00'"
                    : "this machine has no zones by name in \(NamedZone.directory): install the package tzdata, or "
                        + "write 'UTC' or an offset like '+01:00'"
            )
        }
    }

    package static let units = ["DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS"]

    /// The milliseconds of a unit, by its name in upper case, singular or plural.
    package static func milliseconds(inUnit name: String) -> Int64? {
        switch name {
        case "DAY", "DAYS": CivilDate.millisecondsPerDay
        case "HOUR", "HOURS": 3_600_000
        case "MINUTE", "MINUTES": 60_000
        case "SECOND", "SECONDS": 1000
        case "MILLISECOND", "MILLISECONDS": 1
        default: nil
        }
    }

    static func unit(_ index: Int) -> ConstantChecks.Check {
        ConstantChecks.text(index) { text in
            let name = text.uppercased()
            if milliseconds(inUnit: name) != nil { return nil }
            return (
                "'\(ConstantChecks.shortened(text))' is no unit of time",
                NearestName.suggestion(for: name, among: units).map { "did you mean \($0)?" }
                    ?? "units are \(units.joined(separator: ", "))"
            )
        }
    }
}
