// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A Swift file of the repository.
struct SourceFile: CustomStringConvertible {
    /// From the repository's root.
    let path: String
    let lines: [Substring]

    var description: String { path }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// All of Sources and Tests, in the order of their paths.
    static func all() throws -> [SourceFile] {
        var files: [SourceFile] = []
        for folder in ["Sources", "Tests"] {
            let base = root.appendingPathComponent(folder)
            for case let name as String in FileManager.default.enumerator(atPath: base.path) ?? .init()
            where name.hasSuffix(".swift") {
                let text = try String(contentsOf: base.appendingPathComponent(name), encoding: .utf8)
                files.append(SourceFile(path: "\(folder)/\(name)", text: text))
            }
        }
        return files.sorted { $0.path < $1.path }
    }

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The lines without what stands in comments and string literals.
    var codeLines: [String] {
        var stripper = LiteralStripper()
        return lines.map { stripper.strip($0) }
    }

    /// As `codeLines`, with what strings interpolate.
    var expressionLines: [String] {
        var stripper = LiteralStripper(keepsInterpolations: true)
        return lines.map { stripper.strip($0) }
    }

    struct Function: Equatable {
        /// Counted from 1.
        var line: Int
        /// From its first line to its closing brace.
        var length: Int
    }

    /// Functions and initialisers, found by counting braces from the line that declares one.
    var functions: [Function] {
        let code = codeLines
        var functions: [Function] = []
        for start in code.indices where Self.declaresFunction(code[start]) {
            if let length = Self.length(code[start...]) {
                functions.append(Function(line: start + 1, length: length))
            }
        }
        return functions
    }

    /// Lines from the declaration in the first one to its closing brace; nil for a protocol's requirement.
    private static func length(_ code: ArraySlice<String>) -> Int? {
        var braces = 0
        var brackets = 0
        var hasBody = false
        for (line, text) in code.enumerated() {
            // Behind the complete head of a declaration only these can come before the body.
            if !hasBody, line > 0, brackets == 0, !continuesHead(text) {
                return nil
            }
            for character in text {
                switch character {
                case "{": (braces, hasBody) = (braces + 1, true)
                case "}": braces -= 1
                case "(", "[": brackets += 1
                case ")", "]": brackets -= 1
                default: break
                }
            }
            if hasBody, braces == 0 { return line + 1 }
        }
        return nil
    }

    private static func continuesHead(_ line: String) -> Bool {
        let first = line.split { $0 == " " || $0 == "(" }.first ?? ""
        return ["{", "where", "->", "throws", "async"].contains(first)
    }

    private static func declaresFunction(_ line: String) -> Bool {
        let words = line.split { $0 == " " || $0 == "(" || $0 == "?" || $0 == "<" }
        for word in words {
            switch word {
            case "func", "init", "deinit", "subscript": return true
            // Modifiers and attributes may come before; anything else makes it another kind of line.
            case "package", "public", "private", "fileprivate", "internal", "static", "mutating", "override", "final",
                "convenience", "required", "nonisolated", "borrowing", "consuming", "class", "__always)":
                continue
            case _ where word.hasPrefix("@"): continue
            default: return false
            }
        }
        return false
    }
}

/// Takes string literals and comments out of lines of Swift, so that braces in them do not count.
private struct LiteralStripper {
    var keepsInterpolations = false
    private var isInMultilineString = false
    private var commentDepth = 0

    init(keepsInterpolations: Bool = false) { self.keepsInterpolations = keepsInterpolations }

    mutating func strip(_ line: Substring) -> String {
        var code = ""
        var rest = line
        while !rest.isEmpty {
            if commentDepth > 0 {
                if take("*/", &rest) {
                    commentDepth -= 1
                } else if take("/*", &rest) {
                    commentDepth += 1
                } else {
                    rest = rest.dropFirst()
                }
            } else if isInMultilineString {
                if take("\"\"\"", &rest) { isInMultilineString = false } else { skipCharacter(&rest) }
            } else if rest.hasPrefix("//") {
                break
            } else if take("/*", &rest) {
                commentDepth = 1
            } else if take("\"\"\"", &rest) {
                isInMultilineString = true
            } else if rest.hasPrefix("#\"") {
                skipRawString(&rest)
            } else if take("\"", &rest) {
                let interpolated = skipString(&rest)
                if keepsInterpolations { code += interpolated }
            } else {
                code.append(rest.removeFirst())
            }
        }
        return code
    }

    private func take(_ token: String, _ rest: inout Substring) -> Bool {
        guard rest.hasPrefix(token) else { return false }
        rest = rest.dropFirst(token.count)
        return true
    }

    /// One character, or two where a backslash escapes the second.
    private func skipCharacter(_ rest: inout Substring) { rest = rest.dropFirst(rest.first == "\\" ? 2 : 1) }

    /// To behind the closing quote; strings inside an interpolation are skipped with it.
    /// - Returns: the interpolations.
    private func skipString(_ rest: inout Substring) -> String {
        var depth = 0
        var interpolated = ""
        while let next = rest.first {
            if rest.hasPrefix("\\(") {
                depth += 1
                interpolated += " ("
                rest = rest.dropFirst(2)
            } else if depth > 0, next == "(" || next == ")" {
                depth += next == "(" ? 1 : -1
                interpolated.append(next)
                rest = rest.dropFirst()
            } else if next == "\"" {
                rest = rest.dropFirst()
                if depth == 0 { break }
                interpolated += skipString(&rest)
            } else {
                if depth > 0 { interpolated.append(next) }
                skipCharacter(&rest)
            }
        }
        return interpolated
    }

    private func skipRawString(_ rest: inout Substring) {
        rest = rest.dropFirst(2)
        while !rest.isEmpty, !take("\"#", &rest) { rest = rest.dropFirst() }
    }
}
