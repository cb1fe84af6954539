// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Which connections there are, which one gives way to a new one, and which are late. It only decides: whoever holds
/// the sockets acts.
///
///     accepted ─► waiting ─► (TLS) opening ─► probe | metrics | answer | events ─► closed
///                    │              │               │
///                    └──────────────┴── late, or gives way ─► leaving ─► closed
///
/// Each stage has room of its own, so that those who only wait cannot take the place of those who ask, nor those who
/// do not read their answers that of probes.
struct ConnectionTable {
    enum Stage: Int, CaseIterable {
        /// Its request's head is not there yet. It costs a socket, no thread.
        case waiting
        /// A TLS connection until its request is there.
        case opening
        /// Of those who look after the process: their requests have room that nobody else takes.
        case probe, metrics
        /// All other requests.
        case answer
        /// Streams of events. They give way to nobody: newcomers are refused.
        case events
        /// Cut off; whoever serves it has not noticed yet.
        case leaving
    }

    /// What becomes of a connection that wants to go on to another stage.
    enum Verdict: Equatable {
        case goesOn
        /// This one gives way to it: the oldest of whoever has the most.
        case insteadOf(Int32)
        /// There is no room, and nobody has been there for long enough to give way: try again soon.
        case later
    }

    private struct Connection {
        var client: String
        var stage: Stage
        /// In the order in which they have come to their stages.
        var order: UInt64
        /// When it came to its stage, in nanoseconds.
        var since: UInt64
        /// When the connection was made.
        var accepted: UInt64
    }

    /// Nobody who asks gives way sooner than that: under a flood of requests each would cut off the one before.
    static let leastNanoseconds: UInt64 = 250_000_000

    let limits: HTTPLimits
    private var connections: [Int32: Connection] = [:]
    private var nextOrder: UInt64 = 0

    init(_ limits: HTTPLimits) { self.limits = limits }

    /// How many threads they take.
    var served: Int { connections.values.count { $0.stage != .waiting } }

    func count(_ stage: Stage) -> Int { connections.values.count { $0.stage == stage } }

    func stage(of socket: Int32) -> Stage? { connections[socket]?.stage }

    /// A new connection, which waits for its head.
    /// - Returns: the one that gives way to it, out of those that wait.
    mutating func accept(_ socket: Int32, of client: String, at now: UInt64) -> Int32? {
        let victim = victim(of: .waiting, for: client)
        if let victim { connections[victim.socket] = nil }
        put(socket, Connection(client: client, stage: .waiting, order: 0, since: now, accepted: now))
        return victim?.socket
    }

    /// A connection comes to a stage. What gives way to it is leaving from then on.
    mutating func move(_ socket: Int32, to stage: Stage, at now: UInt64) -> Verdict {
        guard var connection = connections[socket], connection.stage != .leaving else { return .later }
        guard connection.stage != stage else { return .goesOn }
        let needsThread = connection.stage == .waiting
        if needsThread, served >= limits.threads { return .later }
        let victim = victim(of: stage, for: connection.client)
        if let victim {
            let age = now.subtractingReportingOverflow(victim.since)
            guard stage != .events, age.overflow || age.partialValue >= ConnectionTable.leastNanoseconds else {
                return .later
            }
            leave(victim.socket, at: now)
        }
        connection.stage = stage
        connection.since = now
        put(socket, connection)
        return victim.map { .insteadOf($0.socket) } ?? .goesOn
    }

    /// Its number may be another one's from then on.
    mutating func forget(_ socket: Int32) { connections[socket] = nil }

    /// Connections that have taken too long, oldest first. Those that wait are forgotten, the others are leaving.
    mutating func takeLate(at now: UInt64) -> [(socket: Int32, isServed: Bool)] {
        let late = connections.filter { isLate($0.value, at: now) }.sorted { $0.value.order < $1.value.order }
        return late.compactMap { socket, connection in
            switch connection.stage {
            case .waiting:
                connections[socket] = nil
                return (socket, false)
            case .leaving:
                // It was cut off long ago, and nobody has said that it is closed: it is not there any more.
                connections[socket] = nil
                return nil
            default:
                leave(socket, at: now)
                return (socket, true)
            }
        }
    }

    private func isLate(_ connection: Connection, at now: UInt64) -> Bool {
        switch connection.stage {
        case .waiting, .opening: connection.accepted +| limits.headSeconds *| 1_000_000_000 < now
        case .probe, .metrics, .answer, .leaving: connection.since +| limits.seconds *| 1_000_000_000 < now
        case .events: false
        }
    }

    private mutating func leave(_ socket: Int32, at now: UInt64) {
        connections[socket]?.stage = .leaving
        connections[socket]?.since = now
    }

    private mutating func put(_ socket: Int32, _ connection: Connection) {
        connections[socket] = connection
        connections[socket]?.order = nextOrder
        nextOrder += 1
    }

    /// Who gives way to one more of a client; nil: there is room. A client that has its share gives way to itself; else
    /// the one that has the most gives way.
    private func victim(of stage: Stage, for client: String) -> (socket: Int32, since: UInt64)? {
        guard let limit = limits.room(of: stage) else { return nil }
        let there = connections.filter { $0.value.stage == stage }
        var counts: [String: Int] = [:]
        for connection in there.values { counts[connection.client, default: 0] += 1 }
        let giving: String
        if counts[client, default: 0] >= limits.share(of: limit) {
            giving = client
        } else {
            guard there.count >= limit, let most = counts.values.max() else { return nil }
            // Of two who have as many, the one whose name comes first, so that it is always the same one.
            giving = counts.filter { $0.value == most }.keys.min() ?? client
        }
        let oldest = there.filter { $0.value.client == giving }.min { $0.value.order < $1.value.order }
        return oldest.map { ($0.key, $0.value.since) }
    }
}

/// What clients may take. All of it together is little beside the pipeline.
struct HTTPLimits: Sendable {
    /// Connections whose request is not there yet.
    var waiting = 128
    /// TLS connections whose request is not there yet; a thread each, like all that follow.
    var opening = 32
    /// Answers to probes, and of metrics: a reserve.
    var probes = 16
    var metrics = 8
    /// All other answers at the same time.
    var answers = 24
    /// Streams of events at the same time.
    var events = 16
    /// Bytes of one request's head.
    var head = 16 * 1024
    /// Bytes of a request's body: no request needs one.
    var body = 1024
    /// Without any progress.
    var idleSeconds: UInt32 = 20
    /// From the connection to the whole head of its request.
    var headSeconds: UInt64 = 5
    /// From there to the end of the answer.
    var seconds: UInt64 = 20

    /// Those that were cut off take a thread until they have noticed.
    var threads: Int { opening + probes + metrics + answers + events + 32 }

    func room(of stage: ConnectionTable.Stage) -> Int? {
        switch stage {
        case .waiting: waiting
        case .opening: opening
        case .probe: probes
        case .metrics: metrics
        case .answer: answers
        case .events: events
        case .leaving: nil
        }
    }

    /// How much of it one client may have: three quarters.
    func share(of room: Int) -> Int { max(1, room - room / 4) }
}
