// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import MillraceSQL

/// A column or field that the event time could be in, and what has to be written to take it.
struct EventTimeGuess: Equatable {
    enum Form: Equatable {
        case milliseconds
        /// Seconds, microseconds or nanoseconds.
        case unit(EventTimePlausibility.Suspicion)
        /// A text of this pattern.
        case pattern(String)
    }

    /// How the values are held.
    enum Holder: Equatable {
        case whole, fraction, text
    }

    /// In SQL: a column, or a field of one.
    var path: String
    var isColumn: Bool
    var form: Form
    var holder: Holder

    /// Whether WITH can name it as it is: TIMESTAMP takes columns only, in milliseconds or by a pattern.
    var isDirect: Bool {
        guard isColumn else { return false }
        switch form {
        case .milliseconds: return holder == .whole
        case .pattern: return true
        case .unit: return false
        }
    }

    /// Of WITH, where it can be named there.
    var properties: String {
        let name = EventTimeGuess.literal(path)
        guard case .pattern(let pattern) = form else { return "TIMESTAMP=\(name)" }
        return "TIMESTAMP=\(name), TIMESTAMP_FORMAT=\(EventTimeGuess.literal(pattern))"
    }

    /// Milliseconds, or a TIMESTAMP, computed from it.
    var expression: String {
        let number = holder == .text ? "CAST(\(path) AS BIGINT)" : path
        switch form {
        case .pattern(let pattern): return "PARSE_TIMESTAMP(\(path), \(EventTimeGuess.literal(pattern)))"
        case .unit(.seconds): return holder == .fraction ? "CAST(\(path) * 1000 AS BIGINT)" : "\(number) * 1000"
        case .unit(.microseconds): return holder == .fraction ? "CAST(\(path) / 1000 AS BIGINT)" : "\(number) / 1000"
        case .unit(.nanoseconds):
            return holder == .fraction ? "CAST(\(path) / 1000000 AS BIGINT)" : "\(number) / 1000000"
        case .milliseconds, .unit: return holder == .fraction ? "CAST(\(path) AS BIGINT)" : number
        }
    }

    /// `milliseconds since 1970`
    var words: String {
        switch form {
        case .milliseconds: "milliseconds since 1970"
        case .unit(let unit): "\(unit.rawValue) since 1970"
        case .pattern(let pattern): "a text like \(pattern)"
        }
    }

    /// A text in SQL.
    static func literal(_ text: String) -> String {
        "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
    }

    // MARK: Finding them

    private static let deepest = 4

    /// The likeliest first: those that WITH can name go before those that have to be computed.
    static func all(in columns: [DeclaredColumns.Column]) -> [EventTimeGuess] {
        var found: [(rank: Int, guess: EventTimeGuess)] = []
        for column in columns {
            collect(column.shape, path: column.name, name: column.name, depth: 0, into: &found)
        }
        return found.enumerated().sorted { left, right in
            let (first, second) = (left.element, right.element)
            if first.guess.isDirect != second.guess.isDirect { return first.guess.isDirect }
            return (first.rank, left.offset) < (second.rank, right.offset)
        }.map(\.element.guess)
    }

    private static func collect(
        _ shape: ValueShape, path: String, name: String, depth: Int,
        into found: inout [(rank: Int, guess: EventTimeGuess)]
    ) {
        switch shape.onlyKind {
        case .object:
            guard depth < deepest, case .structure(let fields) = DeclaredColumns.type(of: shape, depth: depth) else {
                return
            }
            for field in fields {
                guard
                    let member = shape.members.first(where: {
                        ValueShape.folded($0.name) == ValueShape.folded(field.name)
                    })
                else { continue }
                collect(
                    member.shape, path: "\(path)->\(SQL.identifier(field.name))", name: field.name, depth: depth + 1,
                    into: &found)
            }
        case .number, .text:
            guard let (form, holder) = form(shape, name) else { return }
            found.append(
                (rank(name) + depth * 10, EventTimeGuess(path: path, isColumn: depth == 0, form: form, holder: holder)))
        case .array, .boolean, nil: return
        }
    }

    private static func form(_ shape: ValueShape, _ name: String) -> (Form, Holder)? {
        if shape.texts > 0, shape.texts == shape.plainTexts {
            return TimePatternGuess.pattern(of: shape.someTexts).map { (.pattern($0), .text) }
        }
        guard isTimeName(name) else { return nil }
        if shape.texts > 0 {
            let values = shape.someTexts.compactMap { Int64($0) }
            guard shape.numbers.count == 0, values.count == shape.someTexts.count, let low = values.min(),
                let high = values.max()
            else { return nil }
            return unit(low, high).map { ($0, .text) }
        }
        if shape.numbers.hasFraction {
            guard shape.numbers.type == .double, shape.numbers.lowest == nil,
                let low = shape.numbers.lowestFraction.flatMap({ Int64(exactly: $0.rounded(.down)) }),
                let high = shape.numbers.highestFraction.flatMap({ Int64(exactly: $0.rounded(.down)) })
            else { return nil }
            return unit(low, high).map { ($0, .fraction) }
        }
        guard shape.numbers.type == .bigint, let low = shape.numbers.lowest, let high = shape.numbers.highest else {
            return nil
        }
        return unit(low, high).map { ($0, .whole) }
    }

    private static func unit(_ low: Int64, _ high: Int64) -> Form? {
        let units = [low, high].map { EventTimePlausibility.suspicion(of: $0) }
        guard units[0] == units[1] else { return nil }
        switch units[0] {
        case nil: return .milliseconds
        case .seconds, .microseconds, .nanoseconds: return units[0].map { .unit($0) }
        case .early, .far: return nil
        }
    }

    // MARK: Names

    private static let best: Set = ["ts", "timestamp", "time", "event_time", "eventtime", "event_ts", "@timestamp"]
    private static let words: Set = [
        "ts", "time", "timestamp", "date", "datetime", "at", "epoch", "when", "created", "updated", "modified",
        "occurred", "published", "received", "sent", "started", "ended", "start", "end", "since", "until", "moment",
        "instant", "t", "dt", "utc",
    ]

    private static func plain(_ name: String) -> String { name.filter { $0 != "`" }.lowercased() }

    private static func rank(_ name: String) -> Int {
        best.contains(plain(name)) ? 0 : isTimeName(name) ? 1 : 2
    }

    /// Whether numbers of this name can be times: `ts`, `created_at`, `updatedAt`, `event_time_ms`.
    private static func isTimeName(_ name: String) -> Bool {
        let lower = plain(name)
        if lower.contains("time") || lower.contains("epoch") { return true }
        var parts: [String] = [""]
        for character in name where character != "`" {
            if !character.isLetter {
                parts.append("")
            } else if character.isUppercase, let last = parts.last?.last, last.isLowercase {
                parts.append(character.lowercased())
            } else {
                parts[parts.count - 1] += character.lowercased()
            }
        }
        return parts.contains { words.contains($0) } || words.contains(lower)
            || ["createdat", "updatedat", "modifiedat"].contains(lower)
    }
}
