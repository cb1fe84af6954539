// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport
import MillraceSettings
import MillraceTestKit
import Synchronization
import Testing

@testable import MillraceRun

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A registry in memory that can be away.
final class RegistryInMemory: SchemaRegistry {
    enum Weather {
        case fair, away, closed
        /// Nothing comes back until it is otherwise.
        case silent
    }

    struct State {
        var weather = Weather.fair
        var schemas: [Int32: String] = [:]
        var subjects: [String: [Int32]] = [:]
        var objections: [String: [String]] = [:]
        var calls: [String] = []
    }

    let state: Mutex<State>
    let place = "http://memory"

    init(_ change: (inout State) -> Void = { _ in }) {
        var state = State()
        change(&state)
        self.state = Mutex(state)
    }

    var calls: [String] { state.withLock { $0.calls } }

    private func note(_ call: String) throws(SchemaFailure) {
        let weather = state.withLock { state in
            state.calls.append(call)
            return state.weather
        }
        switch weather {
        case .fair: return
        case .silent: while state.withLock({ $0.weather == .silent }) { usleep(1000) }
        case .away:
            throw SchemaFailure(
                RunFailure(.unreachable, .registryUnreachable, "nobody answers"), isTransient: true, isUnknown: false)
        case .closed:
            throw SchemaFailure(
                RunFailure(.permission, .registryLoginRefused, "who are you"), isTransient: false, isUnknown: false)
        }
    }

    func schema(id: Int32) throws(SchemaFailure) -> RegisteredSchema {
        try note("schema \(id)")
        guard let text = state.withLock({ $0.schemas[id] }) else {
            throw SchemaFailure(
                RunFailure(.inputMissing, .unknownSchema, "no schema \(id)"), isTransient: false, isUnknown: true)
        }
        return RegisteredSchema(id: id, text: text)
    }

    func hasSubject(_ subject: String) throws(SchemaFailure) -> Bool {
        try note("look \(subject)")
        return state.withLock { $0.subjects[subject] != nil }
    }

    func objections(to schema: RegisteredSchema, in subject: String) throws(SchemaFailure) -> [String] {
        try note("check \(subject)")
        return state.withLock { $0.objections[subject] ?? [] }
    }

    func register(_ schema: RegisteredSchema, in subject: String) throws(SchemaFailure) -> Int32 {
        try note("register \(subject)")
        return state.withLock { state in
            let id = Int32(state.schemas.count + 1)
            state.schemas[id] = schema.text
            state.subjects[subject, default: []].append(id)
            return id
        }
    }
}

/// A clock whose time is set.
final class SetClock: Clock {
    let nanoseconds = Mutex<UInt64>(1_000_000_000)

    func monotonicNanoseconds() -> UInt64 { nanoseconds.withLock { $0 } }
    func wallMilliseconds() -> Int64 { 0 }
    func pass(milliseconds: UInt64) { nanoseconds.withLock { $0 += milliseconds * 1_000_000 } }
}

struct SchemaFetcherTests {
    private let clock = SetClock()
    private let lines = Lines()

    final class Lines: Sendable {
        let all = Mutex<[LogLine]>([])
        var messages: [String] { all.withLock { $0.map(\.message) } }
    }

    private func schemas(_ registry: RegistryInMemory) -> WriterSchemas {
        let lines = lines
        let fetcher = SchemaFetcher(registry, clock: clock, log: { line in lines.all.withLock { $0.append(line) } })
        return WriterSchemas { id, schemas in try fetcher.want(id, schemas) }
    }

    /// Asks until the answer is there; the fetcher's thread takes its time.
    private func wait(_ seconds: Int = 30, until isThere: () throws -> Bool) rethrows -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end { if try isThere() { return true } }
        return false
    }

    @Test func whatIsWantedComesOnce() throws {
        let registry = RegistryInMemory { $0.schemas = [1: "\"int\"", 2: "\"long\""] }
        let schemas = schemas(registry)
        #expect(try wait { try schemas.isThere(1) })
        #expect(try wait { try schemas.isThere(2) })
        #expect(try schemas.isThere(1))
        guard case .avro(let schema)? = schemas.entry(1) else { throw RunFailure(.data, .unknownSchema, "none") }
        #expect(schema.text == "\"int\"")
        #expect(registry.calls.sorted() == ["schema 1", "schema 2"])
        #expect(lines.messages == [])
    }

    /// Then records that begin with it are bad, and not the run.
    @Test func whatTheRegistryDoesNotKnowIsKnownToBeUnknown() throws {
        let schemas = schemas(RegistryInMemory())
        #expect(try wait { try schemas.isThere(9) })
        guard case .unusable(let reason)? = schemas.entry(9) else { throw RunFailure(.data, .unknownSchema, "known") }
        #expect(reason == "is not in the registry")
    }

    @Test func damagedNumbersAreNotAskedFor() throws {
        let registry = RegistryInMemory { $0.weather = .closed }
        #expect(try schemas(registry).isThere(-1))
        #expect(registry.calls == [])
    }

    /// Fault 60. It is waited for, with a word, and asked no more often than that.
    @Test func aRegistryThatIsAwayIsWaitedFor() throws {
        let registry = RegistryInMemory {
            $0.weather = .away
            $0.schemas = [1: "\"int\""]
        }
        let schemas = schemas(registry)
        #expect(try !schemas.isThere(1))
        #expect(wait { lines.messages.count == 1 })
        for _ in 0..<100 { #expect(try !schemas.isThere(1)) }
        #expect(registry.calls == ["schema 1"])
        clock.pass(milliseconds: 600)
        #expect(
            try wait {
                _ = try schemas.isThere(1)
                return registry.calls.count == 2
            })
        registry.state.withLock { $0.weather = .fair }
        #expect(
            try wait {
                clock.pass(milliseconds: 600)
                return try schemas.isThere(1)
            })
        #expect(wait { lines.messages.count == 2 })
        #expect(
            lines.messages == [
                "waiting for schema registry http://memory: nobody answers",
                "the schema registry http://memory answers again",
            ])
    }

    /// Fault 60. One that does not answer is spoken of.
    @Test func aSilentRegistryIsSpokenOf() throws {
        let registry = RegistryInMemory {
            $0.weather = .silent
            $0.schemas = [1: "\"int\""]
        }
        defer { registry.state.withLock { $0.weather = .fair } }
        let schemas = schemas(registry)
        #expect(try !schemas.isThere(1))
        #expect(wait { registry.calls.count == 1 })
        clock.pass(milliseconds: 9900)
        #expect(try !schemas.isThere(1))
        #expect(lines.messages == [])
        clock.pass(milliseconds: 200)
        for _ in 0..<10 { #expect(try !schemas.isThere(1)) }
        let waiting = "waiting for schema registry http://memory: it has not answered for 10 s"
        #expect(lines.messages == [waiting])
        registry.state.withLock { $0.weather = .fair }
        #expect(try wait { try schemas.isThere(1) })
        #expect(wait { lines.messages == [waiting, "the schema registry http://memory answers again"] })
    }

    @Test func whatWillNotPassEndsTheRun() throws {
        let registry = RegistryInMemory { $0.weather = .closed }
        let schemas = schemas(registry)
        let failure = #expect(throws: RunFailure.self) {
            try wait { try schemas.isThere(1) }
        }
        #expect(failure?.errorCode == .registryLoginRefused)
    }

    @Test func withoutARegistryItIsSaid() {
        let options = RunOptions(application: "a", cluster: SimulatedCluster(), from: .earliest)
        let failure = #expect(throws: RunFailure.self) { try options.writerSchemas.isThere(1) }
        #expect(failure?.errorCode == .noRegistry)
    }
}
