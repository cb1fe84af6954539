// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import MillraceReport
@testable import MillraceSettings
@testable import MillraceStatus

struct ConnectionTableTests {
    private static let second: UInt64 = 1_000_000_000

    private func table(_ change: (inout HTTPLimits) -> Void = { _ in }) -> ConnectionTable {
        var limits = HTTPLimits()
        limits.waiting = 8
        limits.opening = 4
        limits.probes = 4
        limits.answers = 4
        limits.events = 4
        limits.headSeconds = 5
        limits.seconds = 20
        change(&limits)
        return ConnectionTable(limits)
    }

    @Test func aClientThatHasItsShareGivesWayToItself() {
        var table = table()
        for socket in Int32(0)..<6 { #expect(table.accept(socket, of: "a", at: 0) == nil) }
        #expect(table.accept(6, of: "a", at: 1) == 0)
        #expect(table.accept(7, of: "a", at: 2) == 1)
        #expect(table.count(.waiting) == 6)
        // Another one finds room, and takes none from it.
        #expect(table.accept(20, of: "b", at: 3) == nil)
        #expect(table.accept(21, of: "b", at: 3) == nil)
    }

    @Test func whoHasTheMostGivesWayToOthers() {
        var table = table()
        for socket in Int32(0)..<6 { _ = table.accept(socket, of: "a", at: 0) }
        for socket in Int32(10)..<12 { _ = table.accept(socket, of: "b", at: 0) }
        #expect(table.accept(20, of: "c", at: 1) == 0)
        #expect(table.accept(21, of: "d", at: 1) == 1)
        #expect(table.stage(of: 10) == .waiting)
        #expect(table.count(.waiting) == 8)
    }

    /// Whatever fills the other stages, a probe finds its own.
    @Test func probesHaveAReserve() {
        var table = table()
        for (index, stage) in [ConnectionTable.Stage.answer, .events, .metrics, .opening].enumerated() {
            for number in Int32(0)..<20 {
                let socket = Int32(index) * 100 + number
                _ = table.accept(socket, of: "a", at: 0)
                _ = table.move(socket, to: stage, at: 0)
            }
        }
        for number in Int32(0)..<20 { _ = table.accept(1000 + number, of: "a", at: 0) }
        _ = table.accept(5000, of: "a", at: 0)
        #expect(table.move(5000, to: .probe, at: 0) == .goesOn)
        #expect(table.served <= table.limits.threads)
    }

    @Test func answersThatNobodyReadsGiveWay() {
        var table = table()
        for socket in Int32(0)..<3 {
            _ = table.accept(socket, of: "a", at: 0)
            #expect(table.move(socket, to: .answer, at: 0) == .goesOn)
        }
        _ = table.accept(3, of: "a", at: 1)
        // Not at once: under a flood of requests each would cut off the one before.
        #expect(table.move(3, to: .answer, at: ConnectionTable.leastNanoseconds - 1) == .later)
        #expect(table.stage(of: 3) == .waiting)
        #expect(table.move(3, to: .answer, at: ConnectionTable.leastNanoseconds) == .insteadOf(0))
        #expect(table.stage(of: 0) == .leaving)
        table.forget(0)
        #expect(table.stage(of: 0) == nil)
    }

    @Test func streamsAreRefusedAndNeverGiveWay() {
        var table = table()
        for socket in Int32(0)..<4 {
            _ = table.accept(socket, of: "a", at: 0)
            _ = table.move(socket, to: .answer, at: 0)
            #expect(table.move(socket, to: .events, at: 0) == (socket < 3 ? .goesOn : .later))
        }
        _ = table.accept(9, of: "b", at: 0)
        #expect(table.move(9, to: .events, at: 1000 * ConnectionTableTests.second) == .goesOn)
        #expect(table.takeLate(at: 10_000 * ConnectionTableTests.second).map(\.socket) == [3])
    }

    @Test func whoIsLateIsCutOff() {
        let second = ConnectionTableTests.second
        var table = table()
        _ = table.accept(1, of: "a", at: 0)
        _ = table.accept(2, of: "a", at: 0)
        // The handshake does not begin the five seconds anew.
        #expect(table.move(2, to: .opening, at: 4 * second) == .goesOn)
        _ = table.accept(3, of: "a", at: 0)
        #expect(table.move(3, to: .answer, at: 4 * second) == .goesOn)
        #expect(table.takeLate(at: 5 * second).isEmpty)
        let late = table.takeLate(at: 5 * second + 1)
        #expect(late.map(\.socket) == [1, 2])
        #expect(late.map(\.isServed) == [false, true])
        #expect(table.takeLate(at: 24 * second).isEmpty)
        #expect(table.takeLate(at: 24 * second + 1).map(\.socket) == [3])
        // What was cut off and never closed is not there any more.
        #expect(table.takeLate(at: 100 * second).isEmpty)
        #expect(table.served == 0)
    }

    /// libmicrohttpd never sees more than it was promised.
    @Test func threadsAreLimited() {
        var table = table { $0.opening = 100 }
        let threads = table.limits.threads
        var served = 0
        for socket in Int32(0)..<400 {
            let now = UInt64(socket) * ConnectionTableTests.second
            _ = table.accept(socket, of: "client \(socket)", at: now)
            if table.move(socket, to: .opening, at: now) != .later { served += 1 }
            #expect(table.served <= threads)
        }
        #expect(served == threads)
    }
}

struct RequestHeadTests {
    private func head(_ text: String, limit: Int = 1000) -> RequestHead { RequestHead(Array(text.utf8), limit: limit) }

    @Test func aHeadEndsWithAnEmptyLine() {
        #expect(head("") == .incomplete)
        #expect(head("GET /livez HTTP/1.1\r\nHost: a\r\n") == .incomplete)
        #expect(head("GET /livez HTTP/1.1\r\nHost: a\r\n\r") == .incomplete)
        #expect(head("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n") == .whole(path: "/livez"))
        #expect(head("GET /readyz?verbose HTTP/1.1\n\n") == .whole(path: "/readyz"))
        // Empty lines before a request are none of it.
        #expect(head("\r\n\r\n") == .incomplete)
        #expect(head("\r\n\r\nGET / HTTP/1.1\r\n\r\nrest") == .whole(path: "/"))
    }

    @Test func whatIsNoRequestIsSeen() {
        #expect(head("\u{1}\u{2}\u{3}\r\n\r\n") == .whole(path: ""))
        #expect(head(String(repeating: "a", count: 1000)) == .whole(path: ""))
        #expect(head("\u{16}\u{3}\u{1}") == .secured)
    }
}

struct ClientAddressTests {
    private func storage(_ family: Int32, _ bytes: [UInt8], at offset: Int) -> sockaddr_storage {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { space in
            for (index, byte) in bytes.enumerated() { space[offset + index] = byte }
        }
        storage.ss_family = sa_family_t(family)
        return storage
    }

    @Test func aNetworkOfIPv6IsOneClient() {
        func name(_ bytes: [UInt8]) -> String { ClientAddress.name(of: storage(AF_INET6, bytes, at: 8)) }
        let network: [UInt8] = [0x20, 1, 0xD, 0xB8, 0, 0, 0, 1]
        #expect(name(network + [0, 0, 0, 0, 0, 0, 0, 1]) == name(network + [9, 9, 9, 9, 9, 9, 9, 9]))
        #expect(name(network + [UInt8](repeating: 0, count: 8)) != name([UInt8](repeating: 1, count: 16)))
        let mapped: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 10, 0, 0, 7]
        #expect(name(mapped) == ClientAddress.name(of: storage(AF_INET, [10, 0, 0, 7], at: 4)))
        #expect(name(mapped) == "10.0.0.7")
    }
}
