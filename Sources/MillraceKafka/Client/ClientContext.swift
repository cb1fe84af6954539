// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import MillraceCore
internal import MillraceLog
internal import Synchronization

/// How a group moves partitions between its members.
enum Rebalancing {
    /// Not in a group.
    case none
    /// All at once.
    case eager
    /// Only those that change hands.
    case cooperative
}

/// The one thing that librdkafka's callbacks touch, from whichever thread they come.
final class ClientContext: Sendable {
    struct State {
        var lastFailure: ConnectionFailure?
        /// What the log has said last about a connection that failed.
        var lastWords: String?
        /// What was wrong with the certificate of the broker that was connected to last.
        var certificateProblem: CertificateProblem?
        /// Consumer: what `poll` has not handed out yet.
        var events: [ConsumerEvent] = []
        /// Consumer: batches that could not be read.
        var damage = DamageMemory()
        /// Consumer: nobody answers rebalances any more, so they are answered at once.
        var isClosing = false
        /// Consumer: it takes part in a group.
        var isSubscribed = false
        /// Consumer: a rebalance has been answered at least once.
        var hasBeenAssigned = false
        /// Consumer: the rebalance that the group waits for this member to answer.
        var unanswered: ConsumerEvent?
        /// Producer: records of the open transaction that were not delivered.
        var failedDeliveries = 0
        var firstDeliveryError: KafkaError?
    }

    let state = Mutex(State())
    /// Producer: a request of the transaction protocol did not get exactly one clean answer.
    let hadUncertainRequest = Atomic<Bool>(false)
    let kind: ClientKind
    let rebalancing: Rebalancing
    private let usesScram: Bool
    private let secrets: [String]
    private let log: KafkaLogHandler?

    init(kind: ClientKind, properties: KafkaProperties, rebalancing: Rebalancing, log: KafkaLogHandler?) {
        usesScram = properties.usesScram
        secrets = properties.secrets
        self.kind = kind
        self.rebalancing = rebalancing
        self.log = log
    }

    static func of(_ opaque: UnsafeMutableRawPointer?) -> ClientContext? {
        opaque.map { Unmanaged<ClientContext>.fromOpaque($0).takeUnretainedValue() }
    }

    var lastFailure: ConnectionFailure? { state.withLock { $0.lastFailure } }

    /// What the error callback is told.
    func note(code: Int32, reason: String?) {
        let code = rd_kafka_resp_err_t(rawValue: code)
        note(KafkaError(code: code, operation: "reach the brokers", message: reason))
    }

    /// An error of one partition, at an offset.
    /// - Parameter next: the offset that is to be read next; nil: the partition is not read.
    func note(_ error: KafkaError, of partition: TopicPartition, at offset: Int64, next: Int64?) {
        state.withLock { state in
            let error = state.damage.explained(error, of: partition, at: offset, next: next)
            state.events.append(.partitionError(partition, error))
        }
    }

    /// An error of the whole client, from its error callback or its queue.
    func note(_ error: KafkaError) {
        let error = explained(error.hiding(secrets))
        // librdkafka looks for a coordinator even when no group is used; then its refusal does not matter.
        if rebalancing == .none, error.code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED.rawValue { return }
        state.withLock { state in
            if error.category == .unreachable || error.category == .authentication {
                // "All brokers are down" follows the real reason: it must not hide it.
                let isEcho = error.isAllBrokersDown && state.lastFailure != nil
                if !isEcho { state.lastFailure = ConnectionFailure(error: error, wallMilliseconds: wallClock()) }
            }
            if kind == .consumer, isForTheOwner(error) { state.events.append(.error(error)) }
        }
    }

    /// The same error, with what is known beyond the library's words.
    private func explained(_ error: KafkaError) -> KafkaError {
        guard error.category == .unreachable || error.category == .authentication else { return error }
        var error = error
        let (certificate, lastWords) = state.withLock { ($0.certificateProblem, $0.lastWords) }
        // From 2.6 on a connection that was closed is in the log alone.
        if error.isAllBrokersDown, let lastWords { error.message = lastWords }
        error.cause = ConnectionCause(error.message, certificate: certificate)
        if error.cause == nil, error.category == .authentication, usesScram, !LibraryVersion.supportsScramOnKafka4 {
            // Kafka's answer is the same as to a wrong password.
            error.cause = .oldScram
        }
        if case .brokerCertificate = error.cause, let end = error.message.firstRange(of: "verify failed")?.upperBound {
            // What follows is right for one of the reasons only.
            error.message.removeSubrange(end...)
        }
        if let advice = error.cause?.advice { error.message += "; \(advice)" }
        if ConnectionCause.isLostConnection(error.message) {
            error.category = .unreachable
        } else if error.cause?.lasts == true {
            error.category = .authentication
        }
        return error
    }

    /// What OpenSSL thinks of a broker's certificate, or of one of those above it; 0: it is sound.
    func judge(certificateError: Int32, depth: Int32) {
        // A sound one above says nothing about the broker's own.
        guard certificateError != 0 || depth == 0 else { return }
        state.withLock { $0.certificateProblem = certificateError == 0 ? nil : CertificateProblem(certificateError) }
    }

    /// Lost connections mend themselves and are known by `lastFailure`; the rest is the caller's to judge.
    private func isForTheOwner(_ error: KafkaError) -> Bool {
        error.isFatal || error.category != .unreachable
    }

    func write(_ line: KafkaLogLine) {
        let text = SecretMask.hide(secrets, in: line.text)
        if line.facility == "FAIL" { state.withLock { $0.lastWords = text } }
        log?(KafkaLogLine(level: line.level, facility: line.facility, text: text))
    }
}
