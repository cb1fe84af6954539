// SPDX-License-Identifier: Apache-2.0
import MillraceReport

/// A request, as far as the status server looks at it.
struct HTTPRequest: Sendable {
    /// `GET`, `HEAD`, `POST` …
    var method: String
    /// Without the query.
    var path: String
    /// By name; of a name without a value the value is empty.
    var query: [String: String]
    /// Those in `headersRead`, by lower-case name.
    var headers: [String: String]

    /// Others are not looked at.
    static let headersRead = [
        "host", "authorization", "accept", "origin", "sec-fetch-site", "content-length", "transfer-encoding",
    ]

    init(method: String, path: String, query: [String: String] = [:], headers: [String: String] = [:]) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
    }
}

/// An answer with its whole body.
struct HTTPResponse: Sendable {
    var status: UInt32
    var contentType: String
    var body: String
    /// Besides those that every answer has.
    var headers: [(name: String, value: String)] = []

    init(_ status: UInt32, _ contentType: String, _ body: String) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static let json = "application/json; charset=utf-8"
    static let text = "text/plain; charset=utf-8"
    static let html = "text/html; charset=utf-8"

    /// In the shape that ksqlDB's errors have: the code is the status and two digits.
    static func error(_ status: UInt32, _ message: String) -> HTTPResponse {
        let body = JSONPieces.object([
            ("error_code", "\(status * 100)"), ("message", JSONPieces.string(message)),
        ])
        return HTTPResponse(status, json, body + "\n")
    }

    /// What every answer says: keep nothing, guess nothing, show it nowhere but here. A connection has one request: who
    /// has been answered does not take the place of those who ask.
    static let standingHeaders: [(name: String, value: String)] = [
        ("Connection", "close"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"), ("Permissions-Policy", "geolocation=(), camera=()"),
    ]
}

/// What a request comes to.
enum HTTPAnswer {
    case whole(HTTPResponse)
    /// Server-sent events: each call makes the data of the next one.
    case events(@Sendable () -> String)
}
