// SPDX-License-Identifier: Apache-2.0

package import MillraceLog

extension FetchProfile {
    /// Records that librdkafka may hold ready, all partitions together: enough to work on while the next fetch is on
    /// its way. Live a queue holds as many only while there is a backlog.
    static let queuedRecords = 20_000

    /// KiB of values that librdkafka may hold ready.
    var queuedKilobytes: Int { self == .backfill ? 65_536 : 16_384 }

    /// Defaults that the user's properties override.
    ///
    /// `fetch.wait.max.ms` is how long a fetch of partitions without news holds up the fetch of the others on the same
    /// broker (one request at a time): short while replaying, longer live, where each one costs idle work.
    var settings: [(name: String, value: String)] {
        let common = [
            ("fetch.error.backoff.ms", "50"),
            ("queued.min.messages", "\(FetchProfile.queuedRecords)"),
            ("queued.max.messages.kbytes", "\(queuedKilobytes)"),
            // With 1 MiB, the default, a fetch of four partitions overfills the queue: everything then waits for the
            // records to be used up and, behind that, for the next fetch.
            ("fetch.message.max.bytes", self == .glance ? "65536" : "524288"),
            ("reconnect.backoff.max.ms", "1000"),
            ("socket.nagle.disable", "true"),
        ]
        return common + [("fetch.wait.max.ms", self == .live ? "200" : "10")]
    }
}

/// How a consumer is to be made: what its user wants of it, and what librdkafka needs besides.
@dynamicMemberLookup
package struct ConsumerOptions: Sendable {
    package var reader: ReaderOptions
    package var properties: KafkaProperties
    /// Whether a helper thread cures librdkafka's one-second pause after a full queue (needed before 2.2.0).
    package var wakesBrokers = !LibraryVersion.hasFetchQueueBackoff
    package var onLog: KafkaLogHandler?

    /// - Parameter properties: the user's.
    package init(_ reader: ReaderOptions, _ properties: KafkaProperties, onLog: KafkaLogHandler? = nil) {
        self.reader = reader
        self.properties = properties
        self.onLog = onLog
    }

    package init(properties: KafkaProperties, profile: FetchProfile, group: GroupMembership? = nil) {
        self.init(ReaderOptions(profile: profile, group: group), properties)
    }

    package subscript<Value>(dynamicMember path: WritableKeyPath<ReaderOptions, Value>) -> Value {
        get { reader[keyPath: path] }
        set { reader[keyPath: path] = newValue }
    }

    var rebalancing: Rebalancing {
        guard let group = reader.group else { return .none }
        return group.assignor == "cooperative-sticky" ? .cooperative : .eager
    }

    var configuration: ClientConfiguration {
        var required = [
            ("allow.auto.create.topics", "false"), ("auto.offset.reset", "error"), ("check.crcs", "true"),
            ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"), ("enable.partition.eof", "true"),
            // librdkafka wants a group id for any high-level consumer; this one is never joined or committed to.
            ("group.id", reader.group?.groupID ?? "millrace-reader"),
            ("isolation.level", reader.isolation.rawValue),
        ]
        if let group = reader.group {
            required.append(("session.timeout.ms", "\(group.sessionTimeoutMilliseconds)"))
            required.append(
                (
                    "max.poll.interval.ms",
                    "\(max(group.maximumPollIntervalMilliseconds, group.sessionTimeoutMilliseconds))"
                ))
            required.append(("partition.assignment.strategy", group.assignor))
            if let instance = group.instanceID { required.append(("group.instance.id", instance)) }
        }
        var defaults = reader.profile.settings
        if let clientID = reader.clientID { defaults.append(("client.id", clientID)) }
        if let share = MemoryShare(budget: reader.memoryBudget, below: reader.profile.queuedKilobytes) {
            defaults.append(("queued.max.messages.kbytes", "\(share.kilobytes)"))
            // One answer holds so much of all partitions together; librdkafka wants room for its largest message.
            defaults.append(("fetch.max.bytes", "\(max(share.kilobytes * 1024, 1_048_576))"))
        }
        // A member hears of a rebalance with its next heartbeat: the default of 3 s makes each one take that long.
        if let group = reader.group {
            // Partitions that are added to a topic are seen with the next look at it; the default is five minutes.
            defaults.append(("topic.metadata.refresh.interval.ms", "5000"))
            defaults.append(("heartbeat.interval.ms", "\(max(1, min(1000, group.sessionTimeoutMilliseconds / 3)))"))
        }
        if LibraryVersion.hasFetchQueueBackoff { required.append(("fetch.queue.backoff.ms", "5")) }
        return ClientConfiguration(
            kind: .consumer, defaults: defaults, properties: properties, required: required)
    }
}
