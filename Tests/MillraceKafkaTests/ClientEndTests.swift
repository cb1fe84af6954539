// SPDX-License-Identifier: Apache-2.0

import Glibc
import MillraceCore
import MillraceLog
import Synchronization
import Testing

@testable import MillraceKafka

@Suite struct ClientEndTests {
    private func context(_ lines: Lines) throws -> ClientContext {
        ClientContext(
            kind: .consumer, properties: try KafkaProperties(bootstrap: "localhost:1"), rebalancing: .none
        ) { lines.append($0) }
    }

    private let nobody = OpaquePointer(bitPattern: 8)

    /// librdkafka 2.0.2 never ends a client of which a partition has gone.
    @Test func aClientThatDoesNotEndIsLeftBehind() throws {
        let lines = Lines()
        let began = ContinuousClock.now
        ClientEnd.destroy(try #require(nobody), try context(lines), flags: 0, patienceMilliseconds: 100) { _, _ in
            sleep(20)
        }
        #expect(ContinuousClock.now - began < .seconds(10))
        #expect(lines.all.map(\.facility) == ["DESTROY"])
        #expect(lines.all.first?.text.contains("it is left behind") ?? false)
    }

    @Test func aClientThatEndsIsWaitedFor() throws {
        let lines = Lines()
        let flags = Atomic<Int32>(0)
        ClientEnd.destroy(try #require(nobody), try context(lines), flags: 8, patienceMilliseconds: 10_000) {
            usleep(50_000)
            flags.store($1, ordering: .sequentiallyConsistent)
        }
        #expect(flags.load(ordering: .sequentiallyConsistent) == 8)
        #expect(lines.all.isEmpty)
    }
}
