// SPDX-License-Identifier: Apache-2.0
import MillraceLog

/// The errors that a simulated cluster answers with, by Kafka's numbers; negative ones are the client library's own.
enum SimulatedError: Int32 {
    case purgedInQueue = -152
    case maximumPollExceeded = -147
    case fenced = -144
    case autoOffsetReset = -140
    case state = -172
    case invalidArgument = -186
    case unknownPartition = -190
    case timedOut = -185
    case transport = -195
    case destroyed = -197
    case messageTimedOut = -192
    case invalidTransactionState = 48
    case offsetOutOfRange = 1
    case unknownTopicOrPart = 3
    case messageTooLarge = 10
    case topicException = 17
    case illegalGeneration = 22
    case unknownMemberID = 25
    case invalidTimestamp = 32
    case invalidPartitions = 37
    case invalidReplicationFactor = 38
    case invalidConfig = 40
    case producerFenced = 90
    case invalidTransactionTimeout = 50
    case nonEmptyGroup = 68
    case groupIDNotFound = 69
    case fencedInstanceID = 82
    case invalidRecord = 87

    var name: String {
        switch self {
        case .purgedInQueue: "_PURGE_QUEUE"
        case .maximumPollExceeded: "_MAX_POLL_EXCEEDED"
        case .fenced: "_FENCED"
        case .autoOffsetReset: "_AUTO_OFFSET_RESET"
        case .state: "_STATE"
        case .invalidArgument: "_INVALID_ARG"
        case .unknownPartition: "_UNKNOWN_PARTITION"
        case .timedOut: "_TIMED_OUT"
        case .transport: "_TRANSPORT"
        case .destroyed: "_DESTROY"
        case .messageTimedOut: "_MSG_TIMED_OUT"
        case .invalidTransactionState: "INVALID_TXN_STATE"
        case .offsetOutOfRange: "OFFSET_OUT_OF_RANGE"
        case .unknownTopicOrPart: "UNKNOWN_TOPIC_OR_PART"
        case .messageTooLarge: "MSG_SIZE_TOO_LARGE"
        case .topicException: "TOPIC_EXCEPTION"
        case .illegalGeneration: "ILLEGAL_GENERATION"
        case .unknownMemberID: "UNKNOWN_MEMBER_ID"
        case .invalidTimestamp: "INVALID_TIMESTAMP"
        case .invalidPartitions: "INVALID_PARTITIONS"
        case .invalidReplicationFactor: "INVALID_REPLICATION_FACTOR"
        case .invalidConfig: "INVALID_CONFIG"
        case .producerFenced: "PRODUCER_FENCED"
        case .invalidTransactionTimeout: "INVALID_TRANSACTION_TIMEOUT"
        case .nonEmptyGroup: "NON_EMPTY_GROUP"
        case .groupIDNotFound: "GROUP_ID_NOT_FOUND"
        case .fencedInstanceID: "FENCED_INSTANCE_ID"
        case .invalidRecord: "INVALID_RECORD"
        }
    }

    private var category: KafkaError.Category {
        switch self {
        case .timedOut, .transport, .messageTimedOut: .unreachable
        case .unknownTopicOrPart, .unknownPartition: .missingTopic
        case .invalidArgument, .invalidConfig, .invalidTransactionTimeout, .invalidReplicationFactor,
            .invalidPartitions, .topicException:
            .configuration
        case .messageTooLarge: .tooLarge
        case .invalidTimestamp, .invalidRecord: .refused
        default: .other
        }
    }

    /// Only the client library's errors of its transactions carry flags.
    func during(
        _ operation: String, _ message: String? = nil, isFatal: Bool = false, isRetriable: Bool = false,
        requiresAbort: Bool = false
    ) -> KafkaError {
        KafkaError(
            code: rawValue, name: name, operation: operation, message: message ?? "simulated: \(name)",
            category: category, isFatal: isFatal, isRetriable: isRetriable, requiresAbort: requiresAbort,
            isFenced: [.fenced, .producerFenced, .fencedInstanceID].contains(self))
    }
}
