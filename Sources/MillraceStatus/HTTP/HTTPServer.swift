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

/// What clients may take. All of it together is little beside the pipeline.
struct HTTPLimits: Sendable {
    var connections: UInt32 = 48
    /// Streams of events at the same time; the rest of the connections are for those who ask and go.
    var streams = 16
    /// Bytes of one request's head.
    var head = 16 * 1024
    /// Bytes of a request's body: no request needs one.
    var body = 1024
    /// Without any progress.
    var idleSeconds: UInt32 = 20
    /// From the connection to the whole request, and from there to the end of the answer.
    var seconds: UInt64 = 20
}

/// The HTTP server, on libmicrohttpd: one thread a connection, so that a client that stalls holds up nobody else, and
/// limits on everything. It reads the status board; the data plane does not know that it is there.
final class HTTPServer {
    private let listener: HTTPListener
    private let service: Service
    private let daemon: OpaquePointer
    private var watch: pthread_t?

    /// Listens and answers at once.
    init(
        _ listener: HTTPListener, limits: HTTPLimits = HTTPLimits(), clock: any Clock,
        answer: @escaping @Sendable (HTTPRequest) -> HTTPAnswer
    ) throws {
        self.listener = listener
        service = Service(limits: limits, clock: clock, answer: answer)
        // Signals are for the main thread; the new threads inherit this.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var started = millrace_http_limits(
            connections: limits.connections, memory: limits.head, idle_seconds: limits.idleSeconds, stack: 512 * 1024)
        guard
            let daemon = millrace_http_start(
                listener.descriptor, &started, onRequest, onConnection, onCompleted, { _, _, _ in },
                Unmanaged.passUnretained(service).toOpaque())
        else {
            throw RunFailure(.io, .cannotServe, "the HTTP server does not start: \(String(cString: strerror(errno)))")
        }
        self.daemon = daemon
        startWatch()
    }

    deinit {
        service.stop.set()
        if let watch { pthread_join(watch, nil) }
        // Ends all connections and waits for their threads: behind it nobody uses the service.
        MHD_stop_daemon(daemon)
    }

    private func startWatch() {
        watch = startThread { [service] in
            while !service.stop.wait(milliseconds: 1000) { service.deadlines.enforce() }
        }
    }

    /// What the connections' threads share.
    final class Service: Sendable {
        let limits: HTTPLimits
        let deadlines: ConnectionDeadlines
        let stop = StopSignal()
        let streams = Atomic<Int>(0)
        let answer: @Sendable (HTTPRequest) -> HTTPAnswer

        init(limits: HTTPLimits, clock: any Clock, answer: @escaping @Sendable (HTTPRequest) -> HTTPAnswer) {
            self.limits = limits
            self.answer = answer
            deadlines = ConnectionDeadlines(seconds: limits.seconds, clock: clock)
        }

        func queue(_ answer: HTTPAnswer, on connection: OpaquePointer, isHead: Bool) -> MHD_Result {
            switch answer {
            case .whole(let response): return queue(response, on: connection)
            case .events(let next):
                guard !isHead else { return queue(HTTPResponse(200, EventStream.contentType, ""), on: connection) }
                guard let stream = EventStream(self, next) else {
                    var refusal = HTTPResponse.error(503, "too many streams of events at the same time")
                    refusal.headers.append(("Retry-After", "10"))
                    return queue(refusal, on: connection)
                }
                deadlines.lift(millrace_http_socket(connection))
                guard let response = stream.makeResponse() else { return .NO }
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
private let onRequest: MHD_AccessHandlerCallback = { context, connection, url, method, _, _, size, state in
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
    service.deadlines.restart(millrace_http_socket(connection))
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

private let onConnection: MHD_NotifyConnectionCallback = { context, connection, _, event in
    guard let service = service(context), let connection else { return }
    let socket = millrace_http_socket(connection)
    guard socket >= 0 else { return }
    if event == .CONNECTION_NOTIFY_STARTED {
        service.deadlines.restart(socket)
    } else {
        service.deadlines.forget(socket)
    }
}

private let onCompleted: MHD_RequestCompletedCallback = { context, connection, state, _ in
    if let known = state?.pointee {
        Unmanaged<Exchange>.fromOpaque(known).release()
        state?.pointee = nil
    }
    // The connection may bring another request.
    if let service = service(context), let connection {
        service.deadlines.restart(millrace_http_socket(connection))
    }
}
