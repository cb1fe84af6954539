// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
package import MillraceCore
package import MillraceLog

/// librdkafka's broker inside the process, listening on 127.0.0.1: for the demo and for errors in tests.
///
/// It is no oracle for exactly-once: it shows aborted records to everybody, throws away offsets that are sent to a
/// transaction, fences nobody, has no markers, timestamps index, admin requests or security, and silently drops what
/// exceeds 5 MB a partition. Joining a group takes 3 seconds.
package final class MockCluster {
    private let client: KafkaClient
    private let cluster: OpaquePointer

    package init(brokers: Int32 = 1) throws(KafkaError) {
        let configuration = ClientConfiguration(kind: .producer, properties: KafkaProperties())
        client = try KafkaClient(configuration, log: nil)
        guard let cluster = rd_kafka_mock_cluster_new(client.handle, brokers) else {
            throw .configuration("no free port or memory", operation: "start the mock cluster")
        }
        self.cluster = cluster
    }

    deinit { rd_kafka_mock_cluster_destroy(cluster) }

    /// The value for `bootstrap.servers`.
    package var bootstrap: String {
        rd_kafka_mock_cluster_bootstraps(cluster).map { String(cString: $0) } ?? ""
    }

    package func createTopic(_ name: String, partitions: Int32) throws(KafkaError) {
        try client.check(rd_kafka_mock_topic_create(cluster, name, partitions, 1), "create topic \(name)")
    }

    /// Cuts all connections to a broker (numbered from 1) and refuses new ones, or takes them again.
    package func setBroker(_ broker: Int32, isUp: Bool) throws(KafkaError) {
        let code = isUp ? rd_kafka_mock_broker_set_up(cluster, broker) : rd_kafka_mock_broker_set_down(cluster, broker)
        try client.check(code, isUp ? "start broker \(broker)" : "stop broker \(broker)")
    }

    /// Puts a broker (numbered from 1) in charge of a consumer group.
    package func setCoordinator(ofGroup group: String, broker: Int32) throws(KafkaError) {
        try client.check(
            rd_kafka_mock_coordinator_set(cluster, "group", group, broker), "move the coordinator of \(group)")
    }

    /// Puts a broker (numbered from 1) in charge of a transactional id.
    package func setCoordinator(ofTransactionalID id: String, broker: Int32) throws(KafkaError) {
        try client.check(
            rd_kafka_mock_coordinator_set(cluster, "transaction", id, broker), "move the coordinator of \(id)")
    }

    /// Puts a broker (numbered from 1) in charge of a partition.
    package func setLeader(of partition: TopicPartition, broker: Int32) throws(KafkaError) {
        try client.check(
            rd_kafka_mock_partition_set_leader(cluster, partition.topic, partition.partition, broker),
            "move \(partition)")
    }

    /// The next requests of a kind, of any client, are answered with these errors, by Kafka's numbers; librdkafka's own
    /// for a lost connection (−195) cuts it.
    package func answer(api: Int16, with codes: [Int32]) {
        let errors = codes.map { rd_kafka_resp_err_t(rawValue: $0) }
        rd_kafka_mock_push_request_errors_array(cluster, api, errors.count, errors)
    }

    /// How long a broker takes to answer, in milliseconds.
    package func setRoundTrip(ofBroker broker: Int32, milliseconds: Int32) throws(KafkaError) {
        try client.check(
            rd_kafka_mock_broker_set_rtt(cluster, broker, milliseconds), "slow broker \(broker) down")
    }
}
