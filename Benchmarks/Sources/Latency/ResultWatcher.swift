// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import Synchronization

/// Reads results as they become visible, on a thread of its own.
final class ResultWatcher: @unchecked Sendable {
    // Sendable because the thread alone touches the reader and the results until it has been joined.

    struct Result {
        var sent: Int64
        var seen: Int64
    }

    private let reader: TopicReader
    private let expected: Int
    private let deadline = Atomic<Int64>(.max)
    private var results: [Result] = []
    private var failure: (any Error)?
    private var thread: Thread?

    init(bootstrap: String, topic: String, expected: Int) throws {
        reader = try TopicReader(bootstrap: bootstrap, topic: topic, profile: .live)
        self.expected = expected
        results.reserveCapacity(expected + 1000)
        try reader.start(at: 1)
    }

    func start() {
        thread = Thread { [self] in
            do {
                try watch()
            } catch {
                failure = error
            }
        }
    }

    /// Waits until all have come, or so many seconds; duplicates are among them if there are any.
    func finish(within seconds: Int64) throws -> [Result] {
        deadline.store(MonotonicClock.nanoseconds() + seconds * 1_000_000_000, ordering: .relaxed)
        thread?.join()
        if let failure { throw failure }
        return results
    }

    private func watch() throws {
        let field = IntegerField("SENT")
        reader.onRecord { [self] _, value in
            guard let sent = field.value(in: value) else { return }
            results.append(Result(sent: Int64(sent), seen: MonotonicClock.nanoseconds()))
        }
        while results.count < expected, MonotonicClock.nanoseconds() < deadline.load(ordering: .relaxed) {
            try reader.poll(milliseconds: 50)
        }
        // Doubles would come now.
        let end = MonotonicClock.nanoseconds() + 300_000_000
        while MonotonicClock.nanoseconds() < end { try reader.poll(milliseconds: 50) }
    }
}
