// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceLog
import MillraceReport

extension RunFailure {
    /// A failed call to Kafka as the end of a run.
    package init(_ error: KafkaError) {
        let errorCode = ErrorCode(error)
        let code: ExitCode
        var hint: String? = errorCode.explanation.step
        switch error.category {
        case .unreachable:
            code = .unreachable
            if error.cause == nil { hint = "check -b/--bootstrap and that the broker is up" }
        case .authentication: code = .permission
        case .authorization:
            code = .permission
            hint = "millrace doctor tries what may be done; millrace explain prints every ACL that the program needs"
        case .missingTopic:
            code = .inputMissing
            hint = "check the topic's name"
        case .configuration: code = .configuration
        case .tooLarge:
            code = .data
            hint =
                "let the topic take more (max.message.bytes), or grant DescribeConfigs on it, so that errors.too.large "
                + "can decide about each record"
        case .refused: code = .data
        case .other: code = error.isRetriable ? .tryAgain : .io
        }
        self.init(code, errorCode, error.description, hint: hint)
    }
}

extension ErrorCode {
    /// What an error of Kafka's means to a user.
    init(_ error: KafkaError) {
        self.init(kafka: error.name, error.category, operation: error.operation)
        if error.isDamage { self = .damagedRecords }
        if let cause = error.cause { self = ErrorCode(cause) }
    }

    private init(_ cause: ConnectionCause) {
        switch cause {
        case .oldScram: self = .loginByScram
        case .brokerCertificate(.notTrusted), .brokerCertificate(.revoked): self = .untrustedCertificate
        case .brokerCertificate(.expired), .brokerCertificate(.notYetValid): self = .certificateOutOfDate
        case .brokerCertificate(.otherName): self = .certificateOfAnother
        case .clientCertificate: self = .clientCertificate
        case .otherProtocol: self = .otherProtocol
        case .otherMechanism: self = .mechanismNotOffered
        case .noToken: self = .noToken
        }
    }

    /// - Parameters:
    ///   - name: Kafka's.
    ///   - operation: what was being done.
    init(kafka name: String, _ category: KafkaError.Category, operation: String) {
        self = ErrorCode.kafka[name] ?? ErrorCode(category)
        let isOfCreating = operation.hasPrefix("create topic")
        // Kafka has one name for all that one may not do with a topic.
        if self == .readForbidden, operation.hasPrefix("write") || operation == "commit the transaction" {
            self = .writeForbidden
        }
        if self == .readForbidden || self == .clusterForbidden, isOfCreating { self = .createForbidden }
    }

    /// By Kafka's name, where that tells more than the category.
    private static let kafka: [String: ErrorCode] = [
        "TOPIC_AUTHORIZATION_FAILED": .readForbidden, "GROUP_AUTHORIZATION_FAILED": .groupForbidden,
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED": .transactionForbidden,
        "CLUSTER_AUTHORIZATION_FAILED": .clusterForbidden, "INVALID_TRANSACTION_TIMEOUT": .transactionTimeoutTooLong,
        "INVALID_SESSION_TIMEOUT": .sessionTimeoutNotAllowed, "_UNSUPPORTED_FEATURE": .unknownToLibrary,
        "INVALID_REPLICATION_FACTOR": .cannotCreateTopic, "INVALID_PARTITIONS": .cannotCreateTopic,
        "POLICY_VIOLATION": .cannotCreateTopic, "TOPIC_EXCEPTION": .cannotCreateTopic,
        "INVALID_RECORD": .outputRefusesKeylessRecords, "NOT_ENOUGH_REPLICAS": .tooFewReplicas,
        "NOT_ENOUGH_REPLICAS_AFTER_APPEND": .tooFewReplicas,
        "LEADER_NOT_AVAILABLE": .noLeader, "OFFSET_OUT_OF_RANGE": .rangeNotHeld, "_AUTO_OFFSET_RESET": .rangeNotHeld,
    ]

    private init(_ category: KafkaError.Category) {
        switch category {
        case .unreachable: self = .unreachable
        case .authentication: self = .loginRefused
        case .authorization: self = .clusterForbidden
        case .missingTopic: self = .missingTopic
        case .configuration: self = .wrongPropertyValue
        case .tooLarge: self = .recordTooLarge
        case .refused: self = .resultTimeRefused
        case .other: self = .kafkaFailure
        }
    }
}
