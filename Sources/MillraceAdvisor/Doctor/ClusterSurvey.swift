// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport
import MillraceRun

/// Looks at a cluster for `doctor`. It changes nothing there.
package struct ClusterSurvey {
    static let timeout: Int32 = 10_000

    private let subject: DoctorSubject
    private let clock: any Clock

    private var cluster: any LogCluster { subject.options.cluster }

    package init(_ subject: DoctorSubject) {
        self.subject = subject
        clock = subject.options.cluster.time
    }

    /// - Throws: `RunFailure` where no broker can be reached or the log-in is refused; then there is nothing to judge.
    package func snapshot() throws -> ClusterSnapshot {
        let began = clock.monotonicNanoseconds()
        let admin = try cluster.admin()
        let library = cluster.library
        let description: ClusterDescription
        do throws(KafkaError) {
            description = try admin.describeCluster(timeoutMilliseconds: ClusterSurvey.timeout)
        } catch {
            throw RunFailure(error)
        }
        var snapshot = ClusterSnapshot(
            clusterID: description.clusterID, brokers: description.brokers.map { "\($0.host):\($0.port)" },
            answeredInMilliseconds: clock.milliseconds(since: began),
            wallMilliseconds: clock.wallMilliseconds(), libraryVersion: library.version,
            libraryFeatures: library.features)
        if let broker = description.brokers.first {
            snapshot.brokerSettings = try? admin.settings(
                ofBroker: broker.id, timeoutMilliseconds: ClusterSurvey.timeout)
        }
        lookAtTopics(admin, description, &snapshot)
        try lookAtRecords(&snapshot)
        lookAtTransactions(admin, &snapshot)
        if let graph = subject.graph, !subject.inputs.contains(where: { snapshot.refuses(.read, .topic($0.topic)) }) {
            snapshot.glance = try? InputGlance(graph, options: subject.options).look()
        }
        snapshot.registry = SchemaSurvey(subject).look(snapshot)
        try PermissionSurvey(subject, admin).look(&snapshot)
        return snapshot
    }

    private func lookAtTopics(_ admin: any LogAdmin, _ cluster: ClusterDescription, _ snapshot: inout ClusterSnapshot) {
        for name in subject.topics {
            guard let partitions = cluster.topics[name] else {
                // The list of all topics leaves out those that this user may not see; asked by name the broker says so.
                do throws(KafkaError) {
                    _ = try admin.partitionCounts(ofTopics: [name], timeoutMilliseconds: ClusterSurvey.timeout)
                } catch {
                    if error.category == .authorization { refuseAll(name, &snapshot) }
                }
                continue
            }
            snapshot.topics[name] = ClusterSnapshot.Topic(
                partitions: partitions.map { partition in
                    ClusterSnapshot.Partition(
                        number: partition.number, hasLeader: partition.leader != nil, replicas: partition.replicas,
                        replicasInSync: partition.replicasInSync)
                }, settings: settings(admin, name, &snapshot))
        }
    }

    /// Whoever may not even see a topic has none of the permissions that include it; making one is asked for apart.
    private func refuseAll(_ topic: String, _ snapshot: inout ClusterSnapshot) {
        for permission in subject.permissions
        where permission.resource == .topic(topic) && permission.operation != .create && !permission.isForUpkeep {
            snapshot.refuse(permission.operation, permission.resource)
        }
    }

    /// Nil: they may not be seen.
    private func settings(
        _ admin: any LogAdmin, _ topic: String, _ snapshot: inout ClusterSnapshot
    ) -> ClusterSnapshot.Settings? {
        do throws(KafkaError) {
            return try admin.settings(ofTopic: topic, timeoutMilliseconds: ClusterSurvey.timeout)
        } catch {
            if error.category == .authorization { snapshot.refuse(.describeConfigs, .topic(topic)) }
            return nil
        }
    }

    // MARK: Records and offsets

    private func lookAtRecords(_ snapshot: inout ClusterSnapshot) throws {
        let partitions = subject.inputs.flatMap { input in
            (snapshot.topics[input.topic]?.partitions ?? []).filter(\.hasLeader).map {
                TopicPartition(input.topic, $0.number)
            }
        }
        guard !subject.inputs.isEmpty else { return }
        let options = ReaderOptions(profile: .glance, group: GroupMembership(groupID: subject.options.application))
        let consumer = try cluster.reader(options)
        defer { consumer.close(timeoutMilliseconds: 2000) }
        do throws(KafkaError) {
            // Whether the group may be used shows also where the input cannot be seen.
            let asked = partitions.isEmpty ? subject.inputs.map { TopicPartition($0.topic, 0) } : partitions
            let committed = try consumer.committed(asked, timeoutMilliseconds: 4000)
            snapshot.committed = committed.mapValues(\.offset)
        } catch {
            if isGroupRefused(error, consumer) { snapshot.refuse(.read, .group(subject.options.application)) }
        }
        guard !partitions.isEmpty else { return }
        let ranges: [TopicPartition: OffsetRange]
        let futures: [TopicPartition: Int64]
        do throws(KafkaError) {
            ranges = try consumer.offsetRanges(partitions, timeoutMilliseconds: ClusterSurvey.timeout)
            let future = snapshot.wallMilliseconds +| ClusterSnapshot.futureMargin
            futures = try consumer.offsetsForTimes(
                Dictionary(uniqueKeysWithValues: partitions.map { ($0, future) }),
                timeoutMilliseconds: ClusterSurvey.timeout)
        } catch {
            guard error.category == .authorization else { throw RunFailure(error) }
            for topic in Set(partitions.map(\.topic)).sorted() { snapshot.refuse(.read, .topic(topic)) }
            return
        }
        let sampler = RecordSampler(cluster)
        // Also where a partition is empty: whether it may be read shows all the same.
        let oldest = try sampler.read(ranges.mapValues(\.low), limit: 1, timeoutMilliseconds: 10_000)
        let keys = try sampleKeys(ranges, sampler)
        let early = futures.filter { partition, offset in ranges[partition].map { offset < $0.high } ?? false }
        let future = try sampler.read(early, limit: 1, timeoutMilliseconds: 10_000)
        for (partition, error) in oldest.failures where error.category == .authorization {
            snapshot.refuse(.read, .topic(partition.topic))
        }
        for partition in partitions {
            snapshot.note(partition) { entry in
                entry.range = ranges[partition].map { $0.low..<max($0.low, $0.high) }
                entry.keys = keys[partition]
                entry.oldest = oldest.records.first { $0.partition == partition }?.timestamp
                entry.future = early[partition].map { offset in
                    let record = future.records.first { $0.partition == partition }
                    return ClusterSnapshot.Record(offset: record?.offset ?? offset, timestamp: record?.timestamp)
                }
            }
        }
    }

    /// The keys of the oldest and the latest records of topics whose keys have to lie in one partition each.
    private func sampleKeys(
        _ ranges: [TopicPartition: OffsetRange], _ sampler: RecordSampler
    ) throws -> [TopicPartition: Set<[UInt8]>] {
        let keyed = Set(subject.keyedInputs)
        let wanted = ranges.filter { keyed.contains($0.key.topic) && $0.value.low < $0.value.high }
        guard !wanted.isEmpty else { return [:] }
        let limit = ClusterSurvey.keysSampled
        var keys: [TopicPartition: Set<[UInt8]>] = [:]
        for positions in [wanted.mapValues(\.low), wanted.mapValues { max($0.low, $0.high -| Int64(limit)) }] {
            for record in try sampler.read(positions, limit: limit, timeoutMilliseconds: 10_000).records {
                if let key = record.key { keys[record.partition, default: []].insert(key) }
            }
        }
        return keys
    }

    private static let keysSampled = 500

    // MARK: Transactions

    /// For so long the end for readers at `read_committed` has to stand still, in ms: beyond the commits of a run.
    private static let stillness: Int64 = 5000

    /// Whoever lists transactions needs a newer librdkafka: an end for readers at `read_committed` that stands still
    /// before the log's end shows one, too.
    private func lookAtTransactions(_ admin: any LogAdmin, _ snapshot: inout ClusterSnapshot) {
        let partitions = snapshot.topics.flatMap { name, topic in
            topic.partitions.filter(\.hasLeader).map { TopicPartition(name, $0.number) }
        }.sorted()
        let options = ReaderOptions(profile: .glance)
        guard let consumer = try? cluster.reader(options) else { return }
        // One that may not be seen must not hide the others.
        func stable(_ partitions: [TopicPartition]) -> [TopicPartition: Int64] {
            let topics = Dictionary(grouping: partitions, by: \.topic).values
            return topics.reduce(into: [:]) { all, topic in
                all.merge((try? consumer.ends(topic, timeoutMilliseconds: 2000)) ?? [:]) { $1 }
            }
        }
        let first = stable(partitions)
        var suspects: [TopicPartition: Range<Int64>] = [:]
        for topic in Dictionary(grouping: first.keys, by: \.topic).values {
            let ranges = (try? admin.offsetRanges(topic.sorted(), timeoutMilliseconds: 2000)) ?? [:]
            for (partition, range) in ranges {
                if let end = first[partition], end < range.high { suspects[partition] = end..<range.high }
            }
        }
        guard !suspects.isEmpty else { return }
        cluster.time.sleep(milliseconds: ClusterSurvey.stillness)
        for (partition, end) in stable(suspects.keys.sorted()) {
            guard let open = suspects[partition], end == open.lowerBound else { continue }
            snapshot.note(partition) { $0.openTransaction = open }
        }
    }

    /// Where the group may not be used its coordinator cannot be found, which ends as a time-out: the reason is told
    /// apart.
    private func isGroupRefused(_ error: KafkaError, _ consumer: any GroupReader) -> Bool {
        let events = consumer.poll(timeoutMilliseconds: 100)
        let told = events.compactMap { if case .error(let error) = $0 { error } else { nil } }
        return ([error] + told).contains { $0.name == "GROUP_AUTHORIZATION_FAILED" }
    }
}

extension ClusterSnapshot {
    /// Fills in what was found out about a partition.
    fileprivate mutating func note(_ place: TopicPartition, _ change: (inout Partition) -> Void) {
        guard let index = topics[place.topic]?.partitions.firstIndex(where: { $0.number == place.partition }) else {
            return
        }
        if var partition = topics[place.topic]?.partitions[index] {
            change(&partition)
            topics[place.topic]?.partitions[index] = partition
        }
    }
}
