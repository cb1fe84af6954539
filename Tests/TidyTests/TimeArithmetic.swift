// SPDX-License-Identifier: Apache-2.0

/// Finds arithmetic on times and offsets that may end the process, in a line of Swift without literals and comments.
///
/// What is a time or an offset is told by the last name of an operand: `source.nextOffset`, `clock.wallMilliseconds()`,
/// `max(start, time)`. Allowed are `+|`, `-|`, `*|` (MillraceCore), `…ReportingOverflow`, division, comparison, and
/// conversions that say what becomes of a value that does not fit (`clamping:`, `exactly:`, `truncatingIfNeeded:`).
struct TimeArithmetic {
    /// A word of a name in camel case that makes it a time or an offset.
    static let words: Set<Substring> = [
        "time", "times", "timestamp", "timestamps", "watermark", "watermarks", "offset", "offsets", "grace", "margin",
        "milliseconds", "nanoseconds", "wall", "now", "began", "since", "deadline", "interval", "retention",
        "duration", "gap", "patience", "elapsed", "passed", "cut", "lag", "advance",
    ]

    /// Code whose arithmetic is its own matter, and why.
    static let exempt: [(path: String, reason: String)] = [
        (
            "Sources/MillraceCore/Text/",
            "calendar and digits: each number is bounded by the digits that are read or by the days that 64 bits of "
                + "milliseconds hold; where a text can pass that, it is …ReportingOverflow"
        ),
        ("Sources/MillraceCore/SaturatingArithmetic.swift", "the operators themselves"),
        ("Sources/MillraceEngine/Aggregates/", "per row; offsets are only compared"),
        ("Sources/MillraceEngine/Columnar/", "per row; offsets are places in memory"),
        ("Sources/MillraceEngine/Expressions/", "per row; offsets are places in memory"),
        ("Sources/MillraceEngine/Formats/", "per row; offsets are places in memory"),
        ("Sources/MillraceEngine/Kernels/", "per row; SQL's own arithmetic, which reports overflow"),
        ("Sources/MillraceEngine/State/", "per row; offsets are places in memory"),
        ("Sources/MillraceEngine/Windows/PaneGeometry.swift", windows),
        ("Sources/MillraceEngine/Windows/PaneState.swift", windows),
        ("Sources/MillraceEngine/Windows/SessionClusters.swift", windows),
        ("Sources/MillraceEngine/Windows/SessionState.swift", windows),
        ("Sources/MillraceTestKit/", "for tests"),
        ("Sources/MillraceFaultProxy/", "for tests"),
    ]

    private static let windows =
        "per row; event times lie in 0 … 2^61 (EventTimes, PanePlace.read, readSessions), sizes, gaps and graces below "
        + "2^59: no sum of them passes 2^63"

    private static let operators = ["+", "-", "*", "+=", "-=", "*=", "&+", "&-", "&*", "&+=", "&-=", "&*="]
    /// Conversions that end the process where a value does not fit.
    private static let conversions = ["Int", "Int32", "Int16", "UInt", "UInt64", "UInt32", "UInt16"]

    /// What is not allowed in a line.
    static func findings(in line: String) -> [String] {
        let tokens = line.split(separator: " ")
        var found: [String] = []
        for (place, token) in tokens.enumerated() {
            if place > 0, place + 1 < tokens.count, operators.contains(String(token)) {
                let left = lastName(tokens[..<place].joined(separator: " "))
                let right = firstName(tokens[(place + 1)...].joined(separator: " "))
                if isTime(left) || isTime(right) { found.append("\(left) \(token) \(right)") }
            }
            // A minus before a name.
            if let minus = token.firstIndex(of: "-"), token[..<minus].allSatisfy({ "([".contains($0) }),
                let next = token[token.index(after: minus)...].first, next.isLetter
            {
                let name = firstName(String(token[token.index(after: minus)...]))
                if isTime(name) { found.append("-\(name)") }
            }
        }
        return found + narrowings(line)
    }

    private static func narrowings(_ line: String) -> [String] {
        conversions.flatMap { type in
            line.ranges(of: "\(type)(").compactMap { range -> String? in
                if range.lowerBound > line.startIndex {
                    let before = line[line.index(before: range.lowerBound)]
                    if before.isLetter || before.isNumber || before == "." { return nil }
                }
                let argument = String(line[range.upperBound...])
                // `Int(x / 1000)` and the like are of a part only; a label says what happens.
                let isLabelled = ["clamping:", "exactly:", "truncatingIfNeeded:", "bitPattern:"].contains {
                    argument.hasPrefix($0)
                }
                let name = firstName(argument)
                return !isLabelled && isTime(name) ? "\(type)(\(name)" : nil
            }
        }
    }

    private static func isTime(_ operand: String) -> Bool { !words.isDisjoint(with: camelWords(operand)) }

    /// `toTime, other` → to, time, other.
    private static func camelWords(_ text: String) -> [Substring] {
        var result: [String] = []
        var word = ""
        for character in text {
            if character.isUppercase || !character.isLetter {
                result.append(word)
                word = ""
            }
            if character.isLetter { word += character.lowercased() }
        }
        return (result + [word]).map { $0[...] }
    }

    /// The name that an expression ends with: of `a.b[c].d(e)` it is d, of `max(a, b)` and `Int64(a)` all in brackets.
    private static func lastName(_ text: String) -> String {
        var rest = Substring(text)
        while let last = rest.last, "!?".contains(last) { rest = rest.dropLast() }
        if let last = rest.last, ")]".contains(last), let opening = openingBracket(rest) {
            let inner = rest[rest.index(after: opening)..<rest.index(before: rest.endIndex)]
            let name = rest[..<opening].reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            let called = String(name.reversed())
            // An array's elements are not what a sum of arrays is of.
            if called.isEmpty { return rest[opening] == "(" ? lastName(String(inner)) : "" }
            return isTransparent(called) ? arguments(inner) : called
        }
        return String(rest.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }.reversed())
    }

    private static func openingBracket(_ text: Substring) -> Substring.Index? {
        var depth = 0
        for index in text.indices.reversed() {
            switch text[index] {
            case ")", "]": depth += 1
            case "(", "[":
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
        }
        return nil
    }

    /// The name that an expression begins with, to its last member.
    private static func firstName(_ text: String) -> String {
        let rest = text.drop { "(-".contains($0) }
        let path = rest.prefix { $0.isLetter || $0.isNumber || "._$".contains($0) }
        let name = path.split(separator: ".").last.map(String.init) ?? ""
        guard isTransparent(name) else { return name }
        let inner = rest[path.endIndex...].dropFirst().prefix { !"()".contains($0) }
        return inner.isEmpty ? name : arguments(inner)
    }

    private static func arguments(_ text: Substring) -> String {
        text.split(separator: ",").map { lastName(String($0)) }.joined(separator: ", ")
    }

    /// Whether a call's value is one of its arguments.
    private static func isTransparent(_ name: String) -> Bool {
        ["max", "min", "abs", "Double", "Int64", "Int128"].contains(name) || conversions.contains(name)
    }
}
