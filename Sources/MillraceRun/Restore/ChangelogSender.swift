// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog

/// Sends what a flush puts to the changelog topics, or partial results to the exchanges, a piece at a time, so that it
/// is never in memory as a whole. All of it goes into the transaction that the next commit ends.
final class ChangelogSender: ChangelogSink {
    private static let maximumBytes = 1 << 20
    private static let maximumRows = 8192

    private let committer: any Committer
    /// By producer and query.
    private let topics: [[Int: TopicHandle]]
    private var buffers: [Int: RawRecords] = [:]
    private var failure: (any Error)?
    /// Asked before each piece; true ends it with `FlushLate`.
    var isLate: () -> Bool = { false }

    /// - Parameter topics: by query.
    init(_ topics: [Int: String], _ committer: any Committer) throws {
        self.committer = committer
        self.topics = try committer.changelogProducers.map { producer in
            try topics.mapValues { try producer.topic($0) }
        }
    }

    /// Sends all that `body` puts.
    func send(_ body: (any ChangelogSink) -> Void) throws {
        failure = nil
        body(self)
        for query in buffers.keys.sorted() { send(query) }
        if let failure { throw failure }
    }

    func put(query: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        guard failure == nil else { return }
        let buffer = buffer(query)
        buffer.append(
            key: key.baseAddress, keyLength: key.count, value: value?.baseAddress, valueLength: value?.count ?? 0,
            timestamp: -1, offset: -1, partition: partition)
        if buffer.byteCount >= ChangelogSender.maximumBytes || buffer.count >= ChangelogSender.maximumRows {
            send(query)
        }
    }

    private func buffer(_ query: Int) -> RawRecords {
        if let found = buffers[query] { return found }
        let new = RawRecords()
        buffers[query] = new
        return new
    }

    private func send(_ query: Int) {
        guard let buffer = buffers[query], buffer.count > 0 else { return }
        defer { buffer.removeAll() }
        guard failure == nil else { return }
        do {
            if isLate() { throw FlushLate() }
            let turn = try committer.beginFlush()
            guard let topic = topics[turn][query] else { return }
            try committer.changelogProducers[turn].send(buffer, to: topic)
        } catch {
            failure = error
        }
    }
}
