// SPDX-License-Identifier: Apache-2.0
import MillraceCore

internal import CSystemKafka
internal import MillraceLog
internal import Synchronization

/// Owner of one `rd_kafka_t` and of the context that its callbacks use.
final class KafkaClient {
    let handle: OpaquePointer
    let context: ClientContext
    let kind: ClientKind
    /// Set when the client could not be closed in time: freeing it would block, so the process keeps it to its end.
    var isAbandoned = false

    init(
        _ configuration: ClientConfiguration, rebalancing: Rebalancing = .none, log: KafkaLogHandler?
    ) throws(KafkaError) {
        kind = configuration.kind
        context = ClientContext(
            kind: configuration.kind, properties: configuration.properties, rebalancing: rebalancing, log: log)
        let settings = try configuration.make()
        rd_kafka_conf_set_opaque(settings, Unmanaged.passUnretained(context).toOpaque())
        rd_kafka_conf_set_log_cb(settings, onLog)
        rd_kafka_conf_set_error_cb(settings, onError)
        // Without the check OpenSSL judges, too, but nobody follows. A library without TLS takes none.
        if !configuration.properties.skipsCertificates {
            rd_kafka_conf_set_ssl_cert_verify_cb(settings, onCertificate)
        }
        switch configuration.kind {
        case .consumer:
            rd_kafka_conf_set_rebalance_cb(settings, onRebalance)
        case .producer:
            rd_kafka_conf_set_dr_msg_cb(settings, onDelivery)
            watchUncertainRequests(settings, context)
        case .admin: break
        }
        let type = configuration.kind == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
        var client: OpaquePointer?
        let problem = withErrorText { text, size in
            client = rd_kafka_new(type, settings, text, size)
            return client != nil
        }
        guard let client else {
            rd_kafka_conf_destroy(settings)
            let hint = configuration.properties.lacksMechanism ? "; \(KafkaProperties.mechanismHint)" : ""
            throw KafkaError.configuration("\(problem ?? "unknown error")\(hint)", operation: "start the Kafka client")
                .hiding(configuration.properties.secrets)
        }
        handle = client
    }

    deinit {
        if isAbandoned {
            // librdkafka's threads go on and use the context.
            _ = Unmanaged.passRetained(context)
        } else {
            ClientEnd.destroy(
                handle, context, flags: kind == .consumer ? RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE : 0)
        }
    }

    /// Throws unless `code` says that all went well.
    func check(_ code: rd_kafka_resp_err_t, _ operation: @autoclosure () -> String) throws(KafkaError) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw failure(code, operation()) }
    }

    /// Throws unless `error` is nil; frees it.
    func check(_ error: OpaquePointer?, _ operation: @autoclosure () -> String) throws(KafkaError) {
        guard let error else { return }
        throw KafkaError(owning: error, operation: operation()).explained(by: servedFailure())
    }

    func failure(_ code: rd_kafka_resp_err_t, _ operation: String) -> KafkaError {
        if code == RD_KAFKA_RESP_ERR__FATAL, let fatal = fatalError(operation) { return fatal }
        return KafkaError(code: code, operation: operation).explained(by: servedFailure())
    }

    /// What ended this client for good, if something did.
    func fatalError(_ operation: String) -> KafkaError? {
        var code = RD_KAFKA_RESP_ERR_NO_ERROR
        let text = withErrorText { text, size in
            code = rd_kafka_fatal_error(handle, text, size)
            return code == RD_KAFKA_RESP_ERR_NO_ERROR
        }
        return text.map { KafkaError(code: code, operation: operation, message: $0, isFatal: true) }
    }

    /// The last failure to connect, if it was a minute ago or less. The error callback runs here, except a
    /// consumer's: that runs in its poll.
    private func servedFailure() -> KafkaError? {
        if kind != .consumer { rd_kafka_poll(handle, 0) }
        guard let failure = context.lastFailure, wallClock() -| failure.wallMilliseconds < 60_000 else { return nil }
        return failure.error
    }
}

private let onLog: @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Void = {
    client, level, facility, text in
    guard let client, let context = ClientContext.of(rd_kafka_opaque(client)) else { return }
    context.write(
        KafkaLogLine(
            level: level, facility: facility.map { String(cString: $0) } ?? "",
            text: text.map { String(cString: $0) } ?? ""))
}

private let onError: @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Void = {
    client, code, reason, opaque in
    ClientContext.of(opaque)?.note(code: code, reason: reason.map { String(cString: $0) })
}

/// Looks at OpenSSL's judgement and lets it stand.
private let onCertificate:
    @convention(c) (
        OpaquePointer?, UnsafePointer<CChar>?, Int32, UnsafeMutablePointer<Int32>?, Int32, UnsafePointer<CChar>?, Int,
        UnsafeMutablePointer<CChar>?, Int, UnsafeMutableRawPointer?
    ) -> Int32 = { _, _, _, code, depth, _, _, _, _, opaque in
        guard let code = code?.pointee else { return 0 }
        ClientContext.of(opaque)?.judge(certificateError: code, depth: depth)
        return code == 0 ? 1 : 0
    }

private let onDelivery:
    @convention(c) (OpaquePointer?, UnsafePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?) -> Void = {
        _, message, opaque in
        guard let message, message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let topic = message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) } ?? "?"
        let error = KafkaError(
            code: message.pointee.err, operation: "write to \(topic)/\(message.pointee.partition)")
        ClientContext.of(opaque)?.state.withLock { state in
            state.failedDeliveries += 1
            if state.firstDeliveryError == nil { state.firstDeliveryError = error }
        }
    }
