// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension PortedProperty {
    /// Those that are understood, then those that are named.
    package static let all = understood + ofRegistry + named

    private static let understood: [PortedProperty] = [
        PortedProperty("application.id", key: "application"),
        PortedProperty("ksql.service.id", key: "application"),
        PortedProperty("ksql.queries.file", key: "program"),
        PortedProperty("processing.guarantee", key: "processing.guarantee"),
        PortedProperty("auto.offset.reset", key: "from") { value throws(Expected) in
            guard ["earliest", "latest"].contains(value) else { throw Expected(text: "earliest or latest") }
            return value
        },
        PortedProperty("commit.interval.ms", key: "commit.interval") { value throws(Expected) in
            guard let milliseconds = Int64(value), Configuration.commitIntervalLimits.contains(milliseconds) else {
                throw Expected(text: "a number from 1 to 600000")
            }
            return DurationText.text(milliseconds)
        },
        PortedProperty("num.stream.threads", key: "threads") { value throws(Expected) in
            guard let threads = Int(value), Configuration.threadLimits.contains(threads) else {
                throw Expected(text: "a number from 1 to 256")
            }
            return value
        },
        PortedProperty("ksql.fail.on.deserialization.error", key: RejectionCause.decode.key) {
            value throws(Expected) in
            guard let fails = Bool(value.lowercased()) else { throw Expected(text: "true or false") }
            return fails ? ErrorPolicy.fail.rawValue : nil
        },
        handler("default.deserialization.exception.handler"), handler("deserialization.exception.handler"),
    ]

    private static func handler(_ name: String) -> PortedProperty {
        PortedProperty(name, key: RejectionCause.decode.key) { value throws(Expected) in
            switch value.split(separator: ".").last {
            case "LogAndFailExceptionHandler": return ErrorPolicy.fail.rawValue
            case "LogAndContinueExceptionHandler": return ErrorPolicy.skip.rawValue
            default:
                throw Expected(
                    text: "LogAndFailExceptionHandler or LogAndContinueExceptionHandler",
                    hint: "a handler of one's own is Java code; say errors.decode: fail, skip or dead-letter")
            }
        }
    }

    private static func named(_ names: [String], instead: String) -> [PortedProperty] {
        names.map { PortedProperty($0, instead: instead) }
    }

    private static let named: [PortedProperty] =
        stateProperties + topicProperties + formatProperties + registryProperties + serverProperties + javaProperties

    private static func harmless(_ names: [String], because reason: String) -> [PortedProperty] {
        names.map { PortedProperty($0, harmless: reason) }
    }

    private static let stateProperties =
        harmless(
            ["state.dir", "state.cleanup.delay.ms", "rocksdb.config.setter"],
            because: "leave it out: state lies in memory and in changelog topics, never on a disk")
        + harmless(
            ["cache.max.bytes.buffering", "statestore.cache.max.bytes"],
            because: "say commit.interval: changes are put together until the commit; state.memory.max bounds the "
                + "memory")
        + harmless(
            [
                "num.standby.replicas", "max.warmup.replicas", "acceptable.recovery.lag",
                "probing.rebalance.interval.ms",
            ],
            because: "leave it out: a process that takes over loads the changelog; state.flush.interval says how old "
                + "that may be")
        + harmless(
            ["windowstore.changelog.additional.retention.ms"],
            because: "leave it out: what is final is deleted from the changelog")

    private static let topicProperties =
        named(
            ["replication.factor", "ksql.sink.replicas", "ksql.internal.topic.replicas"],
            instead: "write REPLICAS=n in WITH (…); changelogs take the broker's default.replication.factor")
        + named(["ksql.sink.partitions"], instead: "write PARTITIONS=n in WITH (…)")
        + named(["ksql.output.topic.name.prefix"], instead: "write KAFKA_TOPIC='…' in WITH (…)")

    private static let formatProperties =
        named(["default.key.serde"], instead: "write KEY_FORMAT='…' in WITH (…)")
        + named(["default.value.serde"], instead: "write VALUE_FORMAT='…' in WITH (…)")
        + named(
            [
                "ksql.persistence.default.format.key", "ksql.persistence.default.format.value",
                "ksql.persistence.wrap.single.values",
            ],
            instead: "SET it in the program, before the declarations that it is for")
        + named(["default.timestamp.extractor"], instead: "write TIMESTAMP='column' in WITH (…)")

    private static let serverProperties =
        named(["listeners", "ksql.advertised.listener"], instead: "say http.address and http.port")
        + named(
            [
                "ksql.logging.processing.topic.name", "ksql.logging.processing.topic.auto.create",
                "ksql.logging.processing.stream.auto.create",
            ],
            instead: "say dead.letter.topic: it keeps late and bad records with the reason")
        + harmless(
            ["ksql.suppress.enabled"], because: "leave it out: EMIT FINAL is always there, and is exact over restarts")
        + named(["ksql.extension.dir"], instead: "leave it out: functions in Java cannot be called")
        + harmless(
            [
                "ksql.query.pull.enable.standby.reads", "ksql.query.pull.interpreter.enabled",
                "ksql.query.pull.max.allowed.offset.lag", "ksql.query.pull.table.scan.enabled",
                "ksql.query.push.v2.enabled", "ksql.source.table.materialization.enabled",
            ],
            because: "leave it out: state cannot be asked from outside; results are in their topics")
        + harmless(
            [
                "ksql.create.or.replace.enabled", "ksql.headers.columns.enabled", "ksql.lambdas.enabled",
                "ksql.rowpartition.rowoffset.enabled", "ksql.insert.into.values.enabled",
            ],
            because: "leave it out: what is there of the dialect needs no switch")
        + harmless(
            [
                "ksql.query.retry.backoff.initial.ms", "ksql.query.retry.backoff.max.ms",
                "ksql.query.error.max.queue.size", "ksql.query.persistent.active.limit", "ksql.udf.collect.metrics",
                "ksql.udf.enable.security.manager", "ksql.metrics.tags.custom",
            ],
            because: "leave it out: it is about the threads and figures of ksqlDB's server")
        + named(
            ["default.production.exception.handler", "production.exception.handler"],
            instead: "say errors.too.large: fail, skip or dead-letter")

    private static let javaProperties =
        harmless(
            ["max.task.idle.ms"],
            because: "say join.wait: how long a row waits for the tables that it is joined with")
        + harmless(
            ["buffered.records.per.partition", "poll.ms", "topology.optimization"],
            because: "leave it out: no result depends on the order in which partitions are read")
        + harmless(["task.timeout.ms"], because: "leave it out: a broker that is away is waited for")
        + harmless(["application.server"], because: "leave it out: state cannot be asked from outside")
        + harmless(
            ["metric.reporters", "metrics.recording.level", "metrics.num.samples", "metrics.sample.window.ms"],
            because: "leave it out: /metrics has all figures for Prometheus, always")
        + harmless(["upgrade.from"], because: "leave it out: restart processes one by one")

    /// Properties of Java's clients that say how fast records go to and fro, and never which.
    static let clientTuning: Set<String> = [
        "fetch.min.bytes", "fetch.max.bytes", "fetch.max.wait.ms", "max.partition.fetch.bytes", "max.poll.records",
        "max.poll.interval.ms", "session.timeout.ms", "heartbeat.interval.ms", "receive.buffer.bytes",
        "send.buffer.bytes", "request.timeout.ms", "reconnect.backoff.ms", "reconnect.backoff.max.ms",
        "retry.backoff.ms", "metadata.max.age.ms", "linger.ms", "batch.size", "buffer.memory", "compression.type",
        "retries", "delivery.timeout.ms", "max.block.ms", "max.in.flight.requests.per.connection",
    ]

    static let ofClients =
        "leave it out: how records are fetched and sent is chosen here; what must differ goes below kafka:"
}
