// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka

/// Sends what a flush puts to the changelog topics, a piece at a time, so that it is never in memory as a whole.
final class StateFlusher: ChangelogSink {
    private static let maximumBytes = 1 << 20
    private static let maximumRows = 8192

    private let committer: any Committer
    /// By producer and query.
    private let topics: [[Int: TopicHandle]]
    private var buffers: [Int: RawRecords] = [:]
    private var turn = 0
    private var failure: (any Error)?
    /// Of the last flush.
    private(set) var recordCount = 0

    /// - Parameter topics: by query.
    init(_ topics: [Int: String], _ committer: any Committer) throws {
        self.committer = committer
        self.topics = try committer.changelogProducers.map { producer in
            try topics.mapValues { try producer.topic($0) }
        }
    }

    /// Writes a flush into the transaction that the next commit ends.
    func flush(_ pipeline: Pipeline, number: Int64) throws {
        recordCount = 0
        failure = nil
        turn = try committer.beginFlush()
        pipeline.flush(number: number, into: self)
        for query in buffers.keys.sorted() { send(query) }
        if let failure { throw failure }
    }

    func put(query: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        guard failure == nil else { return }
        let buffer = buffer(query)
        recordCount += 1
        buffer.append(
            key: key.baseAddress, keyLength: key.count, value: value?.baseAddress, valueLength: value?.count ?? 0,
            timestamp: -1, offset: -1, partition: partition)
        if buffer.byteCount >= StateFlusher.maximumBytes || buffer.count >= StateFlusher.maximumRows { send(query) }
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
        guard failure == nil, let topic = topics[turn][query] else { return }
        do {
            try committer.changelogProducers[turn].send(buffer, to: topic)
        } catch {
            failure = error
        }
    }
}
