// SPDX-License-Identifier: Apache-2.0

/// Client properties for people's eyes: what may be a secret shows as `****`.
package enum SecretMask {
    package static let mask = "****"

    /// Words of a property's name whose value nobody is to see. `pem` and `config` hold keys and log-in data as text.
    private static let secretWords: Set<String> = [
        "password", "secret", "token", "pem", "key", "jaas", "config", "credentials", "passphrase",
    ]
    /// Names that contain such a word and are no secrets.
    private static let harmless: Set<String> = [
        "ssl.key.location", "ssl.certificate.location", "sasl.oauthbearer.token.endpoint.url", "command.config",
        "http.token.file", "http.admin.token.file",
    ]

    /// The value, or the mask.
    package static func value(_ value: String, of name: String) -> String {
        guard !harmless.contains(name) else { return withoutUserInformation(value) }
        let isSecret = name.split(separator: ".").contains { secretWords.contains(String($0).lowercased()) }
        return isSecret ? mask : withoutUserInformation(value)
    }

    /// A YAML text whose lines show no value that may be a secret, whatever the key's spelling; for messages that quote
    /// a line. References stay: they tell a place, not a secret.
    package static func lines(_ text: String) -> String {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        return lines.map(line).joined(separator: "\n")
    }

    private static let suspiciousPieces = ["pas", "secret", "token", "pem", "key", "jaas", "credential", "pwd"]

    private static func line(_ line: Substring) -> String {
        guard let colon = line.firstIndex(of: ":") else { return String(line) }
        let name = line[..<colon].lowercased()
        let value = line[line.index(after: colon)...]
        guard suspiciousPieces.contains(where: { name.contains($0) }), !value.contains("${"),
            value.contains(where: { !$0.isWhitespace }), !harmless.contains(where: { name.contains($0) })
        else { return String(line) }
        return line[...colon] + value.prefix { $0.isWhitespace } + mask
    }

    /// `https://user:password@host/path` without the middle.
    private static func withoutUserInformation(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard let at = authority.lastIndex(of: "@") else { return text }
        return String(text[..<scheme.upperBound]) + mask + String(text[at...])
    }
}
