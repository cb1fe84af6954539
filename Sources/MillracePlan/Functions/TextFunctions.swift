// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Functions of VARCHAR, some of BYTES as well.
enum TextFunctions {
    static let all: [ScalarFunction] = cases + parts + paddings + joins

    /// The longest text that a function makes.
    static let maximumLength = Int64(ValueLimit.bytes)

    private static let cases: [ScalarFunction] = [
        ofText("UCASE", "The text in upper case.") { text in
            CodeUnits.isASCII(text)
                ? text.map { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") ? $0 & 0xDF : $0 }
                : Array(String(decoding: text, as: UTF8.self).uppercased().utf8)
        },
        ofText("LCASE", "The text in lower case.") { lowerCase($0) },
        ofText("INITCAP", "The text with a capital at the start of each word.") { initialCapitals($0) },
        ofText("TRIM", "The text without blanks and control characters at its ends.") { text in
            let tail = text.drop { $0 <= 0x20 }
            guard let end = tail.lastIndex(where: { $0 > 0x20 }) else { return [] }
            return Array(tail[...end])
        },
        ScalarFunction(
            "CHR", usage: "CHR(code)", summary: "The character with this code, given as a number or like '\\u004b'.",
            check: ConstantChecks.argument(0) { code in
                guard (try? character(code)) == Value.null else { return nil }
                return ("this is the code of no character", "for example CHR(75) or CHR('\\u004b')")
            },
            resolve: FunctionOverloads.of([.integer], [.varchar], giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in try character(arguments[0]) }),
    ]

    private static let parts: [ScalarFunction] = [
        ScalarFunction(
            "LEN", usage: "LEN(text)", summary: "The length in UTF-16 code units; of BYTES in bytes.",
            resolve: FunctionOverloads.of([.varchar], [.bytes], giving: .integer),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if case .bytes(let bytes) = arguments[0] { return try .narrow(Int64(bytes.count)) }
                return try .narrow(Int64(CodeUnits.count(try arguments[0].asBytes())))
            }),
        ScalarFunction(
            "SUBSTRING", usage: "SUBSTRING(text, position [, length])",
            summary: "The part from a position on, from 1; a negative one counts from the end.",
            resolve: textOrBytes([[.integer], [.integer, .integer]]),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let position = try arguments[1].asInteger()
                let length = arguments.count == 3 ? try arguments[2].asInteger() : Int64(Int32.max)
                let bytes = try arguments[0].asBytes()
                if case .bytes = arguments[0] { return .bytes(Array(part(bytes, position, length))) }
                if CodeUnits.isASCII(bytes) { return .varchar(Array(part(bytes, position, length))) }
                return .varchar(CodeUnits.text(part(CodeUnits.units(bytes), position, length)))
            }),
        ScalarFunction(
            "INSTR", usage: "INSTR(text, part [, position [, occurrence]])",
            summary: "Where a part begins, from 1; 0 where it does not; searched backwards from a negative position.",
            resolve: FunctionOverloads.of(
                [.varchar, .varchar], [.varchar, .varchar, .integer], [.varchar, .varchar, .integer, .integer],
                giving: .integer),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let position = arguments.count > 2 ? try arguments[2].asInteger() : 1
                let occurrence = arguments.count > 3 ? try arguments[3].asInteger() : 1
                let text = try arguments[0].asBytes()
                let part = try arguments[1].asBytes()
                let index =
                    CodeUnits.isASCII(text)
                    ? place(part, in: text, position, occurrence)
                    : place(CodeUnits.units(part), in: CodeUnits.units(text), position, occurrence)
                return try .narrow(Int64(index))
            }),
        ScalarFunction(
            "REPLACE", usage: "REPLACE(text, old, new)", summary: "The text with all of one part replaced.",
            resolve: FunctionOverloads.of([.varchar, .varchar, .varchar], giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let text = try arguments[0].asBytes()
                let old = try arguments[1].asBytes()
                let new = try arguments[2].asBytes()
                // Java would put the new text between all characters; nobody means that.
                if old.isEmpty { return arguments[0] }
                let pieces = SequenceSearch(old).pieces(of: text)
                let length = text.count &+ (pieces.count &- 1) &* (new.count &- old.count)
                guard Int64(length) <= maximumLength else { throw .overflow }
                var result: [UInt8] = []
                result.reserveCapacity(length)
                for piece in pieces {
                    if piece.lowerBound > 0 { result.append(contentsOf: new) }
                    result.append(contentsOf: text[piece])
                }
                return .varchar(result)
            }),
        ScalarFunction(
            "SPLIT", usage: "SPLIT(text, delimiter)",
            summary: "The parts between the delimiters; all characters where the delimiter is empty.",
            resolve: { arguments in
                textOrBytes([[]], repeated: 2)(arguments).map { .init($0.parameters, .array($0.result)) }
            },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let text = try arguments[0].asBytes()
                let delimiter = try arguments[1].asBytes()
                let isBytes = if case .bytes = arguments[0] { true } else { false }
                if delimiter.isEmpty {
                    guard text.count <= CollectionFunctions.maximumCount else { throw .overflow }
                    if isBytes { return .array(text.map { .bytes([$0]) }) }
                    return .array(String(decoding: text, as: UTF8.self).unicodeScalars.map { .text(String($0)) })
                }
                let pieces = SequenceSearch(delimiter).pieces(of: text)
                guard pieces.count <= CollectionFunctions.maximumCount else { throw .overflow }
                return .array(
                    isBytes
                        ? pieces.map { .bytes(Array(text[$0])) } : pieces.map { .varchar(Array(text[$0])) })
            }),
        ScalarFunction(
            "SPLIT_TO_MAP", usage: "SPLIT_TO_MAP(text, entry_delimiter, key_value_delimiter)",
            summary: "The keys and values of a text; the last of equal keys counts.",
            check: ConstantChecks.all(
                ConstantChecks.notEmpty(1, "the delimiter of entries"),
                ConstantChecks.notEmpty(2, "the delimiter of key and value")),
            resolve: FunctionOverloads.of(
                [.varchar, .varchar, .varchar], giving: .map(key: .varchar, value: .varchar)),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let entryDelimiter = try arguments[1].asBytes()
                let delimiter = try arguments[2].asBytes()
                if entryDelimiter.isEmpty || delimiter.isEmpty { return .null }
                var entries: [Value.MapEntry] = []
                let text = try arguments[0].asBytes()
                let search = SequenceSearch(delimiter)
                let pieces = SequenceSearch(entryDelimiter).pieces(of: text)
                guard pieces.count <= CollectionFunctions.maximumCount else { throw .overflow }
                for piece in pieces {
                    let entry = Array(text[piece])
                    guard let split = search.place(in: entry, from: 0) else { continue }
                    entries.append(
                        .init(
                            key: .varchar(Array(entry[..<split])),
                            value: .varchar(Array(entry[(split + delimiter.count)...]))))
                }
                return .map(Value.lastOfEqualKeys(entries))
            }),
    ]

    private static let paddings: [ScalarFunction] = [
        padding("LPAD", "The text with so many code units, filled up in front."),
        padding("RPAD", "The text with so many code units, filled up behind."),
    ]

    private static let joins: [ScalarFunction] = [
        ScalarFunction(
            "CONCAT", usage: "CONCAT(text, …)", summary: "All arguments in a row, without those that are NULL.",
            nullOnNull: false, resolve: { $0.isEmpty ? nil : textOrBytes([[]], repeated: $0.count)($0) },
            evaluate: { arguments, result throws(EvaluationFailure) in
                var joined: [UInt8] = []
                for argument in arguments where !argument.isNull {
                    joined.append(contentsOf: try argument.asBytes())
                    guard joined.count <= maximumLength else { throw .overflow }
                }
                return .bytes(joined, as: result)
            }),
        ScalarFunction(
            "CONCAT_WS", usage: "CONCAT_WS(separator, text, …)",
            summary: "The arguments in a row with a separator between them, without those that are NULL.",
            nullOnNull: false, resolve: { $0.count < 2 ? nil : textOrBytes([[]], repeated: $0.count)($0) },
            evaluate: { arguments, result throws(EvaluationFailure) in
                if arguments[0].isNull { return .null }
                let separator = try arguments[0].asBytes()
                var parts: [[UInt8]] = []
                var length = 0
                for argument in arguments.dropFirst() where !argument.isNull {
                    parts.append(try argument.asBytes())
                    length += (parts.last?.count ?? 0) + separator.count
                    guard length <= maximumLength + Int64(separator.count) else { throw .overflow }
                }
                return .bytes(Array(parts.joined(separator: separator)), as: result)
            }),
    ]

    // MARK: Signatures

    private static func ofText(_ name: String, _ summary: String, _ body: @escaping @Sendable ([UInt8]) -> [UInt8])
        -> ScalarFunction
    {
        ScalarFunction(
            name, usage: "\(name)(text)", summary: summary,
            resolve: FunctionOverloads.of([.varchar], giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in .varchar(body(try arguments[0].asBytes())) })
    }

    /// `repeated` VARCHAR or as many BYTES in front of one of the tails; the result has their type.
    private static func textOrBytes(_ tails: [[DataType]], repeated: Int = 1) -> FunctionOverloads.Resolve {
        FunctionOverloads.first(
            of: [DataType.varchar, .bytes].flatMap { type in
                tails.map { .init([DataType](repeating: type, count: repeated) + $0, type) }
            })
    }

    private static func padding(_ name: String, _ summary: String) -> ScalarFunction {
        ScalarFunction(
            name, usage: "\(name)(text, length, filling)", summary: summary,
            check: ConstantChecks.all(
                ConstantChecks.number(1) { $0 < 0 || $0 > maximumLength ? ("\($0) is no length", nil) : nil },
                ConstantChecks.notEmpty(2, "the filling")),
            resolve: FunctionOverloads.first(
                of: [DataType.varchar, .bytes].map { .init([$0, .integer, $0], $0) }),
            evaluate: { arguments, result throws(EvaluationFailure) in
                let length = try arguments[1].asInteger()
                let text = try arguments[0].asBytes()
                let filling = try arguments[2].asBytes()
                if length < 0 || filling.isEmpty { return .null }
                guard length <= maximumLength else { throw .overflow }
                let inFront = name == "LPAD"
                if result == .bytes || CodeUnits.isASCII(text) && CodeUnits.isASCII(filling) {
                    return .bytes(padded(text, Int(length), filling, inFront), as: result)
                }
                return .varchar(paddedUnits(text, Int(length), filling, inFront))
            })
    }

    // MARK: Work

    private static func padded(_ text: [UInt8], _ length: Int, _ filling: [UInt8], _ inFront: Bool) -> [UInt8] {
        guard text.count < length else { return Array(text[..<length]) }
        return joined(text, length - text.count, filling, filling.count, inFront) { filling[..<$0] }
    }

    /// The same with lengths in code units. Whole fillings are copied as they are; only what is cut needs a look
    /// inside.
    private static func paddedUnits(_ text: [UInt8], _ length: Int, _ filling: [UInt8], _ inFront: Bool) -> [UInt8] {
        let count = CodeUnits.count(text)
        guard count < length else { return CodeUnits.text(CodeUnits.units(text)[..<length]) }
        let units = CodeUnits.units(filling)
        return joined(text, length - count, filling, units.count, inFront) { CodeUnits.text(units[..<$0])[...] }
    }

    /// - Parameter part: the first so many units of the filling.
    private static func joined(
        _ text: [UInt8], _ missing: Int, _ filling: [UInt8], _ unitsOfFilling: Int, _ inFront: Bool,
        part: (Int) -> ArraySlice<UInt8>
    ) -> [UInt8] {
        let (whole, rest) = missing.quotientAndRemainder(dividingBy: unitsOfFilling)
        var result = inFront ? [] : text
        result.reserveCapacity(text.count + (whole + 1) * filling.count)
        for _ in 0..<whole { result.append(contentsOf: filling) }
        result.append(contentsOf: part(rest))
        if inFront { result.append(contentsOf: text) }
        return result
    }

    private static func part<T>(_ text: [T], _ position: Int64, _ length: Int64) -> ArraySlice<T> {
        let count = Int64(text.count)
        let start = position < 0 ? max(count + position, 0) : max(min(position - 1, count), 0)
        let end = max(min(start + length, count), start)
        return text[Int(start)..<Int(end)]
    }

    private static func place<T: Equatable>(
        _ part: [T], in text: [T], _ position: Int64, _ occurrence: Int64
    ) -> Int {
        guard position != 0, position.magnitude <= text.count, occurrence > 0, occurrence <= text.count else {
            return 0
        }
        let occurrence = Int(occurrence)
        if position > 0 {
            return SequenceSearch(part).place(in: text, from: Int(position) - 1, occurrence: occurrence)
                .map { $0 + 1 } ?? 0
        }
        let end = text.count + Int(position) + 1
        // Nothing is found behind the last character.
        if part.isEmpty { return max(min(end, text.count - 1) - occurrence + 2, 0) }
        // From the end on everything is the same the other way round.
        return SequenceSearch(part.reversed()).place(in: text[..<end].reversed(), from: 0, occurrence: occurrence)
            .map { end - $0 - part.count + 1 } ?? 0
    }

    private static func lowerCase(_ text: [UInt8]) -> [UInt8] {
        CodeUnits.isASCII(text)
            ? text.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
            : Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
    }

    private static func initialCapitals(_ text: [UInt8]) -> [UInt8] {
        var result = String.UnicodeScalarView()
        var isInWord = false
        for scalar in String(decoding: lowerCase(text), as: UTF8.self).unicodeScalars {
            let isSpace = scalar.properties.isWhitespace
            if isInWord || isSpace {
                result.append(scalar)
            } else {
                result.append(contentsOf: scalar.properties.titlecaseMapping.unicodeScalars)
            }
            isInWord = !isSpace
        }
        return Array(String(result).utf8)
    }

    /// NULL where the code is none of a character.
    private static func character(_ code: Value) throws(EvaluationFailure) -> Value {
        guard case .varchar(let text) = code else {
            return UInt32(exactly: try code.asInteger()).flatMap { Unicode.Scalar($0) }.map { .text(String($0)) }
                ?? .null
        }
        var units: [UInt16] = []
        var rest = text[...]
        while !rest.isEmpty {
            // The parser of numbers would take a sign as well.
            guard rest.count >= 6, rest.starts(with: "\\u".utf8), rest.dropFirst(2).first != UInt8(ascii: "+"),
                let unit = UInt16(String(decoding: rest.dropFirst(2).prefix(4), as: UTF8.self), radix: 16)
            else { return .null }
            units.append(unit)
            rest = rest.dropFirst(6)
        }
        guard let decoded = String(validating: units, as: UTF16.self), decoded.unicodeScalars.count == 1 else {
            return .null
        }
        return .text(decoded)
    }
}
