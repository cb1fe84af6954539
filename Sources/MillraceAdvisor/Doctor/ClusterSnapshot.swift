// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceRun

/// What was found out about a cluster, for the checks to judge. Nothing in it depends on when it is looked at.
package struct ClusterSnapshot: Hashable, Sendable {
    /// Topic settings that the checks read, by Kafka's names.
    typealias Settings = [String: String]

    struct Partition: Hashable, Sendable {
        var number: Int32
        var hasLeader = true
        var replicas = 1
        var replicasInSync = 1
        /// The log's bounds; nil: they could not be asked for.
        var range: Range<Int64>?
        /// The Kafka timestamp of the oldest record.
        var oldest: EventTime?
        /// The keys of some of its records, the oldest and the latest; nil: nobody has looked.
        var keys: Set<[UInt8]>?
        /// Where a transaction begins that has been open for some seconds at least, and where the log ends.
        var openTransaction: Range<Int64>?
        /// The first record that lies more than `futureMargin` ahead of this machine's clock.
        var future: Record?
    }

    struct Record: Hashable, Sendable {
        var offset: Int64
        /// Its Kafka timestamp; nil: it could not be read.
        var timestamp: EventTime?
    }

    struct Topic: Hashable, Sendable {
        var partitions: [Partition]
        /// Nil: they may not be seen.
        var settings: Settings?
    }

    /// What the cluster refuses.
    enum Refusal: Hashable, Sendable {
        case permission(Permission.Key)
        /// The timeout is longer than the brokers allow.
        case transactionTimeout
        /// The brokers cannot run transactions now, for this reason.
        case noTransactions(String)
        /// It cannot be made for another reason, in the broker's words.
        case impossibleTopic(String, reason: String)
    }

    /// Timestamps so far ahead of the clock are no accident of two clocks (ms); brokers' own limit is the same.
    static let futureMargin: Int64 = 3_600_000

    var clusterID: String?
    var brokers: [String]
    /// How long the first look at the cluster took, connecting included.
    var answeredInMilliseconds: Int64
    /// Of this machine.
    var wallMilliseconds: EventTime
    /// Those of the program that exist and may be seen.
    var topics: [String: Topic] = [:]
    /// Of one broker; nil: they may not be seen.
    var brokerSettings: Settings?
    /// What the application's group has committed.
    var committed: [TopicPartition: Int64] = [:]
    var refusals: [Refusal] = []
    /// Topics for which it could not be found out whether they may be written, and why.
    var unseenWrites: [String: String] = [:]
    /// What some records of the input say; nil: they were not looked at.
    var glance: InputGlance.Findings?
    /// What the schema registry says; nil: none is named, or the program has nothing to do with one.
    var registry: Registry?
    var libraryVersion: String
    var libraryFeatures: [String]

    /// Whether topics or brokers tell their settings, as all of Kafka's brokers do where they may.
    var isWholeKafka: Bool {
        brokerSettings != nil
            || topics.contains { $0.value.settings != nil || refuses(.describeConfigs, .topic($0.key)) }
    }

    /// What a topic gets from a broker's settings where nothing is said for it.
    static func topicDefaults(_ broker: Settings) -> Settings {
        var settings: Settings = [:]
        let names = [
            "cleanup.policy": "log.cleanup.policy", "message.timestamp.type": "log.message.timestamp.type",
            "message.timestamp.before.max.ms": "log.message.timestamp.before.max.ms",
            "message.timestamp.after.max.ms": "log.message.timestamp.after.max.ms",
            "message.timestamp.difference.max.ms": "log.message.timestamp.difference.max.ms",
        ]
        for (topic, name) in names { settings[topic] = broker[name] }
        // The shortest unit that is said wins.
        let units: [(name: String, milliseconds: Int64)] = [
            ("log.retention.ms", 1), ("log.retention.minutes", 60_000), ("log.retention.hours", 3_600_000),
        ]
        for (name, milliseconds) in units {
            guard let count = broker[name].flatMap({ Int64($0) }) else { continue }
            let (product, isOver) = count.multipliedReportingOverflow(by: milliseconds)
            settings["retention.ms"] = "\(count < 0 || isOver ? -1 : product)"
            break
        }
        return settings
    }

    func refuses(_ operation: Permission.Operation, _ resource: Permission.Resource) -> Bool {
        refusals.contains(.permission(Permission.Key(resource: resource, operation: operation)))
    }

    /// Notes that an operation was refused, once.
    mutating func refuse(_ operation: Permission.Operation, _ resource: Permission.Resource) {
        if !refuses(operation, resource) {
            refusals.append(.permission(Permission.Key(resource: resource, operation: operation)))
        }
    }
}
