// SPDX-License-Identifier: Apache-2.0

/// A cluster at one moment, as one of its brokers describes it.
package struct ClusterDescription: Hashable, Sendable {
    package struct Broker: Hashable, Sendable {
        package var id: Int32
        package var host: String
        package var port: Int32

        package init(id: Int32, host: String, port: Int32) {
            self.id = id
            self.host = host
            self.port = port
        }
    }

    package struct Partition: Hashable, Sendable {
        package var number: Int32
        /// Nil: it has none.
        package var leader: Int32?
        package var replicas: Int
        package var replicasInSync: Int

        package init(number: Int32, leader: Int32?, replicas: Int, replicasInSync: Int) {
            self.number = number
            self.leader = leader
            self.replicas = replicas
            self.replicasInSync = replicasInSync
        }
    }

    /// Nil: not told.
    package var clusterID: String?
    package var brokers: [Broker]
    /// By name, those that this user may see; partitions in order.
    package var topics: [String: [Partition]]

    package init(
        clusterID: String? = nil, brokers: [ClusterDescription.Broker], topics: [String: [ClusterDescription.Partition]]
    ) {
        self.clusterID = clusterID
        self.brokers = brokers
        self.topics = topics
    }
}
