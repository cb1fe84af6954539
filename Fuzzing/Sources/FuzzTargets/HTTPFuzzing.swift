// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillraceRun
import MillraceSQL

@testable import MillraceReport
@testable import MillraceSettings
@testable import MillraceStatus

/// Requests, as they come from libmicrohttpd, which takes the head apart itself: what is ours is what we make of its
/// parts. Whoever does not show a token gets nothing that needs one.
enum HTTPFuzzing {
    private static let token = "token-of-readers-0123"
    private static let adminToken = "token-of-admins-45678"
    private static let board = Result {
        let graph = try QueryGraph(
            SQL.compile(
                """
                CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
                CREATE TABLE t AS SELECT k, SUM(v) AS n FROM s WINDOW TUMBLING (SIZE 1 SECONDS) GROUP BY k;
                """))
        let options = RunOptions(
            application: "s", cluster: KafkaCluster(try KafkaProperties(bootstrap: "localhost:9092")), from: .earliest)
        return StatusBoard(
            StatusIdentity(graph, options, version: "1", startedMilliseconds: 0), clock: SystemClock())
    }

    static func run(_ input: [UInt8]) throws {
        // C strings end at the first zero byte.
        let text = String(decoding: input.filter { $0 != 0 }, as: UTF8.self)
        let request = request(text)
        let board = try board.get()
        let isOpen = StatusRoutes(board: board, access: AccessRule(token: nil, adminToken: nil)).answer(request)
        let isGuarded = StatusRoutes(board: board, access: AccessRule(token: token, adminToken: adminToken))
            .answer(request)
        try require(status(isOpen) >= 200, "no status")
        if request.method == "POST" { try require(status(isOpen) >= 400, "an order without a token is taken") }
        guard status(isGuarded) < 300, !probes.contains(request.path) else { return }
        try require(
            mayShowToken(request), "an answer without a token: \(request.method) \(request.path) \(request.headers)")
    }

    private static let probes: Set = ["/livez", "/healthz", "/ping", "/readyz", "/ready", "/healthcheck"]

    /// In the clear, or in Base64, of which only the alphabet and a length is looked at.
    private static func mayShowToken(_ request: HTTPRequest) -> Bool {
        guard let shown = request.headers["authorization"] else { return false }
        return shown.contains(token) || shown.contains(adminToken) || shown.utf8.count >= "basic ".utf8.count + 28
    }

    /// The first line is method, path and query; the others are headers.
    private static func request(_ text: String) -> HTTPRequest {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let target = (words.count > 1 ? words[1] : "").split(separator: "?", maxSplits: 1)
        var request = HTTPRequest(method: String(words.first ?? ""), path: target.first.map { String($0) } ?? "")
        for item in target.count > 1 ? target[1].split(separator: "&") : [] {
            let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            request.query[String(sides[0])] = sides.count > 1 ? String(sides[1]) : ""
        }
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, HTTPRequest.headersRead.contains(String(sides[0])) else { continue }
            request.headers[String(sides[0])] = String(sides[1].drop { $0 == " " })
        }
        return request
    }

    private static func status(_ answer: HTTPAnswer) -> UInt32 {
        switch answer {
        case .whole(let response): response.status
        case .events(let next): next().isEmpty ? 500 : 200
        }
    }
}
