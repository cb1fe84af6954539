// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// The pattern of times that are written as text.
enum TimePatternGuess {
    /// A pattern of Java's DateTimeFormatter that reads all texts as times between 1980 and 2100; nil: none of those
    /// that are common does, or two of them do and disagree.
    static func pattern(of texts: [String]) -> String? {
        guard let first = texts.first, first.utf8.count <= 64, first.utf8.contains(where: { 0x30...0x39 ~= $0 }) else {
            return nil
        }
        let found = candidates(texts).first { candidate in
            reads(candidate, first) && texts.allSatisfy { reads(candidate, $0) }
        }
        guard let found else { return nil }
        guard let other = contrary[found], texts.allSatisfy({ reads(other, $0) }) else { return found }
        return nil
    }

    /// Days and months that stand the other way round.
    private static let contrary = [
        "MM/dd/yyyy HH:mm:ss": "dd/MM/yyyy HH:mm:ss", "dd/MM/yyyy HH:mm:ss": "MM/dd/yyyy HH:mm:ss",
    ]

    private static let wholes = [
        "dd/MMM/yyyy:HH:mm:ss Z", "EEE, dd MMM yyyy HH:mm:ss z", "EEE, d MMM yyyy HH:mm:ss z",
        "EEE, dd MMM yyyy HH:mm:ss Z", "EEE, d MMM yyyy HH:mm:ss Z", "EEE MMM dd HH:mm:ss Z yyyy",
        "EEE MMM dd HH:mm:ss z yyyy", "EEE MMM d HH:mm:ss yyyy", "MM/dd/yyyy HH:mm:ss", "dd/MM/yyyy HH:mm:ss",
        "dd.MM.yyyy HH:mm:ss", "yyyy/MM/dd HH:mm:ss", "yyyyMMddHHmmss", "yyyyMMdd'T'HHmmss", "yyyyMMdd'T'HHmmssX",
    ]

    private static func candidates(_ texts: [String]) -> [String] {
        var lengths: Set<Int> = []
        for text in texts {
            guard let point = text.lastIndex(where: { $0 == "." || $0 == "," }) else {
                lengths.insert(0)
                continue
            }
            lengths.insert(text[text.index(after: point)...].prefix { $0.isASCII && $0.isNumber }.count)
        }
        guard lengths.allSatisfy({ $0 <= 9 }) else { return wholes }
        let digits = lengths.filter { $0 > 0 }.sorted(by: >)
        func fraction(_ point: String) -> String {
            if lengths == [0] { return "" }
            if lengths.count == 1 { return point + String(repeating: "S", count: digits[0]) }
            return digits.map { "[\(point)\(String(repeating: "S", count: $0))]" }.joined()
        }
        var result: [String] = []
        for date in ["yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm"] {
            for fraction in lengths == [0] ? [""] : [fraction("."), fraction(",")] {
                for zone in ["", "XXX", "XX", "X", " XXX", " XX", " z"] { result.append(date + fraction + zone) }
            }
        }
        return result + wholes
    }

    private static func reads(_ pattern: String, _ text: String) -> Bool {
        guard let parsed = try? DateTimePattern(pattern) else { return false }
        var text = text
        let time = text.withUTF8 { parsed.parse(UnsafeRawBufferPointer($0)) }
        return time.map { EventTimePlausibility.plausible.contains($0) } ?? false
    }
}
