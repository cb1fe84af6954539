// SPDX-License-Identifier: Apache-2.0

package import MillraceLog
internal import CSystemKafka

extension Admin {
    /// The brokers and all topics.
    package func describeCluster(timeoutMilliseconds: Int32) throws(KafkaError) -> ClusterDescription {
        var answer: UnsafePointer<rd_kafka_metadata>?
        try client.check(
            rd_kafka_metadata(client.handle, 1, nil, &answer, timeoutMilliseconds), "look at the cluster")
        guard let answer else { throw client.failure(RD_KAFKA_RESP_ERR__FAIL, "look at the cluster") }
        defer { rd_kafka_metadata_destroy(answer) }
        let identifier = rd_kafka_clusterid(client.handle, timeoutMilliseconds)
        defer { if let identifier { rd_kafka_mem_free(client.handle, identifier) } }
        var description = ClusterDescription(
            clusterID: identifier.map { String(cString: $0) }, brokers: [], topics: [:])
        for index in 0..<Int(answer.pointee.broker_cnt) {
            let broker = answer.pointee.brokers[index]
            description.brokers.append(
                ClusterDescription.Broker(id: broker.id, host: String(cString: broker.host), port: broker.port))
        }
        description.brokers.sort { $0.id < $1.id }
        for index in 0..<Int(answer.pointee.topic_cnt) {
            let topic = answer.pointee.topics[index]
            guard topic.err == RD_KAFKA_RESP_ERR_NO_ERROR || topic.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE else {
                continue
            }
            let partitions = (0..<Int(topic.partition_cnt)).map { place in
                let partition = topic.partitions[place]
                return ClusterDescription.Partition(
                    number: partition.id, leader: partition.leader < 0 ? nil : partition.leader,
                    replicas: Int(partition.replica_cnt), replicasInSync: Int(partition.isr_cnt))
            }
            description.topics[String(cString: topic.topic)] = partitions.sorted { $0.number < $1.number }
        }
        return description
    }

    /// The settings that hold for a topic, defaults included, by name. Values of secrets are left out.
    package func settings(
        ofTopic topic: String, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: String] {
        try settings(RD_KAFKA_RESOURCE_TOPIC, topic, "topic \(topic)", timeoutMilliseconds)
    }

    /// The settings of a broker, by name.
    package func settings(
        ofBroker broker: Int32, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: String] {
        try settings(RD_KAFKA_RESOURCE_BROKER, "\(broker)", "broker \(broker)", timeoutMilliseconds)
    }

    private func settings(
        _ kind: rd_kafka_ResourceType_t, _ name: String, _ what: String, _ timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: String] {
        let operation = "look at the settings of \(what)"
        var objects: [OpaquePointer?] = [rd_kafka_ConfigResource_new(kind, name)]
        defer { rd_kafka_ConfigResource_destroy(objects[0]) }
        var code = RD_KAFKA_RESP_ERR_NO_ERROR
        let found = try client.request(operation, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeoutMilliseconds) {
            options, queue in
            rd_kafka_DescribeConfigs(client.handle, &objects, 1, options, queue)
        } result: { event in
            var settings: [String: String] = [:]
            var count = 0
            let resources = rd_kafka_DescribeConfigs_result_resources(
                rd_kafka_event_DescribeConfigs_result(event), &count)
            for index in 0..<count {
                code = rd_kafka_ConfigResource_error(resources?[index])
                var entryCount = 0
                let entries = rd_kafka_ConfigResource_configs(resources?[index], &entryCount)
                for place in 0..<entryCount {
                    guard let entry = entries?[place], let name = rd_kafka_ConfigEntry_name(entry),
                        let value = rd_kafka_ConfigEntry_value(entry)
                    else { continue }
                    settings[String(cString: name)] = String(cString: value)
                }
            }
            return settings
        }
        try client.check(code, operation)
        return found
    }
}
