// SPDX-License-Identifier: Apache-2.0

/// Text of a pattern → its elements.
struct DateTimePatternParser {
    private typealias Element = DateTimePattern.Element
    private typealias PatternError = DateTimePattern.PatternError

    private let scalars: [Unicode.Scalar]
    private var position = 0

    static func parse(_ pattern: String) throws(DateTimePattern.PatternError) -> [DateTimePattern.Element] {
        var parser = DateTimePatternParser(scalars: Array(pattern.unicodeScalars))
        return try parser.elements(depth: 0)
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    /// Brackets nest, but not without bound.
    private static let maximumDepth = 16

    private mutating func elements(depth: Int) throws(PatternError) -> [Element] {
        guard depth <= DateTimePatternParser.maximumDepth else {
            throw PatternError(message: "more than 16 nested brackets in the pattern")
        }
        var result: [Element] = []
        while position < scalars.count {
            let scalar = scalars[position]
            switch scalar {
            case "'": result.append(.literal(try quoted()))
            case "[":
                position += 1
                result.append(.optional(try elements(depth: depth + 1)))
                continue
            case "]":
                guard depth > 0 else { throw PatternError(message: "a ] without its [ in the pattern") }
                position += 1
                return DateTimePatternParser.reservingDigits(result)
            case "{", "}", "#": throw PatternError(message: "the character \(scalar) is reserved in patterns")
            case "a"..."z", "A"..."Z":
                var count = 0
                while position < scalars.count, scalars[position] == scalar {
                    count += 1
                    position += 1
                }
                result.append(try DateTimePatternParser.element(scalar, count))
            default:
                result.append(.literal(Array(String(scalar).utf8)))
                position += 1
            }
        }
        // As in Java, an optional part may run to the end of the pattern.
        return DateTimePatternParser.reservingDigits(result)
    }

    /// A text in quotes; two quotes in a row stand for one.
    private mutating func quoted() throws(PatternError) -> [UInt8] {
        position += 1
        var text: [UInt8] = []
        while position < scalars.count {
            if scalars[position] == "'" {
                position += 1
                if position < scalars.count, scalars[position] == "'" {
                    text.append(UInt8(ascii: "'"))
                    position += 1
                    continue
                }
                return text.isEmpty ? [UInt8(ascii: "'")] : text
            }
            text.append(contentsOf: String(scalars[position]).utf8)
            position += 1
        }
        throw PatternError(message: "a quote without its end in the pattern")
    }

    private static func element(_ letter: Unicode.Scalar, _ count: Int) throws(PatternError) -> Element {
        switch letter {
        case "u": return year(.year, count)
        case "y": return year(.yearOfEra, count)
        case "M", "L": if count <= 5 { return count <= 2 ? number(.month, count) : .text(.month, style(count)) }
        case "d": if count <= 2 { return number(.day, count) }
        case "D":
            if count == 1 { return .number(.dayOfYear, minimum: 1, maximum: 3, .never, reserved: 0) }
            if count <= 3 { return .number(.dayOfYear, minimum: count, maximum: 3, .never, reserved: 0) }
        case "H": if count <= 2 { return number(.hour, count) }
        case "k": if count <= 2 { return number(.clockHour, count) }
        case "K": if count <= 2 { return number(.hourOfHalfDay, count) }
        case "h": if count <= 2 { return number(.clockHourOfHalfDay, count) }
        case "m": if count <= 2 { return number(.minute, count) }
        case "s": if count <= 2 { return number(.second, count) }
        case "S": if count <= 9 { return .fraction(count) }
        case "n":
            if count <= 9 { return .number(.nanosecond, minimum: count, maximum: 9, .never, reserved: 0) }
        case "A":
            if count <= 8 { return .number(.millisecondOfDay, minimum: count, maximum: 8, .never, reserved: 0) }
        case "a": if count == 1 { return .text(.halfDay, .short) }
        case "E": if count <= 5 { return .text(.dayOfWeek, style(max(count, 3))) }
        case "e": if count <= 5 { return count <= 2 ? .localDayOfWeek(width: count) : .text(.dayOfWeek, style(count)) }
        case "c":
            if count == 1 { return .localDayOfWeek(width: 1) }
            if count >= 3, count <= 5 { return .text(.dayOfWeek, style(count)) }
        case "G": if count <= 4 { return .text(.era, count == 4 ? .full : .short) }
        case "V": if count == 2 { return .zone(isShort: false) }
        case "z": if count <= 3 { return .zone(isShort: true) }
        case "O": if count == 1 || count == 4 { return .localizedOffset(isFull: count == 4) }
        case "X", "x", "Z": if let offset = offset(letter, count) { return offset }
        default: break
        }
        throw PatternError(
            message: "\(String(repeating: Character(letter), count: count)) is not supported in patterns")
    }

    private static func number(_ field: DateTimePattern.DateTimeField, _ count: Int) -> Element {
        count == 1
            ? .number(field, minimum: 1, maximum: 18, .negativeOnly, reserved: 0)
            : .number(field, minimum: count, maximum: count, .never, reserved: 0)
    }

    private static func year(_ field: DateTimePattern.DateTimeField, _ count: Int) -> Element {
        if count == 2 { return .shortYear(field) }
        return .number(
            field, minimum: min(count, 18), maximum: 18, count < 4 ? .negativeOnly : .exceedsWidth, reserved: 0)
    }

    private static func style(_ count: Int) -> DateTimePattern.TextStyle {
        count == 4 ? .full : count == 5 ? .narrow : .short
    }

    private static func offset(_ letter: Unicode.Scalar, _ count: Int) -> Element? {
        if letter == "Z" {
            switch count {
            case 1...3: return .offset(.basic, zero: Array("+0000".utf8))
            case 4: return .localizedOffset(isFull: true)
            case 5: return .offset(.extendedAndMaybeSeconds, zero: [UInt8(ascii: "Z")])
            default: return nil
            }
        }
        let forms: [(DateTimePattern.OffsetForm, String)] = [
            (.hoursAndMaybeMinutes, "+00"), (.basic, "+0000"), (.extended, "+00:00"),
            (.basicAndMaybeSeconds, "+0000"), (.extendedAndMaybeSeconds, "+00:00"),
        ]
        guard count <= forms.count else { return nil }
        let (form, zero) = forms[count - 1]
        return .offset(form, zero: letter == "X" ? [UInt8(ascii: "Z")] : Array(zero.utf8))
    }

    /// Tells each number of open width how many digits right behind it belong to numbers of fixed width (yyyyMMdd).
    private static func reservingDigits(_ elements: [Element]) -> [Element] {
        var result = elements
        var reserved = 0
        for index in result.indices.reversed() {
            switch result[index] {
            case .number(let field, let minimum, let maximum, let sign, _) where minimum != maximum:
                result[index] = .number(field, minimum: minimum, maximum: maximum, sign, reserved: reserved)
                reserved = 0
            case .number(_, let width, _, _, _), .fraction(let width): reserved += width
            case .shortYear: reserved += 2
            default: reserved = 0
            }
        }
        return result
    }
}
