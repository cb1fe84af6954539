// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Accepts connections and holds them, without a thread each, until their requests are there; then the server serves
/// them. So a client that connects and says nothing, or says it slowly, costs a socket and nothing else. One thread
/// uses it.
final class ConnectionGate {
    /// Connections accepted in one turn, so that those that wait are looked at meanwhile.
    private static let acceptedAtOnce = 64
    /// How soon connections are looked at again whose head is there in part, or that have found no room.
    private static let againMilliseconds: Int32 = 20
    private static let idleMilliseconds: Int32 = 1000

    private struct Waiting {
        let socket: Int32
        /// How many bytes of the head were there when it was looked at.
        var seen = 0
        /// Its head is there, and nobody could take it yet.
        var isReady = false
    }

    private let listener: HTTPListener
    private let service: HTTPServer.Service
    private let daemons: HTTPDaemons
    /// In the order of their arrival.
    private var waiting: [Waiting] = []
    private var block: [UInt8]

    init(_ listener: HTTPListener, _ service: HTTPServer.Service, _ daemons: HTTPDaemons) {
        self.listener = listener
        self.service = service
        self.daemons = daemons
        block = [UInt8](repeating: 0, count: service.limits.head)
    }

    /// Until the service stops.
    func run() {
        var nextCheck: UInt64 = 0
        while !service.stop.wait(milliseconds: 0) {
            let news = waitForNews()
            acceptAll()
            lookAt(news)
            let now = service.now
            guard now >= nextCheck else { continue }
            nextCheck = now +| 250_000_000
            cutOffLate(now)
            daemons.renew(now)
        }
        for connection in waiting { close(connection.socket) }
        waiting = []
    }

    /// Sockets with bytes that nobody has looked at. Those with a part of a head are left out: their bytes would end
    /// each wait at once.
    private func waitForNews() -> Set<Int32> {
        var places = [pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)]
        for connection in waiting where connection.seen == 0 {
            places.append(pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0))
        }
        let hasMore = waiting.contains { $0.seen > 0 }
        let limit =
            hasMore
            ? ConnectionGate.againMilliseconds
            : waiting.isEmpty ? ConnectionGate.idleMilliseconds : ConnectionGate.idleMilliseconds / 4
        guard poll(&places, nfds_t(places.count), limit) > 0 else { return [] }
        return Set(places.dropFirst().filter { $0.revents != 0 }.map(\.fd))
    }

    private func acceptAll() {
        for _ in 0..<ConnectionGate.acceptedAtOnce {
            switch listener.accept() {
            case .connection(let socket, let client):
                let victim = service.table.withLock { $0.accept(socket, of: client, at: service.now) }
                if let victim { drop(victim) }
                waiting.append(Waiting(socket: socket))
                // Whoever has asked already does not wait, however many others do.
                look(at: waiting.count - 1)
            case .none: return
            case .noneLeft:
                // The process has no descriptors left: the one that has waited longest gives one back.
                guard let first = waiting.first else {
                    _ = service.stop.wait(milliseconds: 50)
                    return
                }
                service.table.withLock { $0.forget(first.socket) }
                drop(first.socket)
            }
        }
    }

    private func lookAt(_ news: Set<Int32>) {
        for index in waiting.indices.reversed()
        where waiting[index].seen > 0 || news.contains(waiting[index].socket) { look(at: index) }
    }

    /// Goes on with a connection whose request is there, and closes one that has ended.
    private func look(at index: Int) {
        let socket = waiting[index].socket
        let count = block.withUnsafeMutableBytes { SystemSocket.peek(socket, $0) }
        guard count > 0 else {
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR { return }
            service.table.withLock { $0.forget(socket) }
            return drop(socket)
        }
        // Of one whose head is not whole nothing is new until there are more bytes.
        guard count != waiting[index].seen || waiting[index].isReady else { return }
        switch RequestHead(block[..<count], limit: block.count) {
        case .incomplete where !daemons.isSecured: waiting[index].seen = count
        case .whole(let path) where !daemons.isSecured:
            waiting[index].seen = count
            waiting[index].isReady = true
            serve(socket, at: index, service.stage(of: path))
        case .secured where daemons.isSecured:
            waiting[index].seen = count
            waiting[index].isReady = true
            serve(socket, at: index, .opening)
        case .incomplete, .whole, .secured: refuse(socket)
        }
    }

    private func serve(_ socket: Int32, at index: Int, _ stage: ConnectionTable.Stage) {
        guard service.move(socket, to: stage) else { return }
        waiting.remove(at: index)
        if !daemons.serve(socket) { service.table.withLock { $0.forget(socket) } }
    }

    /// HTTP at a port for TLS, or the other way round.
    private func refuse(_ socket: Int32) {
        if daemons.isSecured {
            let text =
                "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n"
                + "this port speaks TLS: ask with https://\n"
            _ = text.withCString { SystemSocket.send(socket, $0, strlen($0)) }
        }
        service.table.withLock { $0.forget(socket) }
        drop(socket)
    }

    /// Closes a connection that waits. The table has forgotten it.
    private func drop(_ socket: Int32) {
        guard let index = waiting.firstIndex(where: { $0.socket == socket }) else { return }
        waiting.remove(at: index)
        close(socket)
    }

    private func cutOffLate(_ now: UInt64) {
        // What is served is cut off under the lock, so that no socket is closed meanwhile.
        let late = service.table.withLock { table in
            let late = table.takeLate(at: now)
            for connection in late where connection.isServed { SystemSocket.cutOff(connection.socket) }
            return late
        }
        for connection in late where !connection.isServed { drop(connection.socket) }
    }
}
