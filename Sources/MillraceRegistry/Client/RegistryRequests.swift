// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Synchronization

/// Sends requests to the registries in turn until one answers.
///
///     address 1 ── no answer ──► address 2 ── no answer ──► pause ──► address 1 …
///          └── an answer, of any kind: that is it; the next request begins here
final class RegistryRequests: Sendable {
    private struct State {
        /// Nil: not made yet.
        var handle: CurlHandle?
        /// The address that has answered last.
        var preferred = 0
    }

    let options: RegistryOptions
    private let state = Mutex(State())
    private let pause: @Sendable (_ milliseconds: Int64) -> Void
    private let isStopped: @Sendable () -> Bool

    /// A server may send its client on so often, to itself.
    private static let maximumRedirections = 5

    init(
        _ options: RegistryOptions, pause: @escaping @Sendable (_ milliseconds: Int64) -> Void,
        isStopped: @escaping @Sendable () -> Bool
    ) {
        self.options = options
        self.pause = pause
        self.isStopped = isStopped
    }

    /// - Parameter operation: what it is for, e.g. `get schema 7`.
    /// - Returns: an answer with a status from 200 to 299.
    func send(_ request: HTTPRequest, _ operation: String) throws(RegistryError) -> RegistryAnswer {
        var tries = 0
        while true {
            do throws(RegistryError) {
                return try sendOnce(request, operation)
            } catch {
                guard error.isTransient, tries < options.retries, !isStopped() else { throw error }
                pause(RegistryPause.milliseconds(options, tries: tries, share: Double.random(in: 0...1)))
                guard !isStopped() else { throw error }
                tries += 1
            }
        }
    }

    /// All addresses, from the one that has answered last.
    private func sendOnce(_ request: HTTPRequest, _ operation: String) throws(RegistryError) -> RegistryAnswer {
        try state.withLock { state throws(RegistryError) in
            var errors: [RegistryError] = []
            for step in options.addresses.indices {
                let index = (state.preferred + step) % options.addresses.count
                do throws(RegistryError) {
                    let answer = try ask(request, options.addresses[index], operation, &state)
                    state.preferred = index
                    return answer
                } catch {
                    errors.append(error)
                    guard error.isTransient || error.kind == .certificate else { throw error }
                }
            }
            guard let first = errors.first, errors.count > 1 else {
                throw errors.first ?? RegistryError(.unreachable, operation, "no address is named", at: nil)
            }
            let all = errors.map { "\($0.address ?? "?"): \($0.message)" }.joined(separator: "; ")
            let kind = errors.contains { $0.isTransient } ? .unreachable : first.kind
            throw RegistryError(kind, operation, "none of the schema registries answers: \(all)", at: nil)
        }
    }

    private func ask(
        _ request: HTTPRequest, _ address: RegistryAddress, _ operation: String, _ state: inout State
    ) throws(RegistryError) -> RegistryAnswer {
        let reader = AnswerReader(operation: operation, address: address, secrets: options.secrets)
        if state.handle == nil { state.handle = CurlHandle(options, isStopped: isStopped) }
        guard let handle = state.handle else { throw reader.unreachable("there is no memory left for libcurl") }
        var request = request
        var place = address
        for _ in 0...RegistryRequests.maximumRedirections {
            let answer: HTTPAnswer
            do throws(HTTPFault) {
                answer = try handle.perform(request, at: place)
            } catch {
                throw reader.error(of: error)
            }
            guard 300...399 ~= answer.status else { return try reader.read(answer) }
            (request, place) = try redirected(request, place, answer, reader)
        }
        throw reader.unexpected("it sends its client on and on")
    }

    /// A redirection is followed on the same server only: elsewhere nobody is to get the log-in, and no answer of a
    /// server decides whom this process talks to.
    private func redirected(
        _ request: HTTPRequest, _ address: RegistryAddress, _ answer: HTTPAnswer, _ reader: AnswerReader
    ) throws(RegistryError) -> (HTTPRequest, RegistryAddress) {
        guard let text = answer.redirection, let next = try? RegistryAddress(text, isRedirection: true) else {
            throw reader.unexpected("it answers with status \(answer.status) and no other place")
        }
        guard next.isSameServer(as: address) else {
            throw reader.unexpected(
                "it sends its client on to \(next.text), and redirections to other servers are not followed",
                hint: "if that is the registry, name it in schema.registry.url")
        }
        if case .post = request.method, answer.status != 307, answer.status != 308 {
            throw reader.unexpected("it answers a POST with status \(answer.status)")
        }
        // The address has no path of its own then: the redirection's is whole.
        return (HTTPRequest(method: request.method, path: next.path), address.withoutPath)
    }
}

/// How long to wait before a further try.
enum RegistryPause {
    /// Twice as long each time, up to the longest; of that at least a half, so that many clients do not come at once.
    /// - Parameter share: from 0 to 1, by chance.
    static func milliseconds(_ options: RegistryOptions, tries: Int, share: Double) -> Int64 {
        var pause = min(options.firstPauseMilliseconds, options.longestPauseMilliseconds)
        for _ in 0..<tries where pause < options.longestPauseMilliseconds {
            pause = min(pause *| 2, options.longestPauseMilliseconds)
        }
        let half = pause / 2
        return half +| Int64(Double(pause -| half) * min(max(share, 0), 1))
    }
}
