// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillraceEngine
import MillracePlan
package import MillraceReport
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Fetches the schemas that records were written by, on a thread of its own that lives as long as some are wanted. A
/// registry that is away is asked again as long as somebody wants something of it.
final class SchemaFetcher: Sendable {
    private struct State {
        /// In the order in which they were asked for.
        var wanted: [Int32] = []
        var isRunning = false
        /// The registry is away: it is asked no sooner than then.
        var notBefore: UInt64?
        /// When the request under way began.
        var began: UInt64 = 0
        /// It has been said that the registry is waited for.
        var isSaid = false
        /// Why nothing will come.
        var failure: RunFailure?
    }

    private let registry: any SchemaRegistry
    private let clock: any Clock
    private let log: @Sendable (LogLine) -> Void
    private let state = Mutex(State())

    /// In nanoseconds: between tries, when those of the registry's client have been in vain.
    private static let pause: UInt64 = 500_000_000
    /// In nanoseconds: a registry that is silent for so long is spoken of, also where a request may take longer.
    private static let silence: UInt64 = 10_000_000_000

    init(_ registry: any SchemaRegistry, clock: any Clock, log: @escaping @Sendable (LogLine) -> Void) {
        self.registry = registry
        self.clock = clock
        self.log = log
    }

    /// Has a schema fetched, unless one that is wanted has just not come.
    /// - Throws: what makes waiting pointless.
    func want(_ id: Int32, _ schemas: WriterSchemas) throws {
        let now = clock.monotonicNanoseconds()
        let (begins, isSilent, failure) = state.withLock { state in
            if let failure = state.failure { return (false, false, Optional(failure)) }
            // It may have come just now.
            guard !schemas.has(id) else { return (false, false, nil) }
            if !state.wanted.contains(id) { state.wanted.append(id) }
            if state.isRunning, !state.isSaid, now >= state.began +| SchemaFetcher.silence {
                state.isSaid = true
                return (false, true, nil)
            }
            guard !state.isRunning, state.notBefore.map({ $0 <= now }) ?? true else { return (false, false, nil) }
            state.isRunning = true
            state.began = now
            return (true, false, nil)
        }
        if let failure { throw failure }
        if isSilent { say("it has not answered for \(SchemaFetcher.silence / 1_000_000_000) s") }
        guard begins else { return }
        if let thread = startThread({ self.work(schemas) }) {
            pthread_detach(thread)
        } else {
            // Without a thread it is done here and now.
            work(schemas)
        }
    }

    private func work(_ schemas: WriterSchemas) {
        while let id = next() {
            do throws(SchemaFailure) {
                let schema = try registry.schema(id: id)
                settle(id, schemas, SchemaTable.Entry(schema))
            } catch {
                if error.isUnknown {
                    settle(id, schemas, .unusable("is not in the registry"))
                } else {
                    fail(error)
                }
            }
        }
    }

    /// Nil: the thread ends.
    private func next() -> Int32? {
        let now = clock.monotonicNanoseconds()
        return state.withLock { state in
            let id = state.wanted.first
            state.isRunning = id != nil
            state.began = now
            return id
        }
    }

    private func settle(_ id: Int32, _ schemas: WriterSchemas, _ entry: SchemaTable.Entry) {
        let wasAway = state.withLock { state in
            schemas.add(entry, id: id)
            state.wanted.removeAll { $0 == id }
            defer { (state.notBefore, state.isSaid) = (nil, false) }
            return state.isSaid
        }
        if wasAway { log(LogLine(.info, "the schema registry \(registry.place) answers again")) }
    }

    private func fail(_ error: SchemaFailure) {
        let next = clock.monotonicNanoseconds() +| SchemaFetcher.pause
        let isNew = state.withLock { state in
            state.wanted = []
            if !error.isTransient { state.failure = error.failure }
            state.notBefore = next
            guard error.isTransient, !state.isSaid else { return false }
            state.isSaid = true
            return true
        }
        if isNew { say(error.failure.message) }
    }

    private func say(_ reason: String) {
        log(
            LogLine(
                .warn, "waiting for schema registry \(registry.place): \(reason)",
                code: .registryUnreachable, kind: "waiting for the schema registry"))
    }
}

extension RunOptions {
    /// Reads and writes with the schemas of this registry.
    /// - Parameter log: from any thread.
    package mutating func use(
        _ registry: any SchemaRegistry, clock: any Clock, log: @escaping @Sendable (LogLine) -> Void
    ) {
        let fetcher = SchemaFetcher(registry, clock: clock, log: log)
        schemaRegistry = registry
        writerSchemas = WriterSchemas { id, schemas in try fetcher.want(id, schemas) }
    }

}

extension SchemaFetcher {
    static func noRegistry(_ reason: String) -> RunFailure {
        RunFailure(
            .configuration, .noRegistry, "no schema registry is named, and \(reason)",
            hint: ErrorCode.noRegistry.explanation.step)
    }
}

extension (any SchemaRegistry)? {
    /// Whether there is one, where the program reads records that begin with a schema's number.
    func check(_ graph: QueryGraph) throws {
        if case .some = self { return }
        for root in graph.roots {
            let formats = [root.source.keyFormat.name, root.source.valueFormat.name]
            guard formats.contains(where: \.traits.needsWriterSchemas) else { continue }
            throw SchemaFetcher.noRegistry("the records of \(root.source.topic) begin with numbers of schemas")
        }
    }
}
