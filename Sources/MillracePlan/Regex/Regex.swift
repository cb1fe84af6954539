// SPDX-License-Identifier: Apache-2.0
import CSystemRegex
import MillraceCore

/// A regular expression of PCRE2, set up to read patterns as Java does where it can. Not thread-safe: every thread
/// compiles its own.
///
/// No match takes long. A first try may take so many steps at each place of a text of up to 16 KiB; what has not ended
/// then, and every longer text, is matched step by step, with all steps counted.
final class Regex {
    struct PatternError: Error {
        var message: String
        /// Of the pattern's bytes.
        var offset: Int
    }

    /// So many steps has a text of `count` bytes.
    static func steps(_ count: Int) -> UInt64 { 2_000_000 + 32 * UInt64(count) }
    /// Steps of the first try at one place of the text.
    private static func firstSteps(_ count: Int) -> UInt32 { UInt32(max(1_000_000 / max(count, 1), 1000)) }
    private static let mostOfFirstTry = 1 << 14
    /// From the use on at which it is translated to machine code.
    private static let usesBeforeJIT = 8

    /// Of capturing groups.
    let groups: Int
    private let pattern: [UInt8]
    private let code: OpaquePointer
    private let match: OpaquePointer
    private let context: OpaquePointer
    private let ranges: UnsafeMutablePointer<Int>
    /// The same pattern with a callout before every item, for matches whose steps are counted.
    private var counting: OpaquePointer?
    private let stepsLeft: UnsafeMutablePointer<millrace_regex_steps>
    private var limit = 0
    private var uses = 0

    init(_ pattern: [UInt8]) throws(PatternError) {
        if let offset = JavaPattern.difference(in: pattern) {
            throw PatternError(
                message: "a class inside a class, and && in a class, have another meaning in Java", offset: offset)
        }
        self.pattern = pattern
        code = try Regex.compile(pattern, 0)
        var groups: UInt32 = 0
        _ = pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_CAPTURECOUNT), &groups)
        self.groups = Int(groups)
        guard let match = pcre2_match_data_create_from_pattern_8(code, nil),
            let context = pcre2_match_context_create_8(nil)
        else { fatalError("no memory for a regular expression") }
        self.match = match
        self.context = context
        ranges = pcre2_get_ovector_pointer_8(match)
        stepsLeft = .allocate(capacity: 1)
        stepsLeft.initialize(to: millrace_regex_steps())
        _ = millrace_regex_count(context, stepsLeft)
    }

    deinit {
        pcre2_match_context_free_8(context)
        pcre2_match_data_free_8(match)
        pcre2_code_free_8(code)
        if let counting { pcre2_code_free_8(counting) }
        stepsLeft.deallocate()
    }

    private static func compile(_ pattern: [UInt8], _ options: UInt32) throws(PatternError) -> OpaquePointer {
        var number: Int32 = 0
        var offset = 0
        let context = pcre2_compile_context_create_8(nil)
        defer { pcre2_compile_context_free_8(context) }
        // The ends of lines; in Java also U+0085, U+2028 and U+2029.
        _ = pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_ANYCRLF))
        _ = pcre2_set_max_pattern_length_8(context, 1 << 16)
        let all =
            options | UInt32(PCRE2_UTF) | UInt32(PCRE2_ALT_BSUX) | UInt32(PCRE2_NEVER_BACKSLASH_C)
            | UInt32(PCRE2_NO_UTF_CHECK)
        let code = pattern.withUnsafeBufferPointer { pattern in
            pcre2_compile_8(pattern.baseAddress ?? Regex.nothing, pattern.count, all, &number, &offset, context)
        }
        if let code { return code }
        var text = [UInt8](repeating: 0, count: 256)
        let count = pcre2_get_error_message_8(number, &text, text.count)
        throw PatternError(message: String(decoding: text.prefix(max(Int(count), 0)), as: UTF8.self), offset: offset)
    }

    /// Where no bytes are.
    private nonisolated(unsafe) static let nothing = UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1))

    /// Begins with a text: all matches in it share what it may cost.
    func begin(_ text: UnsafeBufferPointer<UInt8>) {
        stepsLeft.pointee = millrace_regex_steps(left: Regex.steps(text.count), last: 0)
        let limit = Regex.firstSteps(text.count)
        if Int(limit) != self.limit {
            self.limit = Int(limit)
            _ = pcre2_set_match_limit_8(context, limit)
        }
        uses += 1
        // Where the processor has no translation, matches go on as before.
        if uses == Regex.usesBeforeJIT { _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE)) }
    }

    /// Whether there is a match in a text (of valid UTF-8) from a place on.
    func find(in text: UnsafeBufferPointer<UInt8>, from start: Int) throws(EvaluationFailure) -> Bool {
        let subject = text.baseAddress ?? Regex.nothing
        if text.count <= Regex.mostOfFirstTry {
            let result = pcre2_match_8(code, subject, text.count, start, UInt32(PCRE2_NO_UTF_CHECK), match, context)
            if result > 0 { return true }
            if result == PCRE2_ERROR_NOMATCH { return false }
        }
        if counting == nil { counting = try? Regex.compile(pattern, UInt32(PCRE2_AUTO_CALLOUT)) }
        guard let counting else { throw .tooComplex }
        _ = pcre2_set_match_limit_8(context, .max)
        limit = 0
        stepsLeft.pointee.last = start
        let result = pcre2_match_8(counting, subject, text.count, start, UInt32(PCRE2_NO_UTF_CHECK), match, context)
        if result > 0 { return true }
        if result == PCRE2_ERROR_NOMATCH { return false }
        throw .tooComplex
    }

    /// Where a group of the last match is, 0 being the whole of it; nil: it took no part.
    func range(_ group: Int) -> Range<Int>? {
        let (start, end) = (ranges[2 * group], ranges[2 * group + 1])
        guard millrace_regex_is_unset(start) == 0, start <= end else { return nil }
        return start..<end
    }

    /// The number of a named group.
    func group(named name: String) -> Int? {
        let number = pcre2_substring_number_from_name_8(code, name)
        return number > 0 ? Int(number) : nil
    }
}
