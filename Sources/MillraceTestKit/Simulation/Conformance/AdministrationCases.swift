// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

// Topics, and what is told of the cluster.

let administrationCases = [
    ConformanceCase("a topic is made once, and has its partitions") { it in
        let topic = try it.makeTopic(partitions: 3)
        let again = NewTopic(name: topic, partitions: 5)
        try it.equal(
            try it.admin.createTopics([again], timeoutMilliseconds: Conformance.timeout), [topic: .alreadyExists],
            "again")
        let names = [topic, topic + "-none"]
        try it.equal(
            try it.admin.partitionCounts(ofTopics: names, timeoutMilliseconds: Conformance.timeout), [topic: 3],
            "partitions")
        try it.equal(
            try it.reader().partitionCounts(ofTopics: names, timeoutMilliseconds: Conformance.timeout), [topic: 3],
            "partitions as a reader sees them")
    },
    ConformanceCase("only checking makes nothing") { it in
        let (old, new) = (try it.makeTopic("old"), "\(it.prefix)-new")
        let outcomes = try it.admin.createTopics(
            [NewTopic(name: old, partitions: 1), NewTopic(name: new, partitions: 1)], onlyChecks: true,
            timeoutMilliseconds: Conformance.timeout)
        try it.equal(outcomes, [old: .alreadyExists, new: .done], "outcomes")
        try it.equal(
            try it.admin.partitionCounts(ofTopics: [new], timeoutMilliseconds: Conformance.timeout), [:], "topics")
    },
    ConformanceCase("topics that cannot be made say why") { it in
        func failure(_ topic: NewTopic) throws -> String? {
            let outcomes = try it.admin.createTopics([topic], timeoutMilliseconds: Conformance.timeout)
            if case .failed(let error)? = outcomes[topic.name] { return error.name }
            return nil
        }
        let name = "\(it.prefix)-x"
        try it.equal(
            try failure(NewTopic(name: name, partitions: 1, configuration: ["no.such": "1"])), "INVALID_CONFIG",
            "a setting")
        try it.equal(
            try failure(NewTopic(name: name, partitions: 1, replicas: 3)), "INVALID_REPLICATION_FACTOR", "replicas")
        try it.equal(try failure(NewTopic(name: name + "/", partitions: 1)), "TOPIC_EXCEPTION", "the name")
        try it.equal(try failure(NewTopic(name: name, partitions: 0)), "INVALID_PARTITIONS", "no partitions")
        let error = try it.error("fewer than no partitions") { _ = try failure(NewTopic(name: name, partitions: -2)) }
        try it.equal(error.category, .configuration, "fewer than no partitions")
    },
    ConformanceCase("a topic gets more partitions, never fewer") { it in
        let topic = try it.makeTopic(partitions: 2)
        func add(_ topic: String, _ total: Int32) throws -> TopicOutcome {
            try it.admin.addPartitions(to: topic, total: total, timeoutMilliseconds: Conformance.timeout)
        }
        try it.equal(try add(topic, 2), .alreadyExists, "as many")
        try it.equal(try add(topic, 1), .alreadyExists, "fewer")
        try it.equal(try add(topic, 3), .done, "more")
        try it.equal(try add(topic + "-none", 3), .missing, "a missing one")
        try it.wait("three partitions") {
            try it.admin.partitionCounts(ofTopics: [topic], timeoutMilliseconds: Conformance.timeout) == [topic: 3]
        }
        try it.write(["a"], to: topic, partition: 2)
        try it.equal(try it.readAll(topic, partitions: 3), ["a@0"], "records")
    },
    ConformanceCase("a deleted topic is gone, and begins anew when it is made again") { it in
        let topic = try it.makeTopic()
        try it.write(["a"], to: topic)
        let outcomes = try it.admin.deleteTopics([topic, topic + "-none"], timeoutMilliseconds: Conformance.timeout)
        try it.equal(outcomes, [topic: .done, topic + "-none": .missing], "outcomes")
        try it.wait("its end") {
            try it.admin.partitionCounts(ofTopics: [topic], timeoutMilliseconds: Conformance.timeout).isEmpty
        }
        try it.makeTopic()
        try it.write(["b"], to: topic)
        try it.equal(try it.readAll(topic), ["b@0"], "records")
    },
    ConformanceCase("settings are those that were set, and defaults") { it in
        let topic = try it.makeTopic("t", ["cleanup.policy": "compact", "retention.ms": "1234"])
        let found = try it.admin.settings(ofTopic: topic, timeoutMilliseconds: Conformance.timeout)
        try it.equal(found["cleanup.policy"], "compact", "the policy")
        try it.equal(found["retention.ms"], "1234", "the retention")
        for (name, value) in SimulatedTopic.defaults where !["cleanup.policy", "retention.ms"].contains(name) {
            // Not all brokers have the same ones, and tests may run on one with settings of its own.
            try it.check(found[name] != nil, "\(name) = \(value) is not there")
        }
        let all = try it.admin.settings(ofTopics: [topic, topic + "-none"], timeoutMilliseconds: Conformance.timeout)
        try it.equal(all.keys.sorted(), [topic], "topics with settings")
        try it.equal(all[topic], found, "settings")
        let error = try it.error("a missing topic") {
            _ = try it.admin.settings(ofTopic: topic + "-none", timeoutMilliseconds: Conformance.timeout)
        }
        try it.equal(error.category, .missingTopic, "a missing topic")
    },
    ConformanceCase("the cluster is described with its brokers and topics") { it in
        let topic = try it.makeTopic(partitions: 2)
        var found = try it.admin.describeCluster(timeoutMilliseconds: Conformance.timeout)
        // A broker may answer before it has heard of a new topic.
        try it.wait("the topic's leaders") {
            found = try it.admin.describeCluster(timeoutMilliseconds: Conformance.timeout)
            return found.topics[topic]?.count == 2 && found.topics[topic]?.allSatisfy { $0.leader != nil } == true
        }
        try it.check(found.clusterID != nil && !found.brokers.isEmpty, "\(found)")
        try it.equal(found.topics[topic]?.map(\.number), [0, 1], "partitions")
        let ids = found.brokers.map(\.id)
        try it.check(found.topics[topic]?.allSatisfy { $0.leader.map(ids.contains) == true } == true, "leaders")
        try it.equal(found.topics[topic]?.map(\.replicasInSync), [1, 1], "replicas in sync")
        guard let broker = found.brokers.first else { return }
        let settings = try it.admin.settings(ofBroker: broker.id, timeoutMilliseconds: Conformance.timeout)
        try it.check(settings["transaction.max.timeout.ms"] != nil, "settings of the broker")
    },
    ConformanceCase("a topic may be written; asking writes nothing") { it in
        let topic = try it.makeTopic()
        let probe = try it.cluster.writeProbe(timeoutMilliseconds: 2000)
        try it.equal(try probe.ask(TopicPartition(topic, 0)), .allowed, "the topic")
        try it.equal(try it.readAll(topic), [], "records")
    },
    ConformanceCase("a missing topic that is to be written is made by brokers that do so") { it in
        let topic = "\(it.prefix)-none"
        guard let broker = try it.admin.describeCluster(timeoutMilliseconds: Conformance.timeout).brokers.first,
            try it.admin.settings(ofBroker: broker.id, timeoutMilliseconds: Conformance.timeout)[
                "auto.create.topics.enable"] == "true"
        else { return }
        try it.write(["a"], to: topic)
        try it.equal(try it.readAll(topic), ["a@0"], "records")
    },
]
