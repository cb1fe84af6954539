// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

extension ErrorCode {
    /// What `millrace help CODE` says.
    package struct Explanation: Hashable, Sendable {
        /// One line.
        package let title: String
        /// Why it happens and what it means.
        package let cause: String
        /// The next step, a command where there is one.
        package let step: String

        init(_ title: String, _ cause: String, step: String) {
            self.title = title
            self.cause = cause
            self.step = step
        }
    }

    /// What the code means; every code has one.
    package var explanation: Explanation {
        for family in ErrorCode.families {
            if let explanation = family[self] { return explanation }
        }
        return Explanation(rawValue, "", step: "")
    }

    private static let families = [configuration, data, kafka, sql, state]

    private static let configuration: [ErrorCode: Explanation] = [
        .malformedFile: Explanation(
            "The file is not valid YAML",
            "The configuration cannot be read as YAML, or is no mapping of keys.",
            step: "look at the line and column; a value with ': ' or '#' in it needs quotes, and tabs cannot "
                + "indent"),
        .unknownKey: Explanation(
            "A key that Millrace does not know",
            "Unknown keys are refused, because a misspelt one would silently do nothing. Client properties "
                + "(bootstrap.servers, sasl.password, …) lie below kafka:.",
            step: "take the name that the message suggests, or look at millrace config show, which lists every "
                + "key"),
        .wrongValue: Explanation(
            "A value that its key cannot take",
            "The value has the wrong form or lies outside of its limits.",
            step: "write it as the message says; durations are 500ms, 90s, 2m, 48h or 7d"),
        .unresolvedReference: Explanation(
            "A reference that cannot be replaced",
            "A value names an environment variable that is not set, a file that cannot be read, or has "
                + "another form than ${env:NAME}, ${env:NAME:-default} and ${file:/path}.",
            step: "set the variable, give a default, or check the path and who may read it"),
        .unknownVariable: Explanation(
            "An environment variable that is nearly a setting",
            "A variable MILLRACE_… is spelt nearly like one that Millrace reads. Ignoring it would silently "
                + "leave a default in place.",
            step: "rename it as the message suggests, or unset it"),
        .noProgram: Explanation(
            "No program",
            "Neither the command line nor the configuration names one.",
            step: "millrace validate orders.sql, or program: orders.sql in millrace.yaml; millrace init TOPIC "
                + "writes both"),
        .noBrokers: Explanation(
            "No broker",
            "Nobody says where Kafka is.",
            step: "-b HOST:PORT, MILLRACE_KAFKA_BOOTSTRAP_SERVERS, or bootstrap.servers below kafka: in "
                + "millrace.yaml"),
        .unreadableFile: Explanation(
            "A file that cannot be read",
            "It does not exist, this user may not read it, or it is not UTF-8 text.",
            step: "check the path (in a file it starts at that file's directory) and the permissions"),
        .unknownProperty: Explanation(
            "A client property that librdkafka does not have",
            "The name is misspelt, or belongs to the Java client or to another version of librdkafka.",
            step: "take the suggested name; --command-config translates a Java client's file"),
        .wrongPropertyValue: Explanation(
            "A client property's value that librdkafka refuses",
            "The value has the wrong form or lies outside of the property's range.",
            step: "see librdkafka's CONFIGURATION.md for what the property takes"),
        .ownedProperty: Explanation(
            "A client property that Millrace sets itself",
            "Exactly-once, the order of records, or where a slice begins and ends rest on it.",
            step: "leave it out; the message says which setting of Millrace stands for it, if one does"),
        .refusedProperty: Explanation(
            "A client property that is refused",
            "It would run a command, load code into the process, write files, or nobody has checked yet "
                + "that it does not.",
            step: "leave it out"),
        .malformedClientFile: Explanation(
            "A Java properties file that cannot be read",
            "The file that command.config names is not in the form of java.util.Properties.",
            step: "look at the line that the message names"),
        .untranslatedLogin: Explanation(
            "A Java log-in that has no counterpart",
            "Login modules and callback handlers are Java code. librdkafka logs in by PLAIN, SCRAM, GSSAPI, "
                + "and OAUTHBEARER with a token endpoint (OIDC).",
            step: "use one of these, or set the sasl.* properties of librdkafka below kafka:"),
        .untranslatedStore: Explanation(
            "A Java keystore that librdkafka cannot read",
            "librdkafka reads certificates as PEM, keys as PEM or PKCS#12; a JKS store has to be converted "
                + "once.",
            step: "run the command of the message and name the new file"),
    ]

    private static let data: [ErrorCode: Explanation] = [
        .rangeNotHeld: Explanation(
            "The log no longer holds the whole range",
            "The range asked for begins before the oldest record that the topic still holds: retention has "
                + "removed the rest, and results for that time would be too small.",
            step: "begin where the log begins (--from earliest), or restore the records; a longer retention.ms "
                + "helps the next time"),
        .compactedStream: Explanation(
            "A stream over a compacted topic",
            "Compaction removes all but the last record of a key. A query that counts or sums the topic as "
                + "a stream gets another answer with each compaction.",
            step: "declare it as a TABLE, or set the topic's cleanup.policy to delete"),
        .futureTimestamps: Explanation(
            "Records from the future",
            "Some records carry timestamps far ahead of this machine's clock. One of them moves the "
                + "watermark of its partition past all open windows, and what comes behind it is late.",
            step: "correct the producer's clock; where a TIMESTAMP column decides, set future.limit; for Kafka "
                + "timestamps set the topic's message.timestamp.after.max.ms"),
        .replacedTimestamps: Explanation(
            "The broker replaces timestamps",
            "The topic has message.timestamp.type=LogAppendTime: records carry the time at which they were "
                + "written, not their event time. Of an output topic the times of the results are lost, and a "
                + "replay is spread over the time of its writing.",
            step: "kafka-configs --alter --entity-type topics --entity-name TOPIC --add-config "
                + "message.timestamp.type=CreateTime, or name a TIMESTAMP column"),
        .outputExpires: Explanation(
            "Results older than the output topic keeps",
            "Results carry event time. Those of a range that is older than the output topic's retention.ms "
                + "are deleted by the broker soon after they are written.",
            step: "kafka-configs --alter --entity-type topics --entity-name TOPIC --add-config retention.ms=-1, "
                + "or RETENTION_MS in the WITH clause of a topic that Millrace makes"),
        .outputRefusesOldRecords: Explanation(
            "The output topic refuses old timestamps",
            "The topic's message.timestamp.before.max.ms (or difference.max.ms) is shorter than the age of "
                + "the results: the broker refuses them and the run ends.",
            step: "kafka-configs --alter --entity-type topics --entity-name TOPIC --add-config "
                + "message.timestamp.before.max.ms=9223372036854775807"),
        .outputForgetsRows: Explanation(
            "A table's topic that deletes by age",
            "The output is a table without windows: each row's last value has to stay, but the topic's "
                + "cleanup.policy deletes by age, so rows that do not change disappear.",
            step: "kafka-configs --alter --entity-type topics --entity-name TOPIC --add-config "
                + "cleanup.policy=compact"),
        .outputRefusesKeylessRecords: Explanation(
            "A compacted topic for records without a key",
            "A topic with cleanup.policy=compact takes no record without a key: the broker refuses it and "
                + "the run ends.",
            step: "give the query a key (PARTITION BY), or set cleanup.policy=delete"),
    ]

    private static let kafka: [ErrorCode: Explanation] = [
        .unreachable: Explanation(
            "No broker can be reached",
            "Nobody answers at the addresses in bootstrap.servers, or the brokers advertise addresses that "
                + "this machine cannot reach.",
            step: "check the address, the port and the firewall; where the first connection works and the next "
                + "does not, check the brokers' advertised.listeners"),
        .clockSkew: Explanation(
            "The broker's clock and this machine's differ",
            "Positions such as -48h are counted from this machine's clock, timestamps of topics with "
                + "LogAppendTime come from the broker's.",
            step: "synchronise both clocks (NTP)"),
        .noLeader: Explanation(
            "Partitions without a leader",
            "They can be neither read nor written until a broker that has them is back.",
            step: "start the missing brokers; kafka-topics --describe --unavailable-partitions lists them"),
        .unknownToLibrary: Explanation(
            "The library is too old for what is asked of it",
            "The librdkafka that is loaded lacks something that this cluster or configuration needs.",
            step: "install the version that the message names"),
        .loginRefused: Explanation(
            "The log-in was refused",
            "The brokers do not accept the user, the password or the certificate, or speak another "
                + "security.protocol on this port.",
            step: "check security.protocol, sasl.mechanism, sasl.username, sasl.password and ssl.ca.location"),
        .loginByScram: Explanation(
            "SCRAM does not work here",
            "librdkafka before 2.6.1 cannot log in by SCRAM to Kafka 4.0 or newer.",
            step: "use a newer librdkafka, PLAIN over TLS, client certificates or OAUTHBEARER"),
        .passwordInClear: Explanation(
            "A password that travels unencrypted",
            "sasl.mechanism PLAIN over sasl_plaintext sends the password as it is; everybody on the way can "
                + "read it.",
            step: "security.protocol: sasl_ssl"),
        .uncheckedIdentity: Explanation(
            "The brokers' identity is not checked",
            "Certificates or host names are not verified, so that anybody in between can pretend to be the "
                + "broker.",
            step: "remove enable.ssl.certificate.verification and ssl.endpoint.identification.algorithm; name the "
                + "CA with ssl.ca.location"),
        .missingTopic: Explanation(
            "An input topic is missing",
            "The topic does not exist, or this user may not see it: Kafka does not tell the two apart for "
                + "those without Describe.",
            step: "check KAFKA_TOPIC in the program; millrace topics lists what this user can see"),
        .wrongPartitionCount: Explanation(
            "An output topic with another number of partitions",
            "The program asks for a number of partitions (PARTITIONS) that the existing topic does not "
                + "have.",
            step: "leave PARTITIONS out to take the topic as it is, or write to a new topic"),
        .tooFewReplicas: Explanation(
            "Too few replicas are in step",
            "A partition of an output topic has fewer replicas in step than min.insync.replicas: writes are "
                + "refused until more are back.",
            step: "start the missing brokers, or lower the topic's min.insync.replicas"),
        .cannotCreateTopic: Explanation(
            "A topic cannot be made",
            "The cluster refuses to make an output topic that is missing: its replication factor, a policy "
                + "or its name does not fit.",
            step: "make it by hand, or set REPLICAS and PARTITIONS in the WITH clause"),
        .readForbidden: Explanation(
            "No permission to read a topic",
            "The user lacks Read on the topic.",
            step: "kafka-acls.sh --add --allow-principal User:NAME --operation Read --topic TOPIC"),
        .groupForbidden: Explanation(
            "No permission for the consumer group",
            "The user lacks Read on the group that is named after the application.",
            step: "kafka-acls.sh --add --allow-principal User:NAME --operation Read --group APPLICATION"),
        .transactionForbidden: Explanation(
            "No permission for transactions",
            "The user lacks Write on the transactional ids that begin with the application's name.",
            step: "kafka-acls.sh --add --allow-principal User:NAME --operation Write --transactional-id APPLICATION- "
                + "--resource-pattern-type prefixed"),
        .createForbidden: Explanation(
            "No permission to make topics",
            "A topic that the program writes is missing and the user lacks Create.",
            step: "make the topics by hand, or kafka-acls.sh --add --allow-principal User:NAME --operation Create "
                + "--topic TOPIC"),
        .writeForbidden: Explanation(
            "No permission to write a topic",
            "The user lacks Write on an output, the dead letters, a changelog or an exchange.",
            step: "kafka-acls.sh --add --allow-principal User:NAME --operation Write --topic TOPIC"),
        .upkeepForbidden: Explanation(
            "A permission is missing that a run can do without",
            "Without DescribeConfigs nobody knows how large records a topic takes, without Alter a changelog stays "
                + "narrower than an input that gets more partitions, without Delete an exchange keeps what is old.",
            step: "kafka-acls.sh --add --allow-principal User:NAME --operation OPERATION --topic TOPIC"),
        .transactionTimeoutTooLong: Explanation(
            "Transactions may not be as long as needed",
            "The brokers' transaction.max.timeout.ms is shorter than the timeout that Millrace asks for.",
            step: "raise transaction.max.timeout.ms on the brokers, or set processing.guarantee: at_least_once"),
        .noTransactions: Explanation(
            "The brokers cannot run transactions",
            "No coordinator answers for transactions. On small clusters this is mostly because "
                + "transaction.state.log.replication.factor asks for more brokers than there are.",
            step: "set transaction.state.log.replication.factor and transaction.state.log.min.isr to what the cluster "
                + "has, or set processing.guarantee: at_least_once"),
        .sessionTimeoutNotAllowed: Explanation(
            "The group's session timeout is not allowed",
            "Millrace asks for a session timeout of 30 s, which lies outside of the brokers' "
                + "group.min.session.timeout.ms and group.max.session.timeout.ms.",
            step: "let the brokers' limits include 30000"),
    ]

    private static let sql: [ErrorCode: Explanation] = [
        .sqlSyntax: Explanation(
            "The SQL cannot be read",
            "A statement is not of a form that Millrace knows.",
            step: "look at the caret; docs/sql.md shows every statement"),
        .sqlMeaning: Explanation(
            "The SQL does not fit together",
            "A name is unknown, types do not fit, or the combination is not supported.",
            step: "look at the caret and the suggestion below it"),
        .sqlSetting: Explanation(
            "A SET that is not honoured",
            "SET names a property that Millrace does not know, or gives it a value that it cannot take. "
                + "What is not honoured is refused, never ignored.",
            step: "take one of the names that the message lists"),
    ]

    private static let state: [ErrorCode: Explanation] = [
        .changelogNotCompacted: Explanation(
            "A changelog that is not compacted",
            "The state's topic would lose what was not changed for longer than its retention.ms, and a "
                + "restart would be refused.",
            step: "kafka-configs --alter --entity-type topics --entity-name TOPIC --add-config "
                + "cleanup.policy=compact"),
        .changelogPartitionCount: Explanation(
            "A changelog with another number of partitions",
            "Each partition of the input keeps its state in the changelog's partition of the same number, "
                + "so that both need the same number of them.",
            step: "begin anew under another --application, or delete the changelog and the group's offsets"),
        .stateOutlivesInput: Explanation(
            "Windows that stay open longer than the input is kept",
            "Without a changelog a restart reads again what feeds the open windows; the input's "
                + "retention.ms removes that before the windows close.",
            step: "raise the input's retention.ms above the window and its grace, or set state.flush.interval"),
        .committedOffsetLost: Explanation(
            "The records behind the last commit are gone",
            "The group has committed an offset that the log no longer holds: retention has removed records "
                + "that were never processed, or the topic was made again.",
            step: "begin anew under another --application, or reset the group's offsets"),
    ]
}
