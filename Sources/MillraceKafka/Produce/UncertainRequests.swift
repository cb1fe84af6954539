// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import Synchronization

// A request of the transaction protocol that timed out or lost its connection may still reach the broker, during the
// next transaction: a late EndTxn then commits what was to be aborted, a late TxnOffsetCommit takes offsets back.
// librdkafka retries such requests silently; only its interceptors see them. The cure is a new producer epoch.

private let interceptorName = "millrace"

/// Makes the client note each such request in `context.hadUncertainRequest`.
func watchUncertainRequests(_ configuration: OpaquePointer, _ context: ClientContext) {
    rd_kafka_conf_interceptor_add_on_new(
        configuration, interceptorName,
        { client, _, opaque, _, _ in
            rd_kafka_interceptor_add_on_response_received(client, interceptorName, onResponse, opaque)
        },
        Unmanaged.passUnretained(context).toOpaque())
}

/// Called on librdkafka's threads, twice an answer: it only sets a flag.
private let onResponse:
    @convention(c) (
        OpaquePointer?, Int32, UnsafePointer<CChar>?, Int32, Int16, Int16, Int32, Int, Int64, rd_kafka_resp_err_t,
        UnsafeMutableRawPointer?
    ) -> rd_kafka_resp_err_t = { _, _, _, _, apiKey, _, _, _, _, code, opaque in
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return RD_KAFKA_RESP_ERR_NO_ERROR }
        switch apiKey {
        // Produce, InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit
        case 0, 22, 24, 25, 26, 28:
            ClientContext.of(opaque)?.hadUncertainRequest.store(true, ordering: .releasing)
        default: break
        }
        return RD_KAFKA_RESP_ERR_NO_ERROR
    }
