// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillraceEngine
import MillraceKafka

/// Looks at a cluster for `doctor`. It changes nothing there: topics are made on trial only, no group is joined, and
/// the one transactional id that is taken over is its own (`APPLICATION-doctor`).
package struct ClusterSurvey {
    private static let timeout: Int32 = 10_000

    private let subject: DoctorSubject
    private let clock: any Clock
    private let properties: KafkaProperties

    package init(_ subject: DoctorSubject, clock: any Clock) {
        self.subject = subject
        self.clock = clock
        properties = subject.options.properties
    }

    /// - Throws: `RunFailure` where no broker can be reached or the log-in is refused; then there is nothing to judge.
    package func snapshot() throws -> ClusterSnapshot {
        let began = clock.monotonicNanoseconds()
        let admin = try Admin(properties, onLog: subject.options.onLog)
        let cluster: ClusterDescription
        do throws(KafkaError) {
            cluster = try admin.describeCluster(timeoutMilliseconds: ClusterSurvey.timeout)
        } catch {
            throw RunFailure(error)
        }
        var snapshot = ClusterSnapshot(
            clusterID: cluster.clusterID, brokers: cluster.brokers.map { "\($0.host):\($0.port)" },
            answeredInMilliseconds: Int64((clock.monotonicNanoseconds() - began) / 1_000_000),
            wallMilliseconds: clock.wallMilliseconds(), libraryVersion: LibraryVersion.text,
            libraryFeatures: LibraryVersion.features)
        if let broker = cluster.brokers.first {
            snapshot.brokerSettings = try? admin.settings(
                ofBroker: broker.id, timeoutMilliseconds: ClusterSurvey.timeout)
        }
        lookAtTopics(admin, cluster, &snapshot)
        try lookAtRecords(&snapshot)
        lookAtTransactions(&snapshot)
        try rehearseTopics(&snapshot)
        return snapshot
    }

    private func lookAtTopics(_ admin: Admin, _ cluster: ClusterDescription, _ snapshot: inout ClusterSnapshot) {
        for name in subject.topics {
            guard let partitions = cluster.topics[name] else {
                // The list of all topics leaves out those that this user may not see; asked by name the broker says so.
                do throws(KafkaError) {
                    _ = try admin.partitionCounts(ofTopics: [name], timeoutMilliseconds: ClusterSurvey.timeout)
                } catch {
                    if error.category == .authorization, isInput(name) {
                        snapshot.refusals.append(.reading(topic: name))
                    }
                }
                continue
            }
            snapshot.topics[name] = ClusterSnapshot.Topic(
                partitions: partitions.map { partition in
                    ClusterSnapshot.Partition(
                        number: partition.number, hasLeader: partition.leader != nil, replicas: partition.replicas,
                        replicasInSync: partition.replicasInSync)
                },
                settings: try? admin.settings(ofTopic: name, timeoutMilliseconds: ClusterSurvey.timeout))
        }
    }

    private func isInput(_ topic: String) -> Bool { subject.inputs.contains { $0.topic == topic } }

    // MARK: Records and offsets

    private func lookAtRecords(_ snapshot: inout ClusterSnapshot) throws {
        let partitions = subject.inputs.flatMap { input in
            (snapshot.topics[input.topic]?.partitions ?? []).filter(\.hasLeader).map {
                TopicPartition(input.topic, $0.number)
            }
        }
        guard !partitions.isEmpty else { return }
        var options = ConsumerOptions(
            properties: properties, profile: .backfill, group: GroupMembership(groupID: subject.options.application))
        options.onLog = subject.options.onLog
        let consumer = try Consumer(options)
        defer { consumer.close(timeoutMilliseconds: 2000) }
        do throws(KafkaError) {
            let committed = try consumer.committed(partitions, timeoutMilliseconds: 4000)
            snapshot.committed = committed.mapValues(\.offset)
        } catch {
            if error.category == .authorization { snapshot.refusals.append(.group) }
        }
        let ranges: [TopicPartition: OffsetRange]
        let futures: [TopicPartition: Int64]
        do throws(KafkaError) {
            ranges = try consumer.offsetRanges(partitions, timeoutMilliseconds: ClusterSurvey.timeout)
            let future = snapshot.wallMilliseconds + ClusterSnapshot.futureMargin
            futures = try consumer.offsetsForTimes(
                Dictionary(uniqueKeysWithValues: partitions.map { ($0, future) }),
                timeoutMilliseconds: ClusterSurvey.timeout)
        } catch {
            guard error.category == .authorization else { throw RunFailure(error) }
            for topic in Set(partitions.map(\.topic)).sorted() { snapshot.refusals.append(.reading(topic: topic)) }
            return
        }
        let filled = ranges.filter { $0.value.low < $0.value.high }
        let sampler = RecordSampler(consumer, clock: clock)
        let oldest = try sampler.read(filled.mapValues(\.low), limit: 1, timeoutMilliseconds: 10_000)
        let early = futures.filter { partition, offset in ranges[partition].map { offset < $0.high } ?? false }
        let future = try sampler.read(early, limit: 1, timeoutMilliseconds: 10_000)
        for (partition, error) in oldest.failures where error.category == .authorization {
            let refusal = ClusterSnapshot.Refusal.reading(topic: partition.topic)
            if !snapshot.refusals.contains(refusal) { snapshot.refusals.append(refusal) }
        }
        for partition in partitions {
            snapshot.note(partition) { entry in
                entry.range = ranges[partition].map { $0.low..<max($0.low, $0.high) }
                entry.oldest = oldest.records.first { $0.partition == partition }?.timestamp
                entry.future = early[partition].map { offset in
                    let record = future.records.first { $0.partition == partition }
                    return ClusterSnapshot.Record(offset: record?.offset ?? offset, timestamp: record?.timestamp)
                }
            }
        }
    }

    // MARK: What is allowed

    private func lookAtTransactions(_ snapshot: inout ClusterSnapshot) {
        guard let timeout = subject.transactionTimeout else { return }
        var options = ProducerOptions(
            properties: properties, transactionalID: "\(subject.options.application)-doctor")
        options.transactionTimeoutMilliseconds = timeout
        options.onLog = subject.options.onLog
        do throws(KafkaError) {
            let producer = try Producer(options)
            try producer.initTransactions(timeoutMilliseconds: ClusterSurvey.timeout)
        } catch {
            if error.category == .authorization {
                snapshot.refusals.append(.transactions)
            } else if error.name == "INVALID_TRANSACTION_TIMEOUT" {
                snapshot.refusals.append(.transactionTimeout)
            } else {
                snapshot.refusals.append(.noTransactions(error.message))
            }
        }
    }

    private func rehearseTopics(_ snapshot: inout ClusterSnapshot) throws {
        guard let graph = subject.graph else { return }
        let inputs = subject.inputs.flatMap { input in
            (snapshot.topics[input.topic]?.partitions ?? []).map { TopicPartition(input.topic, $0.number) }
        }
        // Without its input nobody knows how wide an output would be.
        guard !inputs.isEmpty else { return }
        let changelogs = ChangelogPlan(graph, subject.options)
        do {
            let outcomes = try TopicDirectory(graph, options: subject.options).rehearse(
                deadLetterTopic: subject.options.deadLetterTopic, changelogs: changelogs, inputPartitions: inputs)
            for (topic, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
                guard case .failed(let error) = outcome else { continue }
                snapshot.refusals.append(
                    error.category == .authorization
                        ? .creating(topic: topic) : .impossibleTopic(topic, reason: error.message))
            }
        } catch let error as KafkaError where error.category == .authorization {
            for topic in subject.outputs.map(\.topic) where snapshot.topics[topic] == nil {
                snapshot.refusals.append(.creating(topic: topic))
            }
        }
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
