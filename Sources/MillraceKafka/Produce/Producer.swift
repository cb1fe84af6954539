// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
package import MillraceCore
package import MillraceLog
internal import Synchronization

/// A writer of records, idempotent or transactional. Owned by one thread.
///
/// After a transaction in which `hadUncertainRequest` became true, call `rotate` before the next one.
package final class Producer: LogWriter {
    let options: ProducerOptions
    private(set) var client: KafkaClient
    private var topicNames: [String] = []
    private var topics: [OpaquePointer] = []
    /// Used again for each record.
    private let arguments = ProduceArguments()
    private let order = PartitionOrder()
    /// Made with the first input positions.
    var offsetsCalls: CallThread?
    /// Why the client is not to be used any more although it knows of nothing.
    private var givenUp: KafkaError?

    /// How long one call waits for room in a full queue before `onBlocked` is called, in milliseconds.
    private static let blockedPollMilliseconds: Int32 = 20

    /// Makes the client; it connects in the background. A transactional one needs `initTransactions` next.
    package init(_ options: ProducerOptions) throws(KafkaError) {
        self.options = options
        client = try KafkaClient(options.configuration, log: options.onLog)
    }

    deinit {
        offsetsCalls?.leave()
        for topic in topics { rd_kafka_topic_destroy(topic) }
        arguments.deallocate()
    }

    package var isTransactional: Bool { options.transactionalID != nil }

    /// The handle of a topic, which should exist (see `Admin`): brokers may otherwise create it their way.
    package func topic(_ name: String) throws(KafkaError) -> TopicHandle {
        if let index = topicNames.firstIndex(of: name) { return TopicHandle(index: index) }
        let topic = try makeTopic(name, client)
        topicNames.append(name)
        topics.append(topic)
        return TopicHandle(index: topics.count - 1)
    }

    private func makeTopic(_ name: String, _ client: KafkaClient) throws(KafkaError) -> OpaquePointer {
        guard let topic = rd_kafka_topic_new(client.handle, name, nil) else {
            throw client.failure(rd_kafka_last_error(), "open topic \(name)")
        }
        return topic
    }

    /// Looks the topics up again at once, for partitions that they have been given just now.
    package func refresh(_ topics: [String], timeoutMilliseconds: Int32) throws(KafkaError) {
        _ = try client.partitionCounts(ofTopics: topics, timeoutMilliseconds: timeoutMilliseconds)
    }

    // MARK: Records

    /// Queues every row for its partition (`records.partitions`), with its timestamp (negative: now; 0 becomes 1, as
    /// librdkafka takes 0 for now) and headers; bytes are copied. One partition comes after the other; within each the
    /// order of the rows stays. While the queue is full it waits, and calls `onBlocked` about every 20 ms so that the
    /// caller can keep its consumer in the group.
    /// Throws when a record cannot be queued; those before it, partition by partition, stay queued.
    package func send(
        _ records: RawRecords, to topic: TopicHandle, onBlocked: () -> Void = {}
    ) throws(KafkaError) {
        guard topics.indices.contains(topic.index) else {
            throw .configuration("the topic handle is of another producer", operation: "write records")
        }
        let handle = client.handle
        let arguments = arguments
        arguments.setTopic(topics[topic.index])
        let rows = ProduceArguments.Rows(records)
        let hasHeaders = !records.headers.isEmpty
        let order = order.sort(records.partitions, count: records.count)
        for position in 0..<records.count {
            let row = order.map { Int($0[position]) } ?? position
            arguments.set(rows, row)
            let headers = hasHeaders && row < records.headers.count ? makeHeaders(records.headers[row]) : nil
            let count = arguments.setHeaders(headers)
            while let error = rd_kafka_produceva(handle, arguments.base, count) {
                try handleFailure(error, headers, "\(topicNames[topic.index])/\(records.partitions[row])", onBlocked)
            }
        }
        rd_kafka_poll(handle, 0)
    }

    /// Waits a little where the queue is full; throws anything else. Where the transaction has failed meanwhile, that
    /// is its first failed delivery, if it was one.
    @inline(never)
    private func handleFailure(
        _ error: OpaquePointer, _ headers: OpaquePointer?, _ target: @autoclosure () -> String, _ onBlocked: () -> Void
    ) throws(KafkaError) {
        let code = rd_kafka_error_code(error)
        guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
            // Before 2.12 librdkafka frees the headers itself in this one case.
            let isFreed =
                code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION && !LibraryVersion.keepsHeadersOnUnknownPartition
            if let headers, !isFreed { rd_kafka_headers_destroy(headers) }
            let failure = KafkaError(owning: error, operation: "write to \(target())")
            guard isTransactional, code == RD_KAFKA_RESP_ERR__STATE else { throw failure }
            poll()
            throw cause(of: firstDeliveryError ?? failure).requiringAbort
        }
        rd_kafka_error_destroy(error)
        rd_kafka_poll(client.handle, Producer.blockedPollMilliseconds)
        onBlocked()
    }

    private func makeHeaders(_ headers: [RawRecords.Header]) -> OpaquePointer? {
        guard !headers.isEmpty, let list = rd_kafka_headers_new(headers.count) else { return nil }
        for header in headers {
            if let value = header.value {
                value.withUnsafeBytes { bytes in
                    // An empty array has no address, yet an empty value is not a null one.
                    let address = bytes.baseAddress ?? UnsafeRawPointer(arguments.base)
                    _ = rd_kafka_header_add(list, header.name, -1, address, bytes.count)
                }
            } else {
                rd_kafka_header_add(list, header.name, -1, nil, 0)
            }
        }
        return list
    }

    /// Serves delivery reports and errors. Needed now and then while nothing is sent.
    package func poll() { rd_kafka_poll(client.handle, 0) }

    /// Whether all records sent so far have been delivered or have failed. Serves delivery reports.
    package var isIdle: Bool {
        rd_kafka_poll(client.handle, 0)
        return rd_kafka_outq_len(client.handle) == 0
    }

    /// Waits until everything queued is delivered or has failed. Retriable when the timeout passes first; throws the
    /// first delivery error since the transaction began or, without transactions, since the client was made: until
    /// `rotate` every flush does, so that none is overlooked.
    package func flush(timeoutMilliseconds: Int32) throws(KafkaError) {
        let code = rd_kafka_flush(client.handle, timeoutMilliseconds)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(code: code, operation: "write all records", isRetriable: true)
                .explained(by: client.context.lastFailure?.error)
        }
        if let error = firstDeliveryError { throw cause(of: error).requiringAbort }
    }

    /// When somebody has taken the transactional id librdkafka throws away what it holds, and says only that of it.
    private func cause(of error: KafkaError) -> KafkaError {
        error.name.hasPrefix("_PURGE") ? fatalError ?? error : error
    }

    /// Records that were not delivered, since the transaction began or the client was made.
    package var failedDeliveries: Int { client.context.state.withLock { $0.failedDeliveries } }

    /// The first of these failures.
    package var firstDeliveryError: KafkaError? { client.context.state.withLock { $0.firstDeliveryError } }

    func forgetDeliveries() {
        client.context.state.withLock { state in
            state.failedDeliveries = 0
            state.firstDeliveryError = nil
        }
    }

    /// The last reason why a broker could not be reached; later success does not clear it.
    package var lastConnectionFailure: ConnectionFailure? { client.context.lastFailure }

    /// What ended this producer for good, if something did: `rotate` makes a new one.
    package var fatalError: KafkaError? { givenUp ?? client.fatalError("go on writing") }

    /// A call of the client has not come back: what it uses is left to it.
    func giveUpClient(_ reason: KafkaError) {
        givenUp = reason
        offsetsCalls = nil
    }

    // MARK: Rotation

    /// Whether a request of the transaction protocol may still be on its way although librdkafka gave it up.
    package var hadUncertainRequest: Bool { client.context.hadUncertainRequest.load(ordering: .acquiring) }

    /// Replaces the client by a new one of the same configuration and, when transactional, takes over the transactional
    /// id under a new epoch: whatever the old one still has on its way is refused by the brokers, and its open
    /// transaction is aborted. Topic handles stay valid. About 8 ms with a healthy broker.
    package func rotate(timeoutMilliseconds: Int32) throws(KafkaError) {
        let fresh = try KafkaClient(options.configuration, log: options.onLog)
        var freshTopics: [OpaquePointer] = []
        do throws(KafkaError) {
            for name in topicNames { freshTopics.append(try makeTopic(name, fresh)) }
        } catch {
            for topic in freshTopics { rd_kafka_topic_destroy(topic) }
            throw error
        }
        for topic in topics { rd_kafka_topic_destroy(topic) }
        topics = freshTopics
        rd_kafka_purge(
            client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING)
        client = fresh
        givenUp = nil
        if options.transactionalID != nil { try initTransactions(timeoutMilliseconds: timeoutMilliseconds) }
    }
}
