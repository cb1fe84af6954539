// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A Java properties file, as `java.util.Properties` reads it: `key=value`, `key: value` or `key value`, comments with
/// `#` or `!`, lines that go on behind a backslash, `\t \n \r \f \uXXXX`.
struct JavaProperties {
    struct Property: Equatable {
        var name: String
        var value: String
        /// Where it begins, counted from 1.
        var line: Int
    }

    /// In the file's order; of equal names only the last.
    private(set) var properties: [Property] = []

    subscript(name: String) -> Property? { properties.last { $0.name == name } }

    /// Throws, with its line, what is no properties file.
    static func parse(_ text: String) throws(SourceError) -> JavaProperties {
        var byName: [String: Property] = [:]
        let lines = lines(text)
        var index = 0
        while index < lines.count {
            let start = index
            var logical = Text(lines[index])
            var continues = endsInBackslash(lines[index])
            index += 1
            guard let first = logical.first, first != "#", first != "!" else { continue }
            while continues, index < lines.count {
                logical.removeLast()
                logical.append(contentsOf: lines[index])
                continues = endsInBackslash(lines[index])
                index += 1
            }
            let place = SourceLocation(line: start + 1, column: 1)
            let (name, value) = split(logical[...])
            let property = Property(
                name: try unescaped(name, at: place), value: try unescaped(value, at: place), line: start + 1)
            byName[property.name] = property
        }
        return JavaProperties(properties: byName.values.sorted { $0.line < $1.line })
    }

    /// Like Java, it reads character by character: what is combined with a sign does not change what the sign means.
    private typealias Text = String.UnicodeScalarView

    /// Without the blanks in front of them.
    private static func lines(_ text: String) -> [Text.SubSequence] {
        var lines: [Text.SubSequence] = []
        var rest = text.unicodeScalars[...]
        while true {
            let line = rest.prefix { $0 != "\n" && $0 != "\r" }
            lines.append(line.drop(while: isBlank))
            rest = rest[line.endIndex...]
            guard let end = rest.popFirst() else { return lines }
            if end == "\r", rest.first == "\n" { rest.removeFirst() }
        }
    }

    private static func isBlank(_ character: Unicode.Scalar) -> Bool {
        character == " " || character == "\t" || character == "\u{C}"
    }

    /// Whether the number of backslashes at its end is odd.
    private static func endsInBackslash(_ line: Text.SubSequence) -> Bool {
        line.reversed().prefix { $0 == "\\" }.count % 2 == 1
    }

    private static func split(_ line: Text.SubSequence) -> (name: Text.SubSequence, value: Text.SubSequence) {
        var isEscaped = false
        var end = line.endIndex
        for index in line.indices {
            let character = line[index]
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "=" || character == ":" || isBlank(character) {
                end = index
                break
            }
        }
        var value = line[end...].drop(while: isBlank)
        if let separator = value.first, separator == "=" || separator == ":" {
            value = value.dropFirst().drop(while: isBlank)
        }
        return (line[..<end], value)
    }

    private static func unescaped(_ text: Text.SubSequence, at place: SourceLocation) throws(SourceError) -> String {
        var result = Text()
        var rest = text
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escaped = rest.popFirst() else {
                if scalar != "\\" { result.append(scalar) }
                continue
            }
            switch escaped {
            case "t": result.append("\t")
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "f": result.append("\u{C}")
            case "u":
                let digits = rest.prefix(4)
                guard digits.count == 4, digits.allSatisfy(\.properties.isASCIIHexDigit),
                    let number = UInt32(String(digits), radix: 16),
                    let character = Unicode.Scalar(number)
                else {
                    throw SourceError("\\u without four hexadecimal digits", at: place, code: .malformedClientFile)
                }
                result.append(character)
                rest = rest.dropFirst(4)
            default: result.append(escaped)
            }
        }
        return String(result)
    }
}
