// SPDX-License-Identifier: Apache-2.0
internal import MillraceLog

extension KafkaProperties {
    /// The properties that users may set, librdkafka's up to 2.12: none of them runs a command, loads code, writes
    /// files or touches exactly-once. What is not on this list is refused, so that a newer library brings no surprise.
    static let allowed: Set<String> = Set(allowedByPurpose.flatMap(\.names))

    /// The same, as docs/client-properties.md lists them.
    package static let allowedByPurpose: [(purpose: String, names: [String])] = [
        ("Connection", connection), ("Encryption and log-in", security), ("Reading", consuming), ("Writing", producing),
    ]

    private static let connection = [
        "api.version.fallback.ms", "api.version.request", "api.version.request.timeout.ms", "bootstrap.servers",
        "broker.address.family", "broker.address.ttl", "broker.version.fallback", "builtin.features",
        "client.dns.lookup", "client.id", "client.rack", "connections.max.idle.ms", "debug", "enable.metrics.push",
        "enable.random.seed", "log.connection.close", "log.thread.name", "log_level",
        "message.copy.max.bytes", "message.max.bytes", "metadata.max.age.ms",
        "metadata.recovery.rebootstrap.trigger.ms", "metadata.recovery.strategy", "receive.message.max.bytes",
        "reconnect.backoff.jitter.ms", "reconnect.backoff.max.ms", "reconnect.backoff.ms", "retry.backoff.max.ms",
        "retry.backoff.ms", "socket.blocking.max.ms", "socket.connection.setup.timeout.ms", "socket.keepalive.enable",
        "socket.max.fails", "socket.nagle.disable", "socket.receive.buffer.bytes", "socket.send.buffer.bytes",
        "socket.timeout.ms", "topic.blacklist", "topic.metadata.propagation.max.ms",
        "topic.metadata.refresh.fast.cnt", "topic.metadata.refresh.fast.interval.ms",
        "topic.metadata.refresh.interval.ms", "topic.metadata.refresh.sparse",
    ]

    private static let security = [
        "enable.ssl.certificate.verification", "https.ca.location", "https.ca.pem", "sasl.kerberos.keytab",
        "sasl.kerberos.min.time.before.relogin", "sasl.kerberos.principal", "sasl.kerberos.service.name",
        "sasl.mechanism", "sasl.mechanisms", "sasl.oauthbearer.client.credentials.client.id",
        "sasl.oauthbearer.client.credentials.client.secret", "sasl.oauthbearer.client.id",
        "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config", "sasl.oauthbearer.extensions",
        "sasl.oauthbearer.grant.type", "sasl.oauthbearer.method", "sasl.oauthbearer.scope",
        "sasl.oauthbearer.token.endpoint.url", "sasl.password", "sasl.username", "security.protocol",
        "ssl.ca.certificate.stores", "ssl.ca.location", "ssl.ca.pem", "ssl.certificate.location",
        "ssl.certificate.pem", "ssl.cipher.suites", "ssl.crl.location", "ssl.curves.list",
        "ssl.endpoint.identification.algorithm", "ssl.key.location", "ssl.key.password", "ssl.key.pem",
        "ssl.keystore.location", "ssl.keystore.password", "ssl.sigalgs.list",
    ]

    private static let consuming = [
        "coordinator.query.interval.ms", "fetch.error.backoff.ms", "fetch.max.bytes", "fetch.message.max.bytes",
        "fetch.min.bytes", "fetch.wait.max.ms", "heartbeat.interval.ms", "max.partition.fetch.bytes",
        "queued.max.messages.kbytes", "queued.min.messages",
    ]

    private static let producing = [
        "batch.num.messages", "batch.size", "compression.codec", "compression.level", "compression.type", "linger.ms",
        "message.send.max.retries", "queue.buffering.backpressure.threshold", "queue.buffering.max.kbytes",
        "queue.buffering.max.messages", "queue.buffering.max.ms", "request.timeout.ms", "retries",
        "sticky.partitioning.linger.ms",
    ]
}
