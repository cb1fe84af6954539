// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Synchronization

/// Functions of DATE, TIME and TIMESTAMP. Zones are UTC, fixed offsets and those of the system's tz database.
enum TimeFunctions {
    static let all: [ScalarFunction] = conversions + formats + parsers + sums

    private static let conversions: [ScalarFunction] = [
        convert("UNIX_TIMESTAMP", .timestamp, .bigint, "The milliseconds since 1970-01-01T00:00Z.") { .bigint($0) },
        convert("FROM_UNIXTIME", .bigint, .timestamp, "The timestamp so many milliseconds after 1970-01-01T00:00Z.") {
            .timestamp($0)
        },
        convert("UNIX_DATE", .date, .integer, "The days since 1970-01-01.") { .integer(Int32(truncatingIfNeeded: $0)) },
        convert("FROM_DAYS", .integer, .date, "The date so many days after 1970-01-01.") {
            .date(Int32(truncatingIfNeeded: $0))
        },
        ScalarFunction(
            "CONVERT_TZ", usage: "CONVERT_TZ(timestamp, from_zone, to_zone)",
            summary: "The timestamp that a clock in the second zone shows when one in the first shows this one.",
            check: ConstantChecks.all(TimeConstants.zone(1), TimeConstants.zone(2)),
            resolve: FunctionOverloads.of([.timestamp, .varchar, .varchar], giving: .timestamp),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let local = try arguments[0].asInteger()
                let from = try zone(arguments[1]).zone(atLocal: local).offsetMilliseconds
                let to = try zone(arguments[2]).zone(at: local -| from).offsetMilliseconds
                let (sum, overflow) = local.addingReportingOverflow(to -| from)
                if overflow { throw .overflow }
                return .timestamp(sum)
            }),
    ]

    private static let formats: [ScalarFunction] = [
        format("FORMAT_TIMESTAMP", .timestamp, "The timestamp"),
        format("TIMESTAMPTOSTRING", .bigint, "The milliseconds"),
        format("FORMAT_DATE", .date, "The date"), format("DATETOSTRING", .integer, "The days since 1970-01-01"),
        format("FORMAT_TIME", .time, "The time"),
    ]

    private static let parsers: [ScalarFunction] = [
        parser("PARSE_TIMESTAMP", .timestamp, "The timestamp"),
        parser("STRINGTOTIMESTAMP", .bigint, "The milliseconds"),
        parser("PARSE_DATE", .date, "The date"), parser("STRINGTODATE", .integer, "The days since 1970-01-01"),
        parser("PARSE_TIME", .time, "The time"),
    ]

    private static let sums: [ScalarFunction] = [
        sum("TIMESTAMPADD", .timestamp, 1), sum("TIMESTAMPSUB", .timestamp, -1), sum("DATEADD", .date, 1),
        sum("DATESUB", .date, -1), sum("TIMEADD", .time, 1), sum("TIMESUB", .time, -1),
    ]

    // MARK: Kinds of functions

    private static func convert(
        _ name: String, _ from: DataType, _ to: DataType, _ summary: String,
        _ make: @escaping @Sendable (Int64) -> Value
    ) -> ScalarFunction {
        ScalarFunction(
            name, usage: "\(name)(\(from.sqlName.lowercased()))", summary: summary,
            resolve: FunctionOverloads.of([from], giving: to),
            evaluate: { arguments, _ throws(EvaluationFailure) in make(try arguments[0].asInteger()) })
    }

    /// Only timestamps have a zone.
    private static func signatures(_ first: DataType, _ zoned: Bool, _ result: DataType) -> FunctionOverloads.Resolve {
        let plain = ScalarFunction.Signature([first, .varchar], result)
        return FunctionOverloads.first(
            of: zoned ? [plain, .init([first, .varchar, .varchar], result)] : [plain])
    }

    private static func format(_ name: String, _ type: DataType, _ subject: String) -> ScalarFunction {
        let zoned = type == .timestamp || type == .bigint
        return ScalarFunction(
            name, usage: "\(name)(value, pattern\(zoned ? " [, zone]" : ""))",
            summary: "\(subject) as a text, by a pattern of Java's DateTimeFormatter.",
            check: zoned
                ? ConstantChecks.all(TimeConstants.pattern(1, .format), TimeConstants.zone(2))
                : TimeConstants.pattern(1, dateOnly: type != .time),
            resolve: signatures(type, zoned, .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let pattern = try patterns.pattern(arguments[1])
                let zone = arguments.count == 3 ? try zone(arguments[2]) : TimeZoneChoice.utc
                let isDate = type == .date || type == .integer
                guard !(isDate && pattern.hasTime), !(type == .time && pattern.hasDate) else { throw .badArgument }
                var number = try arguments[0].asInteger()
                if isDate { number = number *| CivilDate.millisecondsPerDay }
                var text: [UInt8] = []
                pattern.append(number, zone: zone.zone(at: number), to: &text)
                return .varchar(text)
            })
    }

    private static func parser(_ name: String, _ type: DataType, _ subject: String) -> ScalarFunction {
        let zoned = type == .timestamp || type == .bigint
        return ScalarFunction(
            name, usage: "\(name)(text, pattern\(zoned ? " [, zone]" : ""))",
            summary: "\(subject) that a text names by a pattern of Java's DateTimeFormatter.",
            check: ConstantChecks.all(TimeConstants.pattern(1, .parse), TimeConstants.zone(2)),
            resolve: signatures(.varchar, zoned, type),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let pattern = try patterns.pattern(arguments[1])
                let zone = arguments.count == 3 ? try zone(arguments[2]) : TimeZoneChoice.utc
                let parsed = try arguments[0].asBytes().withUnsafeBytes { pattern.parse($0, zone: zone) }
                guard let timestamp = parsed else { throw .badArgument }
                let (days, milliseconds) = CivilDate.split(timestamp)
                switch type {
                case .timestamp: return .timestamp(timestamp)
                case .bigint: return .bigint(timestamp)
                case .time: return .time(Int32(truncatingIfNeeded: milliseconds))
                default:
                    guard let days = Int32(exactly: days) else { throw .overflow }
                    return type == .date ? .date(days) : .integer(days)
                }
            })
    }

    /// The unit comes as a text, which SQL writes as a bare word: DAYS, HOURS, MINUTES, SECONDS, MILLISECONDS, also in
    /// the singular.
    private static func sum(_ name: String, _ type: DataType, _ sign: Int64) -> ScalarFunction {
        let subject = type.sqlName.lowercased()
        return ScalarFunction(
            name, usage: "\(name)(unit, count, \(subject))",
            summary: "The \(subject) \(sign > 0 ? "plus" : "minus") so many units (DAYS … MILLISECONDS).",
            check: TimeConstants.unit(0),
            resolve: FunctionOverloads.of([.varchar, .integer, type], giving: type),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let day = CivilDate.millisecondsPerDay
                let interval = try unit(arguments[0]) *| arguments[1].asInteger() *| sign
                let value = try arguments[2].asInteger()
                switch type {
                case .date:
                    // Only whole days count.
                    guard let days = Int32(exactly: value +| interval / day) else { throw .overflow }
                    return .date(days)
                case .time:
                    // A clock goes round.
                    let rest = (value +| interval) % day
                    return .time(Int32(truncatingIfNeeded: rest < 0 ? rest + day : rest))
                default:
                    let (sum, overflow) = value.addingReportingOverflow(interval)
                    if overflow { throw .overflow }
                    return .timestamp(sum)
                }
            })
    }

    // MARK: Arguments

    private static func zone(_ name: Value) throws(EvaluationFailure) -> TimeZoneChoice {
        guard let zone = TimeZoneChoice(try name.asBytes()) else { throw .badArgument }
        return zone
    }

    private static func unit(_ name: Value) throws(EvaluationFailure) -> Int64 {
        guard let unit = name.string.flatMap({ TimeConstants.milliseconds(inUnit: $0.uppercased()) }) else {
            throw .badArgument
        }
        return unit
    }

    private static let patterns = PatternCache()
}

/// The patterns of a program, each parsed once. Patterns that come from data are bounded in number.
private final class PatternCache: Sendable {
    private static let limit = 256

    private let parsed = Mutex<[[UInt8]: DateTimePattern?]>([:])

    func pattern(_ text: Value) throws(EvaluationFailure) -> DateTimePattern {
        let bytes = try text.asBytes()
        let pattern: DateTimePattern? = parsed.withLock { parsed in
            if let known = parsed[bytes] { return known }
            let new = try? DateTimePattern(String(decoding: bytes, as: UTF8.self))
            if parsed.count >= PatternCache.limit { parsed.removeAll() }
            parsed[bytes] = .some(new)
            return new
        }
        guard let pattern else { throw .badArgument }
        return pattern
    }
}
