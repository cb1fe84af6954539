// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceTestKit

/// The proxy over real sockets, with the test as client and as broker.
struct FaultProxyTests {
    private final class News {
        var lines: [String] = []
    }

    private let broker: ProxySocket
    private let proxy: FaultProxy
    private let news = News()
    private let end = Frame.request("EndTxn", 1, "orders-0")

    init() throws {
        broker = try .listening()
        proxy = try FaultProxy(brokerPort: broker.port) { [news] in news.lines.append($0) }
    }

    /// Lets the proxy work until something is there.
    private func wait<Found>(for find: () -> Found?) throws -> Found {
        let deadline = ContinuousClock.now.advanced(by: .seconds(10))
        while ContinuousClock.now < deadline {
            _ = proxy.step(timeoutMilliseconds: 10)
            if let found = find() { return found }
        }
        throw TimeOut()
    }

    private struct TimeOut: Error {}

    /// Receives so many bytes.
    private func take(_ count: Int, from socket: ProxySocket) throws -> [UInt8] {
        var bytes: [UInt8] = []
        return try wait {
            while let more = socket.receive() { bytes += more }
            return bytes.count >= count ? bytes : nil
        }
    }

    private func accepted() throws -> ProxySocket { try wait { broker.nextConnection() } }

    @Test func requestsAndResponsesOfAnySizePass() throws {
        let client = try ProxySocket.connected(to: proxy.port)
        let server = try accepted()
        let large = Frame.request("Produce", 2, String(repeating: "x", count: 3_000_000))
        client.transmit(end + large)
        var count = 0
        try wait {
            client.transmit([])
            while let more = server.receive() { count += more.count }
            return count == end.count + large.count ? () : nil
        }
        server.transmit(Frame.response(1) + Frame.response(2))
        let responses = try take(Frame.response(1).count * 2, from: client)
        #expect(responses == Frame.response(1) + Frame.response(2) && news.lines == [])
    }

    @Test func aHeldRequestArrivesOnItsOldConnection() throws {
        try proxy.obey("arm stale request EndTxn:orders-0 1 hold")
        let first = try ProxySocket.connected(to: proxy.port)
        let firstServer = try accepted()
        first.transmit(end)
        try wait { news.lines.isEmpty ? nil : () }
        first.end()
        let second = try ProxySocket.connected(to: proxy.port)
        let secondServer = try accepted()
        second.transmit(end)
        let again = try take(end.count, from: secondServer)
        #expect(again == end && firstServer.receive() == nil && firstServer.isOpen)
        try proxy.obey("release stale")
        let late = try take(end.count, from: firstServer)
        #expect(late == end)
        firstServer.transmit(Frame.response(1))
        try wait { news.lines == ["fired stale", "answered stale"] ? () : nil }
        // Nobody is there for the response.
        try wait { firstServer.receive() == nil && !firstServer.isOpen ? () : nil }
    }

    @Test func aCutEndsBothSides() throws {
        try proxy.obey("arm gone response any 1 cut:6")
        let client = try ProxySocket.connected(to: proxy.port)
        let server = try accepted()
        client.transmit(end)
        _ = try take(end.count, from: server)
        server.transmit(Frame.response(1))
        let torn = try take(6, from: client)
        #expect(torn == Array(Frame.response(1).prefix(6)))
        try wait { client.receive() == nil && !client.isOpen ? () : nil }
        try wait { server.receive() == nil && !server.isOpen ? () : nil }
    }

    @Test func withoutBrokerAClientIsSentAway() throws {
        broker.end()
        let client = try ProxySocket.connected(to: proxy.port)
        try wait { client.receive() == nil && !client.isOpen ? () : nil }
    }

    @Test(arguments: ["", "arm", "arm x", "release", "hold x"])
    func otherCommandsAreRefused(line: String) {
        #expect(throws: FaultRule.Malformed.self) { try proxy.obey(line) }
    }
}
