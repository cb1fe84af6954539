// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Functions of URLs (RFC 3986). A text that is no URL gives NULL.
enum URLFunctions {
    static let all: [ScalarFunction] = [
        extract("URL_EXTRACT_PROTOCOL", "The scheme.") { $0.scheme.map { .varchar($0) } },
        extract("URL_EXTRACT_HOST", "The host.") { $0.host.map { .varchar($0) } },
        extract("URL_EXTRACT_PORT", "The port, where it is written.", .integer) { $0.port.map { .integer($0) } },
        extract("URL_EXTRACT_PATH", "The path, decoded.") { .varchar(PercentEncoding.decoded($0.path)) },
        extract("URL_EXTRACT_QUERY", "The query, decoded.") { $0.query.map { .varchar(PercentEncoding.decoded($0)) } },
        extract("URL_EXTRACT_FRAGMENT", "The fragment, decoded.") {
            $0.fragment.map { .varchar(PercentEncoding.decoded($0)) }
        },
        ScalarFunction(
            "URL_EXTRACT_PARAMETER", usage: "URL_EXTRACT_PARAMETER(url, name)",
            summary: "The decoded value of a parameter of the query; NULL where it is missing or has no value.",
            resolve: FunctionOverloads.of([.varchar, .varchar], giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let name = try arguments[1].asBytes()
                guard let query = URLParts(try arguments[0].asBytes())?.query else { return .null }
                for parameter in query.split(separator: UInt8(ascii: "&")) {
                    guard let equals = parameter.firstIndex(of: UInt8(ascii: "=")),
                        PercentEncoding.decodedForm(Array(parameter[..<equals])) == name
                    else { continue }
                    let value = Array(parameter[(equals + 1)...])
                    return value.isEmpty ? .null : PercentEncoding.decodedForm(value).map { .varchar($0) } ?? .null
                }
                return .null
            }),
        ScalarFunction(
            "URL_ENCODE_PARAM", usage: "URL_ENCODE_PARAM(text)",
            summary: "The text for a query's parameter, in application/x-www-form-urlencoded.",
            resolve: FunctionOverloads.of([.varchar], giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                .varchar(PercentEncoding.encodedForm(try arguments[0].asBytes()))
            }),
        ScalarFunction(
            "URL_DECODE_PARAM", usage: "URL_DECODE_PARAM(text)", summary: "The text that URL_ENCODE_PARAM encoded.",
            resolve: FunctionOverloads.of([.varchar], giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                guard let decoded = PercentEncoding.decodedForm(try arguments[0].asBytes()) else { throw .badArgument }
                return .varchar(decoded)
            }),
    ]

    private static func extract(
        _ name: String, _ summary: String, _ result: DataType = .varchar,
        _ part: @escaping @Sendable (URLParts) -> Value?
    ) -> ScalarFunction {
        ScalarFunction(
            name, usage: "\(name)(url)", summary: "\(summary) NULL where there is none.",
            resolve: FunctionOverloads.of([.varchar], giving: result),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                URLParts(try arguments[0].asBytes()).flatMap(part) ?? .null
            })
    }
}

/// The parts of a URL as they are written.
struct URLParts {
    var scheme: [UInt8]?
    var host: [UInt8]?
    var port: Int32?
    var path: [UInt8] = []
    var query: [UInt8]?
    var fragment: [UInt8]?

    /// Nil where a character may not stand in a URL, a percent sign has no two hex digits, or the scheme is not one.
    init?(_ text: [UInt8]) {
        guard URLParts.hasLegalCharacters(text), PercentEncoding.isWellFormed(text) else { return nil }
        var rest = text[...]
        if let hash = rest.firstIndex(of: UInt8(ascii: "#")) {
            fragment = Array(rest[(hash + 1)...])
            rest = rest[..<hash]
        }
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            query = Array(rest[(mark + 1)...])
            rest = rest[..<mark]
        }
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        if let colon = rest[..<slash].firstIndex(of: UInt8(ascii: ":")) {
            let name = Array(rest[..<colon])
            guard let first = name.first, URLParts.isLetter(first), name.allSatisfy(URLParts.isSchemeCharacter) else {
                return nil
            }
            scheme = name
            rest = rest[(colon + 1)...]
            // A scheme alone says nothing.
            if rest.isEmpty, query == nil { return nil }
        }
        if rest.starts(with: "//".utf8) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            setAuthority(rest[..<end])
            rest = rest[end...]
        }
        path = Array(rest)
    }

    /// `user@host:port`. What is not of this form has no host, as in Java.
    private mutating func setAuthority(_ text: ArraySlice<UInt8>) {
        var server = text
        if let at = server.lastIndex(of: UInt8(ascii: "@")) { server = server[(at + 1)...] }
        let bracket = server.lastIndex(of: UInt8(ascii: "]")) ?? server.startIndex
        if let colon = server[bracket...].lastIndex(of: UInt8(ascii: ":")) {
            let digits = Array(server[(colon + 1)...])
            server = server[..<colon]
            if !digits.isEmpty {
                guard let number = digits.withUnsafeBytes({ NumberText.integer($0) }), number >= 0,
                    let number = Int32(exactly: number)
                else { return }
                port = number
            }
        }
        if !server.isEmpty { host = Array(server) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
    }

    private static func isSchemeCharacter(_ byte: UInt8) -> Bool {
        isLetter(byte) || byte &- UInt8(ascii: "0") <= 9 || "+-.".utf8.contains(byte)
    }

    private static func hasLegalCharacters(_ text: [UInt8]) -> Bool {
        text.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"\"<>\\^`{|}".utf8.contains($0) }
    }
}

/// `%20` and its like.
enum PercentEncoding {
    static func isWellFormed(_ text: [UInt8]) -> Bool {
        text.indices.allSatisfy { text[$0] != UInt8(ascii: "%") || byte(text, $0) != nil }
    }

    /// The byte that `%hh` at `index` stands for.
    private static func byte(_ text: [UInt8], _ index: Int) -> UInt8? {
        guard index + 2 < text.count else { return nil }
        let digits = text[(index + 1)...(index + 2)]
        guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// With each `%hh` replaced, if it is one.
    static func decoded(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "%"), let byte = byte(text, index) {
                result.append(byte)
                index += 3
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// The same with a blank for each plus; nil for a percent sign without two hex digits.
    static func decodedForm(_ text: [UInt8]) -> [UInt8]? {
        guard isWellFormed(text) else { return nil }
        return decoded(text.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 })
    }

    /// Letters, digits and `-_.*` stay, a blank becomes a plus.
    static func encodedForm(_ text: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "*"):
                result.append(byte)
            case UInt8(ascii: " "): result.append(UInt8(ascii: "+"))
            default: result.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return result
    }
}
