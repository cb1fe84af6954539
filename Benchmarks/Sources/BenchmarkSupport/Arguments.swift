// SPDX-License-Identifier: Apache-2.0

/// The words of a command line: `--name VALUE`, `--flag`, and the rest.
package struct Arguments {
    package private(set) var words: [String] = []
    private var values: [String: String] = [:]
    private var flags: Set<String> = []

    /// - Parameters:
    ///   - options: names of those with a value.
    ///   - flags: names of those without.
    package init(_ all: [String], options: Set<String>, flags known: Set<String> = []) throws {
        var rest = all[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                words.append(word)
                continue
            }
            let name = String(word.dropFirst(2))
            if known.contains(name) {
                flags.insert(name)
            } else if options.contains(name), let value = rest.popFirst() {
                values[name] = value
            } else {
                throw Failure(options.contains(name) ? "\(word) needs a value" : "there is no option \(word)")
            }
        }
    }

    package func has(_ flag: String) -> Bool { flags.contains(flag) }

    package func text(_ name: String) -> String? { values[name] }

    /// The value as a number; `standard` where it is not given. Throws where it is no number.
    package func number<Number: LosslessStringConvertible>(_ name: String, _ standard: Number) throws -> Number {
        guard let text = values[name] else { return standard }
        guard let number = Number(text) else { throw Failure("--\(name) \(text): not a number") }
        return number
    }

    /// The word at this place; throws where there is none.
    package func word(_ index: Int, _ name: String) throws -> String {
        guard index < words.count else { throw Failure("\(name) is missing") }
        return words[index]
    }
}
