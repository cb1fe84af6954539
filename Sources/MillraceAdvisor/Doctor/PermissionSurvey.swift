// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceRun

/// Tries, for `doctor`, what the user may do, in ways that change nothing: topics are made on trial only, written with
/// requests that brokers refuse behind the check of the permission, widened to the width that they have, and cleared of
/// what lies before their first record. The one transactional id that is taken over is its own (`APPLICATION-doctor`).
struct PermissionSurvey {
    private static let probeTimeout: Int32 = 5000

    private let subject: DoctorSubject
    private let admin: any LogAdmin
    private var cluster: any LogCluster { subject.options.cluster }

    init(_ subject: DoctorSubject, _ admin: any LogAdmin) {
        self.subject = subject
        self.admin = admin
    }

    func look(_ snapshot: inout ClusterSnapshot) throws {
        lookAtTransactions(&snapshot)
        try lookAtReading(&snapshot)
        lookAtWriting(&snapshot)
        lookAtUpkeep(&snapshot)
        try rehearseTopics(&snapshot)
    }

    /// A partition of each topic that is there for which an operation is needed.
    private func places(_ operation: Permission.Operation, _ snapshot: ClusterSnapshot) -> [TopicPartition] {
        subject.permissions.compactMap { permission in
            guard permission.operation == operation, case .topic(let topic) = permission.resource,
                let partition = snapshot.topics[topic]?.partitions.first(where: \.hasLeader)
            else { return nil }
            return TopicPartition(topic, partition.number)
        }
    }

    private func lookAtTransactions(_ snapshot: inout ClusterSnapshot) {
        guard let timeout = subject.transactionTimeout else { return }
        let application = subject.options.application
        var options = WriterOptions(transactionalID: "\(application)-doctor")
        options.transactionTimeoutMilliseconds = timeout
        do throws(KafkaError) {
            let producer = try cluster.writer(options)
            try producer.initTransactions(timeoutMilliseconds: ClusterSurvey.timeout)
        } catch {
            if error.category == .authorization {
                snapshot.refuse(.write, PermissionPlan.transactions(application).resource)
            } else if error.name == "INVALID_TRANSACTION_TIMEOUT" {
                snapshot.refusals.append(.transactionTimeout)
            } else {
                snapshot.refusals.append(.noTransactions(error.message))
            }
        }
    }

    /// What is read besides the input, which was read already.
    private func lookAtReading(_ snapshot: inout ClusterSnapshot) throws {
        let inputs = Set(subject.inputs.map(\.topic))
        let places = places(.read, snapshot).filter { !inputs.contains($0.topic) }
        guard !places.isEmpty else { return }
        let starts = Dictionary(uniqueKeysWithValues: places.map { ($0, LogicalOffset.beginning) })
        let sample = try RecordSampler(cluster)
            .read(starts, limit: 1, timeoutMilliseconds: Int64(PermissionSurvey.probeTimeout))
        for (partition, error) in sample.failures where error.category == .authorization {
            snapshot.refuse(.read, .topic(partition.topic))
        }
    }

    private func lookAtWriting(_ snapshot: inout ClusterSnapshot) {
        let places = places(.write, snapshot)
        guard !places.isEmpty else { return }
        // A broker that has no settings is none of Kafka's, and may take what Kafka refuses.
        guard snapshot.isWholeKafka else {
            for place in places { snapshot.unseenWrites[place.topic] = "the brokers are not wholly Kafka's" }
            return
        }
        for place in places {
            do throws(KafkaError) {
                let probe = try cluster.writeProbe(timeoutMilliseconds: PermissionSurvey.probeTimeout)
                switch try probe.ask(place) {
                case .allowed: continue
                case .failed(let error) where error.category == .authorization:
                    snapshot.refuse(.write, .topic(place.topic))
                case .failed(let error): snapshot.unseenWrites[place.topic] = error.message
                }
            } catch {
                snapshot.unseenWrites[place.topic] = error.message
            }
        }
    }

    private func lookAtUpkeep(_ snapshot: inout ClusterSnapshot) {
        for place in places(.delete, snapshot) {
            do throws(KafkaError) {
                _ = try admin.deleteRecords(before: [place: 0], timeoutMilliseconds: PermissionSurvey.probeTimeout)
            } catch {
                if error.category == .authorization { snapshot.refuse(.delete, .topic(place.topic)) }
            }
        }
        for place in places(.alter, snapshot) {
            let count = Int32(snapshot.topics[place.topic]?.partitions.count ?? 1)
            let outcome = try? admin.addPartitions(
                to: place.topic, total: count, timeoutMilliseconds: PermissionSurvey.probeTimeout)
            if case .failed(let error)? = outcome, error.category == .authorization {
                snapshot.refuse(.alter, .topic(place.topic))
            }
        }
    }

    private func rehearseTopics(_ snapshot: inout ClusterSnapshot) throws {
        guard let graph = subject.graph else { return }
        let inputs = subject.inputs.flatMap { input in
            (snapshot.topics[input.topic]?.partitions ?? []).map { TopicPartition(input.topic, $0.number) }
        }
        // What may not be written may not be seen, either, and may be there.
        let missing = subject.written.filter { topic in
            snapshot.topics[topic.name] == nil && !snapshot.refuses(.write, .topic(topic.name))
        }
        do {
            let outcomes = try TopicDirectory(graph, options: subject.options)
                .rehearse(missing, inputPartitions: inputs)
            for (topic, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
                guard case .failed(let error) = outcome else { continue }
                if error.category == .authorization {
                    snapshot.refuse(.create, .topic(topic))
                } else {
                    snapshot.refusals.append(.impossibleTopic(topic, reason: error.message))
                }
            }
        } catch let error as KafkaError where error.category == .authorization {
            for topic in missing { snapshot.refuse(.create, .topic(topic.name)) }
        }
    }
}
