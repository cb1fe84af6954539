// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Functions of regular expressions.
enum RegexFunctions {
    static let all: [ScalarFunction] = [
        function(
            "REGEXP_EXTRACT", usage: "REGEXP_EXTRACT(pattern, text [, group])",
            summary: "The first part of the text that matches, or a group of it; NULL where nothing does.",
            pattern: 0, groupIndex: 2,
            resolve: FunctionOverloads.any(
                FunctionOverloads.of([.varchar, .varchar], [.varchar, .varchar, .integer], giving: .varchar)),
            extract),
        function(
            "REGEXP_EXTRACT_ALL", usage: "REGEXP_EXTRACT_ALL(pattern, text [, group])",
            summary: "All parts of the text that match, or a group of each; an empty array where nothing does.",
            pattern: 0, groupIndex: 2,
            resolve: FunctionOverloads.of(
                [.varchar, .varchar], [.varchar, .varchar, .integer], giving: .array(.varchar)),
            extractAll),
        function(
            "REGEXP_REPLACE", usage: "REGEXP_REPLACE(text, pattern, new)",
            summary: "The text with another one for all parts that match; $1 in the new one is a group of the part.",
            pattern: 1,
            resolve: FunctionOverloads.of([.varchar, .varchar, .varchar], giving: .varchar), replace),
        function(
            "REGEXP_SPLIT_TO_ARRAY", usage: "REGEXP_SPLIT_TO_ARRAY(text, pattern)",
            summary: "The parts between the matches; all characters where the pattern is empty.", pattern: 1,
            resolve: FunctionOverloads.of([.varchar, .varchar], giving: .array(.varchar)), split),
    ]

    private typealias Evaluate = @Sendable (_ arguments: [Value], Regex) throws(EvaluationFailure) -> Value

    private static func function(
        _ name: String, usage: String, summary: String, pattern: Int, groupIndex: Int? = nil,
        resolve: @escaping FunctionOverloads.Resolve, _ evaluate: @escaping Evaluate
    ) -> ScalarFunction {
        ScalarFunction(
            name, usage: usage, summary: summary, check: check(pattern, group: groupIndex), resolve: resolve,
            prepare: { _ in
                let cache = RegexCache()
                return { arguments, _ throws(EvaluationFailure) in
                    try evaluate(arguments, try cache.regex(try arguments[pattern].asBytes()))
                }
            })
    }

    /// A pattern that is none, and a group that it does not have.
    private static func check(_ pattern: Int, group: Int?) -> ConstantChecks.Check {
        { constants in
            guard constants.indices.contains(pattern), case .varchar(let bytes)? = constants[pattern] else {
                return nil
            }
            let regex: Regex
            do throws(Regex.PatternError) {
                regex = try Regex(bytes)
            } catch {
                let place = String(decoding: bytes.prefix(error.offset), as: UTF8.self).unicodeScalars.count + 1
                return ArgumentFault(
                    pattern, "the pattern cannot be used, at its character \(place): \(error.message)",
                    hint: "patterns are those of PCRE2; a bracket that stands for itself is written \\[")
            }
            guard let group, constants.indices.contains(group), let value = constants[group],
                let number = try? value.asInteger(), number < 0 || number > regex.groups
            else { return nil }
            return ArgumentFault(
                group, "the pattern has no group \(number)",
                hint: regex.groups == 0
                    ? "groups are the parts in parentheses; 0 is the whole" : "it has groups 0 to \(regex.groups)")
        }
    }

    // MARK: Functions

    private static func extract(_ arguments: [Value], _ regex: Regex) throws(EvaluationFailure) -> Value {
        let group = arguments.count == 3 ? try arguments[2].asInteger() : 0
        guard group >= 0, group <= regex.groups else { return .null }
        return try withText(arguments[1]) { text throws(EvaluationFailure) in
            regex.begin(text)
            guard try regex.find(in: text, from: 0), let range = regex.range(Int(group)) else { return .null }
            return .varchar(Array(text[range]))
        }
    }

    private static func extractAll(_ arguments: [Value], _ regex: Regex) throws(EvaluationFailure) -> Value {
        let group = arguments.count == 3 ? try arguments[2].asInteger() : 0
        guard group >= 0, group <= regex.groups else { return .null }
        return try withText(arguments[1]) { text throws(EvaluationFailure) in
            var parts: [Value] = []
            var left = ValueLimit.bytes
            try forEach(regex, in: text) { _ throws(EvaluationFailure) in
                let range = regex.range(Int(group))
                left -= range?.count ?? 0
                guard left >= 0, parts.count < CollectionFunctions.maximumCount else { throw .overflow }
                parts.append(range.map { .varchar(Array(text[$0])) } ?? .null)
            }
            return .array(parts)
        }
    }

    private static func replace(_ arguments: [Value], _ regex: Regex) throws(EvaluationFailure) -> Value {
        let replacement = try Replacement(try arguments[2].asBytes(), regex)
        return try withText(arguments[0]) { text throws(EvaluationFailure) in
            var result: [UInt8] = []
            var end = 0
            try forEach(regex, in: text) { range throws(EvaluationFailure) in
                result.append(contentsOf: text[end..<max(range.lowerBound, end)])
                replacement.append(to: &result, text, regex)
                end = max(range.upperBound, end)
                guard result.count <= ValueLimit.bytes else { throw .overflow }
            }
            result.append(contentsOf: text[end...])
            return .varchar(result)
        }
    }

    private static func split(_ arguments: [Value], _ regex: Regex) throws(EvaluationFailure) -> Value {
        let isEmpty = try arguments[1].asBytes().isEmpty
        return try withText(arguments[0]) { text throws(EvaluationFailure) in
            guard text.count <= CollectionFunctions.maximumCount else { throw .overflow }
            if isEmpty {
                return .array(String(decoding: text, as: UTF8.self).unicodeScalars.map { .text(String($0)) })
            }
            var parts: [Value] = []
            var start = 0
            try forEach(regex, in: text) { range throws(EvaluationFailure) in
                // Nothing is no separator.
                guard !range.isEmpty, range.lowerBound >= start else { return }
                parts.append(.varchar(Array(text[start..<range.lowerBound])))
                start = range.upperBound
            }
            parts.append(.varchar(Array(text[start...])))
            return .array(parts)
        }
    }

    // MARK: Matching

    private static func withText(
        _ value: Value, _ body: (UnsafeBufferPointer<UInt8>) throws(EvaluationFailure) -> Value
    ) throws(EvaluationFailure) -> Value {
        let bytes = try value.asBytes()
        guard UTF8Check.isValid(bytes) else { throw .badArgument }
        var result: Result<Value, EvaluationFailure> = .success(.null)
        bytes.withUnsafeBufferPointer { text in
            do throws(EvaluationFailure) { result = .success(try body(text)) } catch { result = .failure(error) }
        }
        return try result.get()
    }

    /// All matches as Java finds them: behind an empty one the search goes on a character further.
    private static func forEach(
        _ regex: Regex, in text: UnsafeBufferPointer<UInt8>,
        _ body: (Range<Int>) throws(EvaluationFailure) -> Void
    ) throws(EvaluationFailure) {
        regex.begin(text)
        var start = 0
        while start <= text.count, try regex.find(in: text, from: start) {
            guard let range = regex.range(0) else { return }
            try body(range)
            start = max(range.upperBound, start)
            guard range.isEmpty else { continue }
            start += 1
            while start < text.count, text[start] & 0xC0 == 0x80 { start += 1 }
        }
    }
}

/// What stands for a match, as Java writes it: `$1`, `${name}`, and `\` before a character that stands for itself.
private struct Replacement {
    private enum Part {
        case text([UInt8])
        case group(Int)
    }

    private var parts: [Part] = []

    init(_ bytes: [UInt8], _ regex: Regex) throws(EvaluationFailure) {
        var literal: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\") {
                guard let next = rest.popFirst() else { throw .badArgument }
                literal.append(next)
            } else if byte == UInt8(ascii: "$") {
                if !literal.isEmpty { parts.append(.text(literal)) }
                literal = []
                parts.append(.group(try Replacement.group(&rest, regex)))
            } else {
                literal.append(byte)
            }
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
    }

    private static func group(_ rest: inout ArraySlice<UInt8>, _ regex: Regex) throws(EvaluationFailure) -> Int {
        if rest.first == UInt8(ascii: "{") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { throw .badArgument }
            let name = String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            guard let number = regex.group(named: name) else { throw .badArgument }
            return number
        }
        guard let first = rest.first, case let digit = Int(first) - 48, 0...9 ~= digit, digit <= regex.groups else {
            throw .badArgument
        }
        var number = digit
        rest = rest.dropFirst()
        // As many digits as there are groups for.
        while let next = rest.first, case let digit = Int(next) - 48, 0...9 ~= digit,
            number * 10 + digit <= regex.groups
        {
            number = number * 10 + digit
            rest = rest.dropFirst()
        }
        return number
    }

    func append(to result: inout [UInt8], _ text: UnsafeBufferPointer<UInt8>, _ regex: Regex) {
        for part in parts {
            switch part {
            case .text(let bytes): result.append(contentsOf: bytes)
            case .group(let number): if let range = regex.range(number) { result.append(contentsOf: text[range]) }
            }
        }
    }
}

/// The regular expressions of one place in a program: nearly always one, and a bounded number where they come from
/// data. Not thread-safe.
private final class RegexCache {
    private static let limit = 64
    private var last: (pattern: [UInt8], regex: Regex)?
    private var known: [[UInt8]: Regex] = [:]

    func regex(_ pattern: [UInt8]) throws(EvaluationFailure) -> Regex {
        if let last, last.pattern == pattern { return last.regex }
        let regex: Regex
        if let earlier = known[pattern] {
            regex = earlier
        } else {
            guard UTF8Check.isValid(pattern), let new = try? Regex(pattern) else { throw .badArgument }
            regex = new
            if known.count >= RegexCache.limit { known.removeAll() }
            known[pattern] = regex
        }
        last = (pattern, regex)
        return regex
    }
}

private enum UTF8Check {
    static func isValid(_ bytes: [UInt8]) -> Bool {
        let isASCII = bytes.withUnsafeBytes { bytes in
            var bits: UInt64 = 0
            var index = 0
            while index + 8 <= bytes.count {
                bits |= bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                index += 8
            }
            while index < bytes.count {
                bits |= UInt64(bytes[index])
                index += 1
            }
            return bits & 0x8080_8080_8080_8080 == 0
        }
        return isASCII || String(validating: bytes, as: UTF8.self) != nil
    }
}
