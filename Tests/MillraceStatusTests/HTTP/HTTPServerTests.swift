// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceLog
import Testing
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings
@testable import MillraceStatus

/// The server on a real socket, with clients that do not behave.
@Suite(.serialized) struct HTTPServerTests {
    private let board: StatusBoard
    private let server: HTTPServer
    private let port: UInt16
    private let admin = "0123456789abcdef-admin"

    init() throws {
        var limits = HTTPLimits()
        limits.waiting = 12
        limits.events = 2
        limits.seconds = 2
        limits.headSeconds = 2
        limits.idleSeconds = 2
        let board = StatusBoard(try StatusFixture.identity(), clock: SystemClock())
        self.board = board
        board.publish(StatusFixture.snapshot())
        let listener = try HTTPListener(address: "127.0.0.1", port: 0)
        port = listener.port
        let routes = StatusRoutes(board: board, access: AccessRule(token: nil, adminToken: admin))
        server = try HTTPServer(listener, limits: limits, clock: SystemClock()) { routes.answer($0) }
    }

    private func client() throws -> RawClient { try RawClient(port: port) }

    private func ask(_ text: String) throws -> String {
        let client = try client()
        client.send(text)
        return client.readAll(seconds: 5)
    }

    /// Asks again and again for a few seconds, because the machine may have a lot to do.
    private func holdsSoon(_ condition: () -> Bool) -> Bool {
        let end = Date(timeIntervalSinceNow: 5)
        while !condition() {
            if Date() > end { return false }
            Thread.sleep(forTimeInterval: 0.05)
        }
        return true
    }

    private func get(_ path: String, _ headers: String = "") throws -> String {
        try ask("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(headers)Connection: close\r\n\r\n")
    }

    private func status(_ answer: String) -> Int { Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0 }

    @Test(arguments: ["/", "/api/v1/status", "/metrics", "/livez", "/healthz", "/ping", "/info"])
    func itAnswers(path: String) throws {
        let answer = try get(path)
        #expect(status(answer) == 200)
        #expect(answer.contains("Cache-Control: no-store"))
        #expect(answer.contains("X-Content-Type-Options: nosniff"))
        // HEAD is the same without the body.
        let head = try ask("HEAD \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        #expect(status(head) == 200)
        #expect(head.hasSuffix("\r\n\r\n"))
    }

    @Test func mistakesAreSaid() throws {
        #expect(status(try get("/nothing")) == 404)
        let wrong = try ask(
            "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        #expect(status(wrong) == 405)
        #expect(wrong.contains("Allow: GET, HEAD"))
        #expect(status(try ask("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")) == 403)
        // What is no HTTP gets no answer, or one that says so.
        #expect([0, 400].contains(status(try ask("\u{1}\u{2}\u{3}\r\n\r\n"))))
        #expect(try get("/api/v1/status?format=text").contains("R = 100 result rows/s"))
        #expect(try get("/api/v1/status", "Accept: text/plain\r\n").contains("R = 100 result rows/s"))
    }

    @Test func probesSayWhetherItIsReady() throws {
        board.publish(StatusFixture.snapshot())
        #expect(try get("/readyz?verbose").hasSuffix("[+]kafka ok\n[+]group ok\n[+]state ok\nreadyz check passed\n"))
        var snapshot = StatusFixture.snapshot()
        snapshot.state = .restoring
        board.publish(snapshot)
        let answer = try get("/readyz?verbose")
        #expect(status(answer) == 503)
        #expect(answer.contains("[-]state failed: restoring"))
        #expect(status(try get("/livez")) == 200)
        board.publish(StatusFixture.snapshot())
        board.begin(.waitingForBroker("refused"))
        #expect(try get("/readyz?verbose").contains("[-]kafka failed: refused"))
        #expect(status(try get("/healthcheck")) == 503)
    }

    @Test func requestsReachTheRun() throws {
        func post(_ path: String, _ headers: String) throws -> Int {
            status(
                try ask(
                    "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)Content-Length: 0\r\n"
                        + "Connection: close\r\n\r\n"
                ))
        }
        #expect(try post("/api/v1/pause", "") == 401)
        #expect(!board.isPauseRequested)
        let token = "Authorization: Bearer \(admin)\r\n"
        #expect(try post("/api/v1/pause", token) == 202)
        #expect(board.isPauseRequested)
        #expect(try post("/api/v1/resume", token) == 202)
        #expect(!board.isPauseRequested)
        #expect(try post("/api/v1/pause", token) == 202)
        #expect(try post("/api/v1/drain", token) == 202)
        #expect(board.isDrainRequested && !board.isPauseRequested)
        #expect(status(try get("/api/v1/drain", token)) == 405)
    }

    /// Fault 75.
    @Test func largeRequestsAreRefused() throws {
        let head = try get("/livez", "X: \(String(repeating: "a", count: 40_000))\r\n")
        #expect([0, 413, 431].contains(status(head)))
        let body = try ask(
            "POST /api/v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\nabc")
        #expect(status(body) == 413)
        let chunked = try client()
        chunked.send("POST /api/v1/pause HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<100 { chunked.send("100\r\n\(String(repeating: "x", count: 256))\r\n") }
        #expect([0, 401, 413].contains(status(chunked.readAll(seconds: 5))))
        #expect(status(try get("/livez")) == 200)
    }

    /// Fault 75.
    /// Clients that send a byte now and then hold up nobody, and are cut off.
    @Test func slowClientsAreCutOff() throws {
        let slow = try (0..<6).map { _ in try client() }
        for client in slow { client.send("GET /livez HTTP/1.1\r\n") }
        let start = Date()
        var closed = 0
        while closed < slow.count, Date().timeIntervalSince(start) < 12 {
            #expect(status(try get("/livez")) == 200)
            Thread.sleep(forTimeInterval: 0.2)
            for client in slow { client.send("X") }
            closed = slow.filter(\.isClosed).count
        }
        #expect(closed == slow.count)
        #expect(Date().timeIntervalSince(start) < 10)
    }

    /// Fault 75.
    /// The oldest connection that says nothing gives way to a new one.
    @Test func connectionsAreLimited() throws {
        var held: [RawClient] = []
        for _ in 0..<20 { held.append(try client()) }
        // Three quarters of the room are what one client may have.
        #expect(holdsSoon { held.filter { !$0.isClosed }.count == 9 })
        #expect(held.prefix(11).filter(\.isClosed).count == 11)
        held = []
        #expect(holdsSoon { (try? get("/livez")).map { status($0) == 200 } ?? false })
    }

    @Test func eventsComeEverySecond() throws {
        let request = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
        let stream = try client()
        stream.send(request)
        let text = stream.readAll(seconds: 2.6)
        #expect(text.contains("Content-Type: text/event-stream"))
        #expect(text.components(separatedBy: "data: {\"version\":1,").count >= 3)
        let second = try client()
        second.send(request)
        _ = second.readAll(seconds: 0.3)
        let third = try client()
        third.send(request)
        #expect(status(third.readAll(seconds: 1)) == 503)
        // Asked for as parts of the page, they are that.
        second.close()
        stream.close()
        // That somebody has gone is seen with the next event.
        #expect(
            holdsSoon {
                guard let page = try? client() else { return false }
                page.send("GET /api/v1/events?page=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return page.readAll(seconds: 0.5).contains("data: <section id=\"flow\">")
            })
    }

    /// Whoever does not read what it has asked for keeps only its own connection waiting.
    @Test func readersThatDoNotReadHoldUpNobody() throws {
        let lazy = try (0..<4).map { _ in try client() }
        for client in lazy {
            for _ in 0..<200 { client.send("GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n") }
        }
        for _ in 0..<20 {
            let start = Date()
            #expect(status(try get("/livez")) == 200)
            #expect(Date().timeIntervalSince(start) < 1.8)
        }
    }

    @Test func aTakenPortIsSaid() throws {
        let taken = try HTTPListener(address: "127.0.0.1", port: 0)
        let failure = #expect(throws: HTTPListener.Failure.self) {
            try HTTPListener(address: "127.0.0.1", port: taken.port)
        }
        #expect(failure?.isTaken == true)
        var settings = HTTPSettings()
        settings.port = .exactly(taken.port)
        let refusal = #expect(throws: RunFailure.self) {
            try StatusService.start(settings, board, clock: SystemClock(), log: { _ in })
        }
        #expect(refusal?.code == .configuration)
        settings.port = .firstFree
        let lines = HeardLines()
        let first = try StatusService.start(settings, board, clock: SystemClock()) { lines.append($0) }
        let second = try StatusService.start(settings, board, clock: SystemClock()) { lines.append($0) }
        if let first, let second { #expect(first.url != second.url) }
        #expect(lines.all.count == 2)
        settings.port = .off
        #expect(try StatusService.start(settings, board, clock: SystemClock(), log: { _ in }) == nil)
    }
}
