// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The value of Java's `sasl.jaas.config`: `CLASS required name="value" name="value";`.
struct LoginModule: Equatable {
    /// Without its package.
    var name: String
    var options: [String: String] = [:]

    /// Nil where the text is not of this form.
    init?(_ text: String) {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\", quote != nil {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
            } else if quote == nil, character.isWhitespace || character == ";" {
                if !word.isEmpty { words.append(word) }
                word = ""
                // Behind the semicolon another module could follow; Kafka's clients take one.
                if character == ";" { break }
            } else {
                word.append(character)
            }
        }
        guard quote == nil else { return nil }
        if !word.isEmpty { words.append(word) }
        guard words.count >= 2, let module = words[0].split(separator: ".").last else { return nil }
        name = String(module)
        for option in words.dropFirst(2) {
            guard let equals = option.firstIndex(of: "="), equals != option.startIndex else { return nil }
            options[String(option[..<equals])] = String(option[option.index(after: equals)...])
        }
    }
}
