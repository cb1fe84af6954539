// SPDX-License-Identifier: Apache-2.0
import CSystemHTTP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Server-sent events to one client, one a second. Its connection's thread uses it alone; it frees itself with the
/// response.
final class EventStream {
    static let contentType = "text/event-stream; charset=utf-8"

    private static let intervalMilliseconds = 1000
    /// How long a browser waits before it connects again.
    private static let retry = "retry: 2000\n"

    private let service: HTTPServer.Service
    private let next: @Sendable () -> String
    private var pending: [UInt8] = []
    private var sent = 0
    private var isFirst = true

    init(_ service: HTTPServer.Service, _ next: @escaping @Sendable () -> String) {
        self.service = service
        self.next = next
    }

    /// The response owns the stream from here on.
    func makeResponse() -> OpaquePointer? {
        let context = Unmanaged.passRetained(self)
        let response = MHD_create_response_from_callback(
            UInt64.max, 32 * 1024,
            { context, _, buffer, capacity in
                guard let context, let buffer else { return -1 }
                return Unmanaged<EventStream>.fromOpaque(context).takeUnretainedValue().fill(buffer, capacity)
            },
            context.toOpaque(),
            { context in if let context { Unmanaged<EventStream>.fromOpaque(context).release() } })
        if response == nil { context.release() }
        return response
    }

    /// Copies what fits; waits for the next event where there is nothing.
    /// - Returns: the number of bytes; −1: the end.
    private func fill(_ buffer: UnsafeMutablePointer<CChar>, _ capacity: Int) -> Int {
        if sent == pending.count {
            guard !service.stop.wait(milliseconds: isFirst ? 0 : EventStream.intervalMilliseconds) else { return -1 }
            pending = Array(((isFirst ? EventStream.retry : "") + EventStream.event(next())).utf8)
            sent = 0
            isFirst = false
        }
        let count = min(pending.count - sent, capacity)
        pending.withUnsafeBytes { _ = memcpy(buffer, $0.baseAddress! + sent, count) }
        sent += count
        return count
    }

    /// A line of data for each line of the text.
    static func event(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }.joined() + "\n"
    }
}
