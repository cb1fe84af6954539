// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The texts that the program can print: all string literals below Sources/, with a gap where something is put in.
struct SourceLiterals: Sendable {
    /// The pieces between the gaps; literals that `+` joins are one.
    struct Literal: Hashable, Sendable {
        var pieces: [String]
    }

    let all: [Literal]

    static let ofTheProgram = SourceLiterals(folder: Document.root.appendingPathComponent("Sources"))

    init(_ all: [Literal]) { self.all = all }

    init(folder: URL) {
        let files =
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        var all: Set<Literal> = []
        for file in files {
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
            all.formUnion(SourceLiterals.literals(in: text))
        }
        self.all = Array(all)
    }

    /// Whether somebody could print a text: `…` in it stands for anything. Where it is not one literal, each of its
    /// parts that says something has to be.
    func canPrint(_ text: String) -> Bool {
        if isPrinted(text) { return true }
        return [["; ", ": "], ["; ", ": ", ", "]].contains { separators in
            let parts = separators.reduce([text]) { parts, separator in
                parts.flatMap { $0.components(separatedBy: separator) }
            }
            let telling = parts.filter { SourceLiterals.words(in: $0) >= 2 }
            return parts.count > 1 && !telling.isEmpty && telling.allSatisfy(isPrinted)
        }
    }

    /// Plain words, as sentences have them.
    static func words(in text: String) -> Int {
        text.split(separator: " ").count { $0.wholeMatch(of: /[a-z]{2,}[,:;.]?/) != nil }
    }

    private func isPrinted(_ text: String) -> Bool {
        if SourceLiterals.ofLibrary.contains(text) { return true }
        let words = SourceLiterals.mask(text)
        // What is put in may look like words, too.
        let enough = max(words.count(where: \.self) * 7 / 10, 6)
        return all.contains { literal in
            let mayFit = literal.pieces.contains { piece in
                let word = piece.trimmingCharacters(in: .whitespaces)
                return word.count >= 6 && text.contains(word) || piece.contains(text.prefix(6))
                    || text.contains("…") && piece.contains(text.prefix { $0 != "…" })
            }
            return mayFit && SourceLiterals.fit(text, literal) ?? 0 >= enough
        }
    }

    /// What librdkafka says, and Millrace passes on.
    private static let ofLibrary = ["This instance has been fenced by a newer instance", "Broker transport failure"]

    /// By byte of a text: whether it belongs to a plain word.
    private static func mask(_ text: String) -> [Bool] {
        var mask = Array(repeating: false, count: text.utf8.count)
        var place = 0
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let count = word.utf8.count
            if words(in: String(word)) > 0 { for index in place..<(place + count) { mask[index] = true } }
            place += count + 1
        }
        return mask
    }

    // MARK: matching

    private enum Token: Equatable {
        case byte(UInt8)
        /// Anything.
        case gap
    }

    /// How many bytes of the words of a text, which may begin and end anywhere in a literal, are the literal's own;
    /// nil: it does not fit.
    static func fit(_ string: String, _ literal: Literal) -> Int? {
        let text = Array(string.utf8)
        let isWord = mask(string)
        var pattern: [Token] = []
        for (index, piece) in literal.pieces.enumerated() {
            if index > 0 { pattern.append(.gap) }
            pattern += piece.utf8.map { .byte($0) }
        }
        let ellipsis = Array("…".utf8)
        // The best score of what was taken so far, by the place in the pattern.
        var best: [Int?] = Array(repeating: 0, count: pattern.count + 1)
        var index = 0
        while index < text.count {
            var next: [Int?] = Array(repeating: nil, count: pattern.count + 1)
            func reach(_ place: Int, _ score: Int) { next[place] = max(next[place] ?? -1, score) }
            if text[index...].starts(with: ellipsis) {
                var highest: Int?
                for place in best.indices {
                    highest = [highest, best[place]].compactMap(\.self).max()
                    if let highest { reach(place, highest) }
                }
                index += ellipsis.count
            } else {
                skipGaps(&best, pattern)
                for place in pattern.indices {
                    guard let score = best[place] else { continue }
                    switch pattern[place] {
                    case .gap: reach(place, score)
                    case .byte(let byte): if byte == text[index] { reach(place + 1, score + (isWord[index] ? 1 : 0)) }
                    }
                }
                index += 1
            }
            best = next
        }
        return best.compactMap(\.self).max()
    }

    /// A gap may be empty.
    private static func skipGaps(_ best: inout [Int?], _ pattern: [Token]) {
        for place in pattern.indices where pattern[place] == .gap {
            guard let score = best[place] else { continue }
            best[place + 1] = max(best[place + 1] ?? -1, score)
        }
    }

    // MARK: reading Swift

    static func literals(in source: String) -> [Literal] {
        var reader = Reader(bytes: Array(source.utf8))
        return reader.literals()
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        private func has(_ text: String, at place: Int) -> Bool {
            bytes[min(place, bytes.count)...].starts(with: text.utf8)
        }

        mutating func literals() -> [Literal] {
            var found: [Literal] = []
            while place < bytes.count {
                if has("//", at: place) {
                    skipLine()
                } else if bytes[place] == UInt8(ascii: "\"") {
                    var pieces = literal()
                    while joins() {
                        let more = literal()
                        pieces[pieces.count - 1] += more[0]
                        pieces += more.dropFirst()
                    }
                    found.append(Literal(pieces: pieces))
                } else {
                    place += 1
                }
            }
            return found
        }

        private mutating func skipLine() {
            while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
        }

        /// Whether another literal is added to the one before.
        private mutating func joins() -> Bool {
            var next = place
            func skipSpace() {
                while next < bytes.count, [0x20, 0x0A].contains(bytes[next]) { next += 1 }
            }
            skipSpace()
            guard has("+", at: next) else { return false }
            next += 1
            skipSpace()
            guard has("\"", at: next) else { return false }
            place = next
            return true
        }

        private mutating func literal() -> [String] {
            let quotes = has("\"\"\"", at: place) ? 3 : 1
            let end = String(repeating: "\"", count: quotes)
            place += quotes
            var pieces: [[UInt8]] = [[]]
            while place < bytes.count, !has(end, at: place) {
                if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count {
                    escape(&pieces)
                } else {
                    // Lines of a long one may be broken anywhere.
                    pieces[pieces.count - 1].append(bytes[place])
                    place += 1
                }
            }
            place += quotes
            return pieces.map { String(decoding: $0, as: UTF8.self) }
        }

        private mutating func escape(_ pieces: inout [[UInt8]]) {
            let next = bytes[place + 1]
            place += 2
            switch next {
            case UInt8(ascii: "("):
                skipInterpolation()
                pieces.append([])
            case UInt8(ascii: "\n"):
                while place < bytes.count, bytes[place] == 0x20 { place += 1 }
            case UInt8(ascii: "n"): pieces[pieces.count - 1].append(0x0A)
            default: pieces[pieces.count - 1].append(next)
            }
        }

        private mutating func skipInterpolation() {
            var depth = 1
            while place < bytes.count, depth > 0 {
                switch bytes[place] {
                case UInt8(ascii: "("): depth += 1
                case UInt8(ascii: ")"): depth -= 1
                case UInt8(ascii: "\""):
                    _ = literal()
                    continue
                default: break
                }
                place += 1
            }
        }
    }
}
