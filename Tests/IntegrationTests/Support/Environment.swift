// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What `scripts/test` gives the integration tests; without it they are left out.
enum Environment {
    static let bootstrap = ProcessInfo.processInfo.environment["MILLRACE_TEST_BOOTSTRAP"]
    static let binary = ProcessInfo.processInfo.environment["MILLRACE_BINARY"]
    /// Starts and stops brokers of a test's own, where `scripts/test` knows how.
    static let kafkaScript = ProcessInfo.processInfo.environment["MILLRACE_KAFKA_SCRIPT"]

    /// One for C, which comes with Swift.
    static let compiler = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/clang" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// How many brokers of a cluster to kill (`scripts/leader-moves`); 0: none.
    static let leaderMoves = ProcessInfo.processInfo.environment["MILLRACE_LEADER_MOVES"].flatMap { Int($0) } ?? 0
    /// Whether the conformance cases are to run on the broker (`MILLRACE_CONFORMANCE=1`). By hand: librdkafka 2.0.2 may
    /// hold back what it has read of partitions that are assigned a second time, so that a case waits in vain.
    static let asksForConformance = ProcessInfo.processInfo.environment["MILLRACE_CONFORMANCE"] == "1"
    /// Whether the brokers are Kafka 3.9, as scripts/matrix has them, and not 4.
    static let isKafka3 = ProcessInfo.processInfo.environment["KAFKA_VERSION"]?.hasPrefix("3.") == true
    /// A directory with the newest librdkafka, for what the usual one cannot do; see scripts/librdkafka.
    static let newestLibrary = ProcessInfo.processInfo.environment["MILLRACE_NEWEST_LIBRDKAFKA"]

    /// The script that looks at the page in a browser, where there is one.
    static let pageCheck = ProcessInfo.processInfo.environment["MILLRACE_PAGE_CHECK"]
    /// Where to keep its pictures; nil: nowhere.
    static let screenshots = ProcessInfo.processInfo.environment["MILLRACE_SCREENSHOTS"]

    static var isReady: Bool { bootstrap != nil && binary != nil }
    static var canStartBrokers: Bool { isReady && kafkaScript != nil }
}

/// Something that a test waited for did not happen, or happened wrongly.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A moment that no wait goes beyond.
struct Deadline {
    private let end: Date

    init(seconds: Double) { end = Date(timeIntervalSinceNow: seconds) }

    var hasPassed: Bool { Date() >= end }

    /// Asks again and again until `condition` holds; throws at the deadline.
    func wait(for what: @autoclosure () -> String, until condition: () throws -> Bool) throws {
        while try !condition() {
            if hasPassed { throw Unexpected("waited in vain for \(what())") }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }
}

/// Random numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
