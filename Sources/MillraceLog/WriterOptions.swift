// SPDX-License-Identifier: Apache-2.0

/// What a producer is tuned for.
package enum ProduceProfile: String, Sendable, CaseIterable {
    /// Large requests; a flush sends at once anyway.
    case throughput
    /// Each record leaves as soon as it can.
    case latency
}

/// How a writer is to be made.
package struct WriterOptions: Sendable {
    package var profile: ProduceProfile
    /// nil: idempotent, without transactions.
    package var transactionalID: String?
    /// After this time the broker aborts an open transaction by itself, in milliseconds. Records that could not be
    /// delivered after half of it fail, so that an abort does not wait for them longer.
    package var transactionTimeoutMilliseconds: Int32 = 10_000
    /// The least `max.message.bytes` of the topics that it writes to, where that is known: no batch is larger, but for
    /// one of a single record.
    package var leastTopicLimit: Int?
    /// The memory that the process may take for its state, in bytes: what lies in queues is a small part of that; nil:
    /// no limit is known.
    package var memoryBudget: Int64?
    /// Whether what the client library logs of it is no news.
    package var isSilent = false

    package init(profile: ProduceProfile = .throughput, transactionalID: String? = nil) {
        self.profile = profile
        self.transactionalID = transactionalID
    }
}

/// A topic of a producer: made once, valid for that producer's life, rotations included.
package struct TopicHandle: Hashable, Sendable {
    /// The writer's own number for it.
    package let index: Int

    package init(index: Int) { self.index = index }
}
