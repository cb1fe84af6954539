// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension Parser {
    /// `WINDOW TUMBLING (SIZE …) | HOPPING (SIZE …, ADVANCE BY …) | SESSION (…)`, each with RETENTION and GRACE PERIOD.
    mutating func window() throws(SourceError) -> WindowSyntax {
        try expectWord("WINDOW")
        let location = current.location
        let kinds = ["TUMBLING", "HOPPING", "SESSION"]
        guard current.kind == .word, kinds.contains(current.text) else {
            throw expected("TUMBLING, HOPPING or SESSION", hint: Suggestion.hint(for: current.text, in: kinds))
        }
        let word = take().text
        try expectSymbol("(")
        let kind: Window.Kind
        switch word {
        case "TUMBLING": kind = .tumbling(size: try size().milliseconds)
        case "HOPPING": kind = try hopping()
        default: kind = .session(gap: try duration("the gap", allowsZero: false).milliseconds)
        }
        var window = WindowSyntax(kind: kind, location: location)
        while takeSymbol(",") { try windowOption(of: &window) }
        try expectClosing(of: "WINDOW")
        return window
    }

    private mutating func size() throws(SourceError) -> WindowSyntax.Duration {
        try expectWord("SIZE")
        return try duration("the size", allowsZero: false)
    }

    private mutating func hopping() throws(SourceError) -> Window.Kind {
        let size = try size()
        guard takeSymbol(","), takeWord("ADVANCE"), takeWord("BY") else {
            throw expected("ADVANCE BY", hint: "for example HOPPING (SIZE 1 HOUR, ADVANCE BY 5 MINUTES)")
        }
        let advance = try duration("the advance", allowsZero: false)
        guard advance.milliseconds <= size.milliseconds else {
            throw SourceError(
                "the advance of a hopping window must not be larger than its size", at: advance.location,
                hint: "times between the windows would belong to none")
        }
        return .hopping(size: size.milliseconds, advance: advance.milliseconds)
    }

    private mutating func windowOption(of window: inout WindowSyntax) throws(SourceError) {
        let location = current.location
        if takeWord("RETENTION") {
            guard window.retention == nil else { throw SourceError("RETENTION is given twice", at: location) }
            window.retention = try duration("the retention", allowsZero: false)
        } else if takeWord("GRACE") {
            guard window.grace == nil else { throw SourceError("GRACE PERIOD is given twice", at: location) }
            try expectWord("PERIOD")
            window.grace = try duration("the grace period", allowsZero: true)
        } else {
            throw expected("RETENTION or GRACE PERIOD")
        }
    }

    /// `WITHIN 1 HOUR` or `WITHIN (1 HOUR, 2 HOURS)`, and `GRACE PERIOD 1 DAY`.
    mutating func within() throws(SourceError) -> WithinSyntax {
        let location = try expectWord("WITHIN").location
        var within: WithinSyntax
        if takeSymbol("(") {
            let before = try duration("the time before", allowsZero: true)
            guard takeSymbol(",") else {
                throw expected("a comma", hint: "WITHIN (BEFORE, AFTER), for example WITHIN (0 SECONDS, 1 HOUR)")
            }
            let after = try duration("the time after", allowsZero: true)
            try expectClosing(of: "WITHIN")
            within = WithinSyntax(before: before, after: after, location: location)
        } else {
            let reach = try duration("the time", allowsZero: true)
            within = WithinSyntax(before: reach, after: reach, location: location)
        }
        if takeWord("GRACE") {
            try expectWord("PERIOD")
            within.grace = try duration("the grace period", allowsZero: true)
        }
        return within
    }

    private mutating func duration(_ what: String, allowsZero: Bool) throws(SourceError) -> WindowSyntax.Duration {
        guard current.kind == .integer else { throw expected("\(what), a whole number") }
        let number = take()
        guard current.kind == .word, let factor = TimeUnit.milliseconds(in: current.text) else {
            throw expected(
                "a unit of time",
                hint: Suggestion.hint(
                    for: current.text, in: TimeUnit.names,
                    otherwise: "units are DAYS, HOURS, MINUTES, SECONDS and MILLISECONDS"))
        }
        take()
        guard let milliseconds = TimeUnit.product(number.text, factor) else {
            throw SourceError("\(what) is too large", at: number.location)
        }
        guard milliseconds > 0 || allowsZero else {
            throw SourceError("\(what) must be larger than zero", at: number.location)
        }
        return WindowSyntax.Duration(milliseconds: milliseconds, location: number.location)
    }
}

/// The units that windows are given in.
enum TimeUnit {
    static let names = TimeConstants.units

    /// Milliseconds in the unit of this upper-case name, singular or plural.
    static func milliseconds(in unit: String) -> Int64? { TimeConstants.milliseconds(inUnit: unit) }

    /// At most a thousand years, so that no sum of times in a plan can overflow.
    static func product(_ digits: String, _ factor: Int64) -> Int64? {
        guard let number = Int64(digits) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow || product > 1000 * 366 * 86_400_000 ? nil : product
    }
}
