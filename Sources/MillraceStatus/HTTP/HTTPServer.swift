// SPDX-License-Identifier: Apache-2.0
import CSystemHTTP
import MillraceCore
import MillraceReport
import MillraceSettings
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The HTTP server, on libmicrohttpd: one thread a connection whose request is there, so that a client that stalls
/// holds up nobody else, and limits on everything. It reads the status board; the data plane does not know that it is
/// there.
///
///     HTTPListener ─► ConnectionGate ── whole requests ─► HTTPDaemons ─► answer
///                          └────── ConnectionTable ──────────┘
final class HTTPServer {
    private let listener: HTTPListener
    private let service: Service
    private let daemons: HTTPDaemons
    private var gate: pthread_t?

    /// Listens and answers at once.
    /// - Parameters:
    ///   - identity: nil: no TLS.
    ///   - stage: where a request for a path belongs.
    init(
        _ listener: HTTPListener, limits: HTTPLimits = HTTPLimits(), identity: TLSIdentityFile? = nil,
        clock: any Clock, log: @escaping @Sendable (LogLine) -> Void = { _ in },
        stage: @escaping @Sendable (String) -> ConnectionTable.Stage = StatusRoutes.stage,
        answer: @escaping @Sendable (HTTPRequest) -> HTTPAnswer
    ) throws {
        self.listener = listener
        service = Service(limits: limits, clock: clock, log: log, stage: stage, answer: answer)
        daemons = try HTTPDaemons(service, identity)
        // Signals are for the main thread; the new thread inherits this.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        nonisolated(unsafe) let keeper = ConnectionGate(listener, service, daemons)
        gate = startThread { keeper.run() }
        guard gate != nil else { throw RunFailure(.io, .cannotServe, "the HTTP server does not start: no thread") }
    }

    deinit {
        service.stop.set()
        // Wakes the gate, which waits for connections.
        SystemSocket.cutOff(listener.descriptor)
        if let gate { pthread_join(gate, nil) }
    }

    /// What the connections' threads share.
    final class Service: Sendable {
        let limits: HTTPLimits
        let table: Mutex<ConnectionTable>
        let stop = StopSignal()
        let log: @Sendable (LogLine) -> Void
        let stage: @Sendable (String) -> ConnectionTable.Stage
        let answer: @Sendable (HTTPRequest) -> HTTPAnswer
        private let clock: any Clock

        init(
            limits: HTTPLimits, clock: any Clock, log: @escaping @Sendable (LogLine) -> Void,
            stage: @escaping @Sendable (String) -> ConnectionTable.Stage,
            answer: @escaping @Sendable (HTTPRequest) -> HTTPAnswer
        ) {
            self.limits = limits
            self.clock = clock
            self.log = log
            self.stage = stage
            self.answer = answer
            table = Mutex(ConnectionTable(limits))
        }

        var now: UInt64 { clock.monotonicNanoseconds() }

        /// Which stage a request for a path belongs to.
        func stage(of path: String) -> ConnectionTable.Stage { stage(path) }

        /// Whether a connection goes on to a stage; what gives way to it is cut off.
        func move(_ socket: Int32, to stage: ConnectionTable.Stage) -> Bool {
            let now = now
            // Under the lock, so that no socket is closed meanwhile.
            return table.withLock { table in
                switch table.move(socket, to: stage, at: now) {
                case .goesOn: return true
                case .insteadOf(let victim):
                    SystemSocket.cutOff(victim)
                    return true
                case .later: return false
                }
            }
        }

        /// Called before the socket is closed: its number may be another one's a moment later.
        func forget(_ socket: Int32) { table.withLock { $0.forget(socket) } }

        func queue(_ answer: HTTPAnswer, on connection: OpaquePointer, isHead: Bool) -> MHD_Result {
            switch answer {
            case .whole(let response): return queue(response, on: connection)
            case .events(let next):
                guard !isHead else { return queue(HTTPResponse(200, EventStream.contentType, ""), on: connection) }
                guard move(millrace_http_socket(connection), to: .events) else {
                    var refusal = HTTPResponse.error(503, "too many streams of events at the same time")
                    refusal.headers.append(("Retry-After", "10"))
                    return queue(refusal, on: connection)
                }
                guard let response = EventStream(self, next).makeResponse() else { return .NO }
                return queue(response, 200, EventStream.contentType, [], on: connection)
            }
        }

        func queue(_ response: HTTPResponse, on connection: OpaquePointer) -> MHD_Result {
            var bytes = Array(response.body.utf8)
            let made = bytes.withUnsafeMutableBytes {
                MHD_create_response_from_buffer($0.count, $0.baseAddress, .RESPMEM_MUST_COPY)
            }
            guard let made else { return .NO }
            return queue(made, response.status, response.contentType, response.headers, on: connection)
        }

        private func queue(
            _ response: OpaquePointer, _ status: UInt32, _ contentType: String,
            _ headers: [(name: String, value: String)], on connection: OpaquePointer
        ) -> MHD_Result {
            defer { MHD_destroy_response(response) }
            for (name, value) in [("Content-Type", contentType)] + HTTPResponse.standingHeaders + headers {
                MHD_add_response_header(response, name, value)
            }
            return MHD_queue_response(connection, status, response)
        }
    }
}

/// One request on its way in. Its connection's thread uses it alone.
private final class Exchange {
    let request: HTTPRequest
    var bodyBytes = 0

    init(_ request: HTTPRequest) { self.request = request }
}

private func service(_ context: UnsafeMutableRawPointer?) -> HTTPServer.Service? {
    context.map { Unmanaged<HTTPServer.Service>.fromOpaque($0).takeUnretainedValue() }
}

/// Called when a request's head is there, then for each piece of its body, then once more at its end.
let onRequest: MHD_AccessHandlerCallback = { context, connection, url, method, _, _, size, state in
    guard let service = service(context), let connection, let url, let method, let size, let state else {
        return .NO
    }
    guard let known = state.pointee else {
        let request = readRequest(connection, String(cString: method), String(cString: url))
        state.pointee = Unmanaged.passRetained(Exchange(request)).toOpaque()
        // Refused before it is read; the connection closes behind the answer.
        if let length = request.headers["content-length"], Int(length).map({ $0 > service.limits.body }) ?? true {
            return service.queue(.error(413, "requests have no body here"), on: connection)
        }
        return .YES
    }
    let exchange = Unmanaged<Exchange>.fromOpaque(known).takeUnretainedValue()
    if size.pointee > 0 {
        exchange.bodyBytes += size.pointee
        size.pointee = 0
        return exchange.bodyBytes > service.limits.body ? .NO : .YES
    }
    // Behind TLS it shows only now what is asked for.
    _ = service.move(millrace_http_socket(connection), to: service.stage(of: exchange.request.path))
    let answer = service.answer(exchange.request)
    return service.queue(answer, on: connection, isHead: exchange.request.method == "HEAD")
}

private func readRequest(_ connection: OpaquePointer, _ method: String, _ path: String) -> HTTPRequest {
    var request = HTTPRequest(method: method, path: path)
    for name in HTTPRequest.headersRead {
        guard let value = MHD_lookup_connection_value(connection, .HEADER_KIND, name) else { continue }
        request.headers[name] = String(cString: value)
    }
    for name in ["format", "live", "page", "verbose"] {
        var value: UnsafePointer<CChar>?
        var length = 0
        let found = MHD_lookup_connection_value_n(
            connection, .GET_ARGUMENT_KIND, name, name.utf8.count, &value, &length)
        if found == .YES { request.query[name] = value.map { String(cString: $0) } ?? "" }
    }
    return request
}

let onConnection: MHD_NotifyConnectionCallback = { context, connection, _, event in
    guard let service = service(context), let connection, event == .CONNECTION_NOTIFY_CLOSED else { return }
    let socket = millrace_http_socket(connection)
    if socket >= 0 { service.forget(socket) }
}

let onCompleted: MHD_RequestCompletedCallback = { _, _, state, _ in
    guard let known = state?.pointee else { return }
    Unmanaged<Exchange>.fromOpaque(known).release()
    state?.pointee = nil
}
