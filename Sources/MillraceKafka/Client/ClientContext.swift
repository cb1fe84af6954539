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
        /// Consumer: what `poll` has not handed out yet.
        var events: [ConsumerEvent] = []
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

    /// An error of the whole client, from its error callback or its queue.
    func note(_ error: KafkaError) {
        var error = error.hiding(secrets)
        if error.category == .authentication, usesScram, !LibraryVersion.supportsScramOnKafka4 {
            // Kafka's answer is the same in both cases.
            let hint =
                "the name or the password is wrong, or the brokers are Kafka 4.0 or newer, to which librdkafka "
                + "\(LibraryVersion.text) cannot log in by SCRAM (fixed in 2.6.1): then use a newer library, PLAIN "
                + "over TLS, client certificates or OAUTHBEARER"
            error.message += "; \(hint)"
            error.isOldScram = true
        }
        if error.category == .unreachable, ClientContext.refusesCertificate(error.message) {
            error.category = .authentication
            error.message +=
                "; the brokers want a client certificate (ssl.certificate.location and ssl.key.location, or "
                + "ssl.keystore.location), or do not take this one"
        }
        // librdkafka looks for a coordinator even when no group is used; then its refusal does not matter.
        if rebalancing == .none, error.code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED.rawValue { return }
        state.withLock { state in
            if error.category == .unreachable || error.category == .authentication {
                // "All brokers are down" follows the real reason: it must not hide it.
                let isEcho = error.code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue && state.lastFailure != nil
                if !isEcho { state.lastFailure = ConnectionFailure(error: error, wallMilliseconds: wallClock()) }
            }
            if kind == .consumer, isForTheOwner(error) { state.events.append(.error(error)) }
        }
    }

    /// What a broker that wants a client certificate says of it is an alert of TLS, which librdkafka takes for a lost
    /// connection.
    private static func refusesCertificate(_ message: String) -> Bool {
        let alerts = [
            "certificate required", "handshake failure", "bad certificate", "certificate unknown", "unknown ca",
            "certificate expired", "certificate revoked", "unsupported certificate", "access denied",
        ]
        return alerts.contains { message.contains("alert \($0)") }
    }

    /// Lost connections mend themselves and are known by `lastFailure`; the rest is the caller's to judge.
    private func isForTheOwner(_ error: KafkaError) -> Bool {
        error.isFatal || error.category != .unreachable
    }

    func write(_ line: KafkaLogLine) {
        log?(
            KafkaLogLine(
                level: line.level, facility: line.facility, text: SecretMask.hide(secrets, in: line.text)))
    }
}
