// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
package import MillraceCore
package import MillraceLog

extension KafkaClient {
    /// Deletes the records before these offsets; returns where each log begins now.
    func deleteRecords(
        before offsets: [TopicPartition: Int64], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let list = PartitionList(offsets)
        var objects: [OpaquePointer?] = [rd_kafka_DeleteRecords_new(list.list)]
        defer { rd_kafka_DeleteRecords_destroy(objects[0]) }
        let found = try request("delete records", RD_KAFKA_ADMIN_OP_DELETERECORDS, timeoutMilliseconds) {
            options, queue in
            rd_kafka_DeleteRecords(handle, &objects, 1, options, queue)
        } result: { event in
            PartitionList.entries(
                rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event))
            ).map { (partition: $0.topicPartition, offset: $0.offset, code: $0.err) }
        }
        var starts: [TopicPartition: Int64] = [:]
        for entry in found {
            try check(entry.code, "delete records of \(entry.partition)")
            starts[entry.partition] = entry.offset
        }
        return starts
    }

    /// Sends one admin request and waits for its event.
    func request<Result>(
        _ operation: String, _ kind: rd_kafka_admin_op_t, _ timeoutMilliseconds: Int32,
        send: (OpaquePointer?, OpaquePointer?) -> Void, result: (OpaquePointer) -> Result
    ) throws(KafkaError) -> Result {
        let queue = rd_kafka_queue_new(handle)
        defer { rd_kafka_queue_destroy(queue) }
        let options = rd_kafka_AdminOptions_new(handle, kind)
        defer { rd_kafka_AdminOptions_destroy(options) }
        let problem = withErrorText { text, size in
            // The broker answers when the operation is done everywhere, or after this time. Looking is done at once,
            // and a group is in one place.
            (kind == RD_KAFKA_ADMIN_OP_DELETEGROUPS || kind == RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS
                || rd_kafka_AdminOptions_set_operation_timeout(options, timeoutMilliseconds, text, size)
                    == RD_KAFKA_RESP_ERR_NO_ERROR)
                && rd_kafka_AdminOptions_set_request_timeout(options, timeoutMilliseconds, text, size)
                    == RD_KAFKA_RESP_ERR_NO_ERROR
        }
        if let problem { throw .configuration(problem, operation: operation) }
        send(options, queue)
        guard let event = rd_kafka_queue_poll(queue, timeoutMilliseconds +| 1000) else {
            throw failure(RD_KAFKA_RESP_ERR__TIMED_OUT, operation)
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw failure(code, operation) }
        return result(event)
    }
}

extension Consumer {
    /// Deletes the records before these offsets; returns where each log begins now.
    package func deleteRecords(
        before offsets: [TopicPartition: Int64], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try client.deleteRecords(before: offsets, timeoutMilliseconds: timeoutMilliseconds)
    }
}
