// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Makes, deletes and looks at topics and groups. Each call waits for its answer; timeouts are in milliseconds.
package protocol LogAdmin: AnyObject {
    /// The last reason why a broker could not be reached; later success does not clear it.
    var lastConnectionFailure: ConnectionFailure? { get }

    /// Makes topics; returns once the brokers know them. Each topic has its own outcome.
    /// - Parameter onlyChecks: makes nothing: the outcomes tell what would become of it.
    func createTopics(
        _ topics: [NewTopic], onlyChecks: Bool, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: TopicOutcome]
    /// Gives a topic more partitions. `alreadyExists`: it has as many, or more.
    func addPartitions(
        to topic: String, total: Int32, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> TopicOutcome
    /// Deletes topics. Each topic has its own outcome.
    func deleteTopics(_ names: [String], timeoutMilliseconds: Int32) throws(KafkaError) -> [String: TopicOutcome]
    /// Deletes the records before these offsets; returns where each log begins now.
    func deleteRecords(
        before offsets: [TopicPartition: Int64], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64]
    /// All settings of each topic, brokers' defaults included. Topics that do not exist, and those whose settings may
    /// not be read, are left out.
    func settings(
        ofTopics topics: [String], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: [String: String]]
    /// All settings of a topic, the broker's defaults included. Unlike `settings(ofTopics:)` it says why they may not
    /// be read.
    func settings(ofTopic topic: String, timeoutMilliseconds: Int32) throws(KafkaError) -> [String: String]
    /// All settings of a broker; secrets are left out.
    func settings(ofBroker broker: Int32, timeoutMilliseconds: Int32) throws(KafkaError) -> [String: String]
    /// How many partitions each topic has; topics that do not exist are left out.
    func partitionCounts(ofTopics topics: [String], timeoutMilliseconds: Int32) throws(KafkaError) -> [String: Int32]
    /// The logs' bounds now; `high` is the high watermark: what is in open transactions counts, unlike with a reader
    /// at `.readCommitted`.
    func offsetRanges(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: OffsetRange]
    /// The brokers and all topics.
    func describeCluster(timeoutMilliseconds: Int32) throws(KafkaError) -> ClusterDescription
    /// The members of a group now; none where the group does not exist.
    func members(ofGroup group: String, timeoutMilliseconds: Int32) throws(KafkaError) -> [GroupMember]
    /// Deletes a group that has no members, with its offsets.
    func deleteGroup(_ group: String, timeoutMilliseconds: Int32) throws(KafkaError)
}

extension LogAdmin {
    /// Makes topics; returns once the brokers know them. Each topic has its own outcome.
    package func createTopics(
        _ topics: [NewTopic], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: TopicOutcome] {
        try createTopics(topics, onlyChecks: false, timeoutMilliseconds: timeoutMilliseconds)
    }
}
