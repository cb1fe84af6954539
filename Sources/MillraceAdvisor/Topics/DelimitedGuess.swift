// SPDX-License-Identifier: Apache-2.0

/// The separator that explains lines best, and what their fields hold.
struct DelimitedGuess: Equatable {
    let delimiter: Character
    let columns: [ValueShape]
    /// Lines with another number of fields, or none that can be read.
    let strange: [Int]

    private struct Candidate {
        var delimiter: Character
        var fields: Int
        var rows: [[String]?]
        var score: Double
    }

    /// A separator stands in texts the less often the higher this is.
    private static let weights: [(delimiter: Character, weight: Double)] = [
        ("\t", 4), ("|", 2), (";", 1.5), (",", 1),
    ]

    /// Nil where no separator makes columns of nearly all lines (four of five).
    init?(_ lines: [String]) {
        guard !lines.isEmpty else { return nil }
        var best: Candidate?
        for (delimiter, weight) in DelimitedGuess.weights {
            guard let candidate = DelimitedGuess.candidate(lines, delimiter, weight) else { continue }
            if candidate.score > best?.score ?? 0 { best = candidate }
        }
        guard let best else { return nil }
        delimiter = best.delimiter
        strange = best.rows.indices.filter { best.rows[$0]?.count != best.fields }
        columns = (0..<best.fields).map { column in
            best.rows.reduce(into: ValueShape()) { shape, row in
                if let row, row.count == best.fields { shape.merge(ValueShape(field: row[column])) }
            }
        }
    }

    private static func candidate(_ lines: [String], _ delimiter: Character, _ weight: Double) -> Candidate? {
        if delimiter == ",", isDecimalComma(lines) || isProse(lines) { return nil }
        let rows = lines.map { fields($0, delimiter) }
        var counts: [Int: Int] = [:]
        for row in rows { if let row, row.count > 1, row.allSatisfy(isBalanced) { counts[row.count, default: 0] += 1 } }
        guard let (fields, count) = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }),
            count * 5 >= lines.count * 4
        else { return nil }
        let share = Double(count) / Double(lines.count)
        return Candidate(
            delimiter: delimiter, fields: fields, rows: rows, score: share * share * Double(fields - 1) * weight)
    }

    /// `1,5;2,25`: where another separator is there, a comma between digits only is a decimal point.
    private static func isDecimalComma(_ lines: [String]) -> Bool {
        lines.allSatisfy { line in
            let bytes = Array(line.utf8)
            guard bytes.contains(where: { [0x09, 0x3B, 0x7C].contains($0) }) else { return false }
            return bytes.indices.allSatisfy { index in
                guard bytes[index] == UInt8(ascii: ",") else { return true }
                return index > 0 && index + 1 < bytes.count && isDigit(bytes[index - 1]) && isDigit(bytes[index + 1])
            }
        }
    }

    /// `Hello, world`: one comma with a blank behind it, as in a sentence.
    private static func isProse(_ lines: [String]) -> Bool {
        lines.allSatisfy { line in
            let parts = line.split(separator: ",", omittingEmptySubsequences: false)
            return parts.count <= 2 && parts.dropFirst().allSatisfy { $0.hasPrefix(" ") }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

    /// Whether brackets and braces close in the field: the parts of a JSON text or of a user agent are no fields.
    private static func isBalanced(_ field: String) -> Bool {
        var depths: [UInt8: Int] = [:]
        for byte in field.utf8 {
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depths[byte, default: 0] += 1
            case UInt8(ascii: ")"): depths[UInt8(ascii: "("), default: 0] -= 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depths[byte - 2, default: 0] -= 1
            default: break
            }
        }
        return depths.values.allSatisfy { $0 == 0 }
    }

    /// The fields as the format DELIMITED takes them; nil where it does not take the line.
    static func fields(_ line: String, _ delimiter: Character) -> [String]? {
        var rest = Substring(line)
        for end in ["\r\n", "\n", "\r"] where rest.hasSuffix(end) {
            rest.removeLast()
            break
        }
        var fields: [String] = []
        while true {
            if rest.first == "\"" {
                guard let field = quotedField(&rest) else { return nil }
                while let next = rest.first, next == " " || next == "\t", next != delimiter { rest.removeFirst() }
                fields.append(field)
            } else {
                let field = rest.prefix { $0 != delimiter }
                if field.contains(where: \.isNewline) { return nil }
                fields.append(String(field))
                rest = rest.dropFirst(field.count)
            }
            guard let next = rest.first else { return fields }
            guard next == delimiter else { return nil }
            rest.removeFirst()
        }
    }

    private static func quotedField(_ rest: inout Substring) -> String? {
        var field = ""
        rest.removeFirst()
        while let next = rest.popFirst() {
            guard next == "\"" else {
                field.append(next)
                continue
            }
            guard rest.first == "\"" else { return field }
            field.append("\"")
            rest.removeFirst()
        }
        return nil
    }
}
