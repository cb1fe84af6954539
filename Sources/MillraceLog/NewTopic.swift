// SPDX-License-Identifier: Apache-2.0

/// A topic that is to be made.
package struct NewTopic: Hashable, Sendable {
    package var name: String
    package var partitions: Int32
    /// nil: the broker's default.
    package var replicas: Int32?
    package var configuration: [String: String]

    package init(
        name: String, partitions: Int32, replicas: Int32? = nil, configuration: [String: String] = [:]
    ) {
        self.name = name
        self.partitions = partitions
        self.replicas = replicas
        self.configuration = configuration
    }
}

/// What became of a topic that was to be made or deleted.
package enum TopicOutcome: Hashable, Sendable {
    case done
    case alreadyExists
    case missing
    case failed(KafkaError)
}
