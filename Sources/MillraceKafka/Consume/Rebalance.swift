// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import MillraceCore
internal import MillraceLog
internal import Synchronization

/// Rebalances wait in the context until the consumer's owner has answered them; when closing they are answered here.
let onRebalance:
    @convention(c) (
        OpaquePointer?, rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?,
        UnsafeMutableRawPointer?
    ) -> Void = { client, code, list, opaque in
        guard let client, let context = ClientContext.of(opaque) else { return }
        let partitions = PartitionList.partitions(list)
        let event: ConsumerEvent
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: event = .assigned(partitions)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            event = rd_kafka_assignment_lost(client) != 0 ? .lost(partitions) : .revoked(partitions)
        default:
            context.note(KafkaError(code: code, operation: "take part in the group"))
            return
        }
        let isClosing = context.state.withLock { state in
            state.events.append(event)
            state.unanswered = event
            return state.isClosing
        }
        if isClosing { answerWhileClosing(client, context) }
    }

/// Answers the rebalance that is waiting, if one is, so that the group does not wait for a member that leaves.
func answerWhileClosing(_ client: OpaquePointer, _ context: ClientContext) {
    let event = context.state.withLock { state in
        defer { state.unanswered = nil }
        if state.unanswered != nil { state.hasBeenAssigned = true }
        return state.unanswered
    }
    switch event {
    case .assigned(let partitions):
        let list = PartitionList(partitions)
        if context.rebalancing == .cooperative {
            if let error = rd_kafka_incremental_assign(client, list.list) { rd_kafka_error_destroy(error) }
        } else {
            rd_kafka_assign(client, list.list)
        }
    case .revoked(let partitions), .lost(let partitions):
        let list = PartitionList(partitions)
        if context.rebalancing == .cooperative {
            if let error = rd_kafka_incremental_unassign(client, list.list) { rd_kafka_error_destroy(error) }
        } else {
            rd_kafka_assign(client, nil)
        }
    case .partitionError, .error, nil: break
    }
}
