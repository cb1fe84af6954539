// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import MillraceCore
package import MillraceLog

extension KafkaProperties {
    /// Checked properties; of equal names the last wins.
    package init(_ pairs: [(name: String, value: String)]) throws(KafkaError) {
        self.init()
        for pair in pairs { try set(pair.name, pair.value) }
    }

    /// For the simplest case: where the brokers are (`host:port,host:port`).
    package init(bootstrap: String) throws(KafkaError) {
        self.init()
        try set("bootstrap.servers", bootstrap)
    }

    /// Sets a property; throws what is wrong with its name or its value.
    package mutating func set(_ name: String, _ value: String) throws(KafkaError) {
        try KafkaProperties.validate(name: name, value: value)
        store(Property(name: name, value: value))
    }

    /// Whether a log-in is wanted and not said how: the library takes Kerberos then.
    var lacksMechanism: Bool {
        (self["security.protocol"] ?? "").lowercased().hasPrefix("sasl") && self["sasl.mechanism"] == nil
            && self["sasl.mechanisms"] == nil
    }

    static let mechanismHint =
        "sasl.mechanism is not set, which means GSSAPI (Kerberos): set it to PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or "
        + "OAUTHBEARER"

    /// What users may do with a property, by its name alone.
    package enum Verdict: Hashable, Sendable {
        case allowed
        /// Millrace sets it itself, for this reason.
        case owned(String)
        /// Nobody may set it, for this reason.
        case refused(String)
        /// The loaded library has no such property; what may have been meant.
        case unknown(suggestion: String?)
    }

    /// Whether a property may be set. Those that nobody has looked at yet (of a newer library) are refused.
    package static func verdict(on name: String) -> Verdict {
        if let reason = engineOwned[name] { return .owned(reason) }
        if let reason = refused[name] { return .refused(reason) }
        guard PropertyScope.known[name] != nil else {
            return .unknown(suggestion: NearestName.suggestion(for: name, among: names))
        }
        return allowed.contains(name) ? .allowed : .refused("it is not on the list of properties known to be harmless")
    }

    /// Every property that the loaded library has and this module lets users set, by name.
    package static let names: [String] = allowed.filter { PropertyScope.known[$0] != nil }.sorted()

    /// Throws unless users may set this property, and to this value.
    package static func validate(name: String, value: String) throws(KafkaError) {
        let operation = "set \(name)"
        switch verdict(on: name) {
        case .allowed: break
        case .owned(let reason):
            throw .configuration("Millrace sets this itself: \(reason)", operation: operation)
        case .refused(let reason):
            throw .configuration("refused: \(reason)", operation: operation)
        case .unknown(let suggestion):
            let hint = suggestion.map { "; did you mean \($0)?" } ?? ""
            throw .configuration(
                "librdkafka \(LibraryVersion.text) has no such configuration property\(hint)", operation: operation)
        }
        if name == "sasl.oauthbearer.token.endpoint.url", !value.lowercased().hasPrefix("https://") {
            throw .configuration("refused: a token endpoint must be https", operation: operation)
        }
        let configuration = rd_kafka_conf_new()
        defer { rd_kafka_conf_destroy(configuration) }
        try ClientConfiguration.set(name, value, in: configuration)
    }

    /// Properties that decide exactly-once and the order of things; name to reason.
    package static let engineOwned: [String: String] = [
        "allow.auto.create.topics": "a misspelt input must not become a new topic",
        "auto.commit.enable": "offsets are committed together with the output",
        "auto.commit.interval.ms": "offsets are committed together with the output",
        "auto.offset.reset": "where to start is a part of the query, never a guess",
        "check.crcs": "it is always on",
        "max.poll.interval.ms": "a process that does not poll for 300 s is put out of the group",
        "delivery.report.only.error": "deliveries are counted by transaction",
        "enable.auto.commit": "offsets are committed together with the output",
        "enable.auto.offset.store": "offsets are committed together with the output",
        "enable.gapless.guarantee": "a transaction is aborted at the first gap anyway",
        "enable.idempotence": "producers are always idempotent",
        "enable.partition.eof": "it tells when a bounded slice has been read",
        "fetch.queue.backoff.ms": "it belongs to the fetch profile",
        "group.id": "it is the name of the application",
        "group.instance.id": "it is made of the names of the application and of this machine",
        "group.protocol": "the classic group protocol is the one that is tested",
        "isolation.level": "input is read at read_committed",
        "max.in.flight": "idempotence needs at most 5",
        "max.in.flight.requests.per.connection": "idempotence needs at most 5",
        "message.timeout.ms": "it follows from the transaction timeout",
        "delivery.timeout.ms": "it follows from the transaction timeout",
        "partition.assignment.strategy": "cooperative-sticky is the one that is tested",
        "partitioner": "records are partitioned by murmur2 of the key, as Kafka Streams does",
        "request.required.acks": "exactly-once needs acks=all",
        "acks": "exactly-once needs acks=all",
        "session.timeout.ms": "a dead process keeps its partitions for 30 s",
        "transaction.timeout.ms": "it follows from the commit interval",
        "transactional.id": "it is made of the names of the application and of this machine",
    ]

    /// Properties that nobody may set; name to reason.
    package static let refused: [String: String] = [
        "enable.sasl.oauthbearer.unsecure.jwt": "it logs in with tokens that nobody signed",
        "metadata.broker.list": "it is the old name of bootstrap.servers",
        "offset.store.method": "it writes offsets to local files",
        "offset.store.path": "it writes offsets to local files",
        "plugin.library.paths": "it loads code into the process",
        "sasl.kerberos.kinit.cmd": "it runs a shell command",
        "ssl.engine.location": "it loads code into the process",
        "ssl.providers": "it loads code into the process",
        "statistics.interval.ms": "Millrace has its own metrics",
        "test.mock.num.brokers": "it replaces the cluster by a mock",
        "test.mock.broker.rtt": "it replaces the cluster by a mock",
    ]
}
