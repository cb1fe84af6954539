// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceTestKit
import Synchronization

@testable import MillraceRegistry

/// A stand-in, and a client of it whose pauses take no time.
struct Fixture {
    let registry: StandInRegistry
    let pauses = Pauses()

    /// What a client has waited, in milliseconds.
    final class Pauses: Sendable {
        let all = Mutex<[Int64]>([])
        var count: Int { all.withLock { $0.count } }
    }

    init(_ options: StandInRegistry.Options = .init()) throws { registry = try StandInRegistry(options) }

    func client(
        _ urls: [String]? = nil, _ change: (inout RegistryOptions) -> Void = { _ in }
    ) throws -> RegistryClient {
        var options = RegistryOptions(addresses: try (urls ?? [registry.url]).map { try RegistryAddress($0) })
        options.requestMilliseconds = 10_000
        change(&options)
        let pauses = pauses
        return RegistryClient(
            options, clock: StandingClock(), pause: { milliseconds in pauses.all.withLock { $0.append(milliseconds) } })
    }

    static let orders = RegisteredSchema(
        id: nil,
        text: #"{"type":"record","name":"Order","fields":[{"name":"item","type":"string"}]}"#)
    /// The same with a further field that has a default.
    static let newerOrders = RegisteredSchema(
        id: nil,
        text: #"{"type":"record","name":"Order","fields":[{"name":"item","type":"string"},"#
            + #"{"name":"price","type":"int","default":0}]}"#)
    /// The same with another type.
    static let otherOrders = RegisteredSchema(
        id: nil, text: #"{"type":"record","name":"Order","fields":[{"name":"item","type":"long"}]}"#)
}

/// Time stands still.
struct StandingClock: Clock {
    func monotonicNanoseconds() -> UInt64 { 1_000_000_000 }
    func wallMilliseconds() -> Int64 { 0 }
}

/// What a call throws; nil: nothing.
func failure(_ body: () throws -> some Any) -> RegistryError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? RegistryError
    }
}
