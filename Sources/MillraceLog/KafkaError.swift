// SPDX-License-Identifier: Apache-2.0

/// What went wrong in a call to Kafka, what was being done, and which way out there is.
package struct KafkaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of trouble, as far as the caller's reaction (and its exit code) depends on it. `unreachable` passes by
    /// itself: a broker that is away, starting or not in charge any more. `tooLarge` does not: a record, or its batch,
    /// is more than the producer or the topic takes; nor does `refused`: a topic does not take a record's time, or one
    /// without a key.
    package enum Category: String, Sendable {
        case unreachable, authentication, authorization, missingTopic, configuration, tooLarge, refused, other
    }

    /// Kafka's number for the error; negative ones are librdkafka's own.
    package let code: Int32
    /// Kafka's name for the error, e.g. `UNKNOWN_TOPIC_OR_PART`; librdkafka's own begin with `_`.
    package let name: String
    /// What was being done, e.g. `commit the transaction`.
    package let operation: String
    /// What librdkafka or the broker says about it.
    package var message: String
    package var category: Category
    /// Why the brokers do not talk to this client, where it is known.
    package var cause: ConnectionCause?
    /// The client cannot be used any more: make a new one.
    package let isFatal: Bool
    /// The same call may be made again.
    package let isRetriable: Bool
    /// The open transaction must be aborted.
    package var requiresAbort: Bool
    /// A newer producer took over the transactional id, or the transaction timed out: the two cannot be told apart.
    package let isFenced: Bool

    /// The offset that was to be read is not in the log.
    package var isOffsetOutOfRange: Bool {
        name == "_AUTO_OFFSET_RESET" || name == "OFFSET_OUT_OF_RANGE"
    }

    /// The group does not know this member any more, or not in this generation.
    package var isOfMembership: Bool { name == "UNKNOWN_MEMBER_ID" || name == "ILLEGAL_GENERATION" }

    /// Records are not what was written: their checksum is wrong, for this client or for the broker, or they cannot be
    /// unpacked.
    package var isDamage: Bool {
        name == "INVALID_MSG" || (operation.hasPrefix("read ") && ["_BAD_MSG", "_BAD_COMPRESSION"].contains(name))
    }

    /// It follows the real reason.
    package var isAllBrokersDown: Bool { name == "_ALL_BROKERS_DOWN" }

    package var description: String { "cannot \(operation): \(message) (\(name))" }

    /// - Parameters:
    ///   - code: Kafka's number, or a negative one of the client library's own.
    ///   - name: Kafka's name for it.
    package init(
        code: Int32, name: String, operation: String, message: String, category: Category, isFatal: Bool = false,
        isRetriable: Bool = false, requiresAbort: Bool = false, isFenced: Bool = false
    ) {
        self.code = code
        self.name = name
        self.operation = operation
        self.message = message
        self.category = category
        self.isFatal = isFatal
        self.isRetriable = isRetriable
        self.requiresAbort = requiresAbort
        self.isFenced = isFenced
    }

    /// What a test makes of a call that works: everything since the last commit has to be done again.
    package static func injected(at point: String) -> KafkaError {
        KafkaError(
            code: -196, name: "_FAIL", operation: "go on", message: "fault injected at \(point)", category: .other,
            requiresAbort: true)
    }

    /// The same error as one after which everything since the last commit has to be done again.
    package var requiringAbort: KafkaError {
        var error = self
        error.requiresAbort = true
        return error
    }
}
