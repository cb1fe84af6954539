// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import MillraceCore
internal import MillraceLog

extension KafkaError {
    init(
        code: rd_kafka_resp_err_t, operation: String, message: String? = nil, category: Category? = nil,
        isFatal: Bool = false, isRetriable: Bool = false, requiresAbort: Bool = false
    ) {
        self.init(
            code: code.rawValue, name: String(cString: rd_kafka_err2name(code)), operation: operation,
            message: message ?? String(cString: rd_kafka_err2str(code)), category: category ?? Category(code),
            isFatal: isFatal || code == RD_KAFKA_RESP_ERR__FATAL, isRetriable: isRetriable,
            requiresAbort: requiresAbort, isFenced: fencing.contains(code.rawValue))
    }

    /// Takes over (and frees) an error object of librdkafka.
    init(owning error: OpaquePointer, operation: String) {
        let code = rd_kafka_error_code(error)
        self.init(
            code: code, operation: operation, message: String(cString: rd_kafka_error_string(error)),
            isFatal: rd_kafka_error_is_fatal(error) != 0, isRetriable: rd_kafka_error_is_retriable(error) != 0,
            requiresAbort: rd_kafka_error_txn_requires_abort(error) != 0)
        rd_kafka_error_destroy(error)
    }

    /// A complaint of this module about a property or an argument.
    static func configuration(_ message: String, operation: String) -> KafkaError {
        KafkaError(
            code: RD_KAFKA_RESP_ERR__INVALID_ARG, operation: operation, message: message, category: .configuration)
    }

    /// The same error, without these texts in what is said about it.
    func hiding(_ secrets: [String]) -> KafkaError {
        var error = self
        error.message = SecretMask.hide(secrets, in: message)
        return error
    }

    /// The same error, explained by the last failure to connect when all it says itself is that nobody answered.
    func explained(by failure: KafkaError?) -> KafkaError {
        guard category == .unreachable, let failure, failure.message != message else { return self }
        var error = self
        error.message = "\(message); last failure to connect: \(failure.message)"
        if failure.category == .authentication { error.category = .authentication }
        error.cause = failure.cause
        return error
    }
}

extension KafkaError.Category {
    init(_ code: rd_kafka_resp_err_t) {
        switch code {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
            RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            // What has answered is no broker, or its answer came to harm: the next one may be sound.
            RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__UNDERFLOW,
            // It has just started, or has just handed over to another one.
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
            // A transaction of the partition's owner before is not ended yet.
            RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
            self = .unreachable
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR__SSL,
            RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM,
            RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
            self = .authentication
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            self = .authorization
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            self = .missingTopic
        case RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR_INVALID_CONFIG,
            RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
            RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
            RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
            RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
            self = .configuration
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            self = .tooLarge
        case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, RD_KAFKA_RESP_ERR_INVALID_RECORD:
            self = .refused
        default:
            self = .other
        }
    }
}

private let fencing = [
    RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
    RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
].map(\.rawValue)
