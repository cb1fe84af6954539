// SPDX-License-Identifier: Apache-2.0

/// What may be a secret shows as `****`: values of properties, lines that messages quote, and what a library says.
package enum SecretMask {
    package static let mask = "****"

    /// Words of a property's name whose value nobody is to see. `pem` and `config` hold keys and log-in data as text.
    private static let secretWords: Set<String> = [
        "password", "secret", "token", "pem", "key", "jaas", "config", "credentials", "passphrase",
    ]
    /// Names that contain such a word and are no secrets.
    private static let harmless: Set<String> = [
        "ssl.key.location", "ssl.certificate.location", "sasl.oauthbearer.token.endpoint.url", "command.config",
        "http.token.file", "http.admin.token.file", "http.key.file", "errors.null.key",
        "schema.registry.ssl.key.location",
    ]
    /// Names of secrets without such a word.
    private static let secretNames: Set<String> = [
        "schema.registry.basic.auth.user.info", "basic.auth.user.info",
    ]

    /// Whether nobody is to see the value of a property.
    package static func isSecret(_ name: String) -> Bool {
        secretNames.contains(name)
            || !harmless.contains(name) && name.split(separator: ".").contains { secretWords.contains($0.lowercased()) }
    }

    /// The value as it may be shown.
    package static func value(_ value: String, of name: String) -> String {
        if name == "sql" { return hide(secrets(inSQL: value), in: value) }
        return isSecret(name) ? mask : withoutUserInformation(value)
    }

    /// `https://user:password@host/path` without the middle, wherever such a one stands.
    private static func withoutUserInformation(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let scheme = rest.firstRange(of: "://") {
            result += rest[..<scheme.upperBound]
            rest = rest[scheme.upperBound...]
            let authority = rest.prefix { !"/?#, \"'".contains($0) && !$0.isNewline }
            guard let at = authority.lastIndex(of: "@") else { continue }
            result += mask
            rest = rest[at...]
        }
        return result + rest
    }

    /// Pieces of names whose values may be secrets, whatever a person makes of the rest of the name.
    private static let suspiciousPieces = [
        "pas", "secret", "token", "pem", "key", "jaas", "credential", "pwd", "user.info",
    ]

    private static func isSuspicious(_ name: Substring) -> Bool {
        let name = name.lowercased()
        return suspiciousPieces.contains { name.contains($0) } && !harmless.contains { name.contains($0) }
    }
}

// MARK: Values that are known

extension SecretMask {
    /// Shorter secrets are not looked for: they are parts of too many words.
    private static let shortest = 4
    /// Shorter ones are looked for as whole words.
    private static let shortestAnywhere = 8

    /// A text that somebody else has written, without these secrets. Of a secret of several lines each is one.
    package static func hide(_ secrets: [String], in text: String) -> String {
        var text = text
        let lines = secrets.flatMap { $0.split(whereSeparator: \.isNewline) }.map(String.init)
        for secret in lines.sorted(by: { $0.count > $1.count })
        where secret.utf8.count >= shortest && !secret.hasPrefix("-----") {
            text = hide(secret, in: text)
        }
        return text
    }

    private static func hide(_ secret: String, in text: String) -> String {
        guard contains(text, secret) else { return text }
        if secret.utf8.count >= shortestAnywhere { return text.replacing(secret, with: mask) }
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: secret) {
            let before = rest[..<found.lowerBound]
            let isWord = !isPartOfWord(before.last ?? result.last) && !isPartOfWord(rest[found.upperBound...].first)
            result += before
            result += isWord ? mask : secret
            rest = rest[found.upperBound...]
        }
        return result + rest
    }

    /// A debug run asks this of thousands of lines a second, in which bytes are found much sooner than characters.
    private static func contains(_ text: String, _ secret: String) -> Bool {
        let wanted = Array(secret.utf8)
        var text = text
        return text.withUTF8 { bytes in
            guard let first = wanted.first, bytes.count >= wanted.count else { return false }
            return (0...bytes.count - wanted.count).contains { start in
                bytes[start] == first && bytes[start..<start + wanted.count].elementsEqual(wanted)
            }
        }
    }

    private static func isPartOfWord(_ character: Character?) -> Bool {
        character.map { $0.isLetter || $0.isNumber } ?? false
    }
}

// MARK: Texts that people write

extension SecretMask {
    /// A YAML text whose lines show no value that may be a secret, for messages that quote a line. A reference stays:
    /// it tells a place, not a secret.
    package static func lines(_ text: String) -> String {
        // How far the key is indented whose value goes on below it.
        var keyIndent: Int?
        let shown = withoutUserInformation(hide(secrets(inSQL: text), in: text))
        let lines = shown.split(omittingEmptySubsequences: false) {
            $0 == "\n" || $0 == "\r\n"
        }
        return lines.map { line in
            let indent = line.prefix { $0 == " " }.count
            if indent == line.count { return String(line) }
            if let key = keyIndent, indent > key { return line.prefix(indent) + mask }
            keyIndent = nil
            guard let value = secretValue(in: line) else { return String(line) }
            keyIndent = indent
            return value == line.endIndex ? String(line) : line[..<value] + mask
        }.joined(separator: "\n")
    }

    /// Where the first value of a YAML line begins that may be a secret; the line's end: it stands below.
    private static func secretValue(in line: Substring) -> Substring.Index? {
        var rest = line
        while let colon = rest.firstIndex(of: ":") {
            let name = rest[..<colon].split { " {,\"'".contains($0) }.last ?? ""
            rest = rest[rest.index(after: colon)...]
            let value = rest.drop(while: \.isWhitespace)
            if isSuspicious(name), !isReference(value) { return value.startIndex }
        }
        return nil
    }

    private static func isReference(_ value: Substring) -> Bool {
        let bare = value.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
        // What stands behind :- is a value.
        return bare.hasPrefix("${") && bare.hasSuffix("}") && !bare.contains(":-")
    }

    /// What an SQL text says in SET statements of properties that may be secrets. None of them is honoured: all are
    /// mistakes, which messages quote.
    package static func secrets(inSQL text: String) -> [String] {
        var secrets: [String] = []
        var isStart = true
        var rest = text[...]
        while !rest.isEmpty {
            let word = rest.prefix { $0.isLetter }
            if isStart, word.lowercased() == "set" {
                rest = rest[word.endIndex...]
                if let secret = secret(ofSet: &rest) { secrets.append(secret) }
                continue
            }
            let next = word.isEmpty ? rest.index(after: rest.startIndex) : word.endIndex
            let last = rest[rest.index(before: next)]
            isStart = last == ";" || last.isNewline || isStart && last.isWhitespace
            rest = rest[next...]
        }
        return secrets
    }

    /// Reads to the end of a SET statement.
    private static func secret(ofSet rest: inout Substring) -> String? {
        let name = word(&rest)
        rest = rest.drop { $0.isWhitespace || $0 == "=" }
        let value = word(&rest)
        return isSuspicious(name) && !value.isEmpty ? String(value) : nil
    }

    /// A literal without its quotes, or what stands before the next blank, `=` or `;`.
    private static func word(_ rest: inout Substring) -> Substring {
        rest = rest.drop(while: \.isWhitespace)
        guard rest.first == "'" else {
            let word = rest.prefix { !$0.isWhitespace && $0 != "=" && $0 != ";" }
            rest = rest[word.endIndex...]
            return word
        }
        let word = rest.dropFirst().prefix { $0 != "'" }
        rest = rest[word.endIndex...].dropFirst()
        return word
    }
}
