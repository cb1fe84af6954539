// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension ErrorCode.Explanation {
    /// Of Kafka and security.
    static let kafka = cluster.merging(connection) { first, _ in first }

    private static let cluster: [ErrorCode: Self] = [
        .unreachable: Self(
            "No broker can be reached",
            "Nobody answers at the addresses in bootstrap.servers, or the brokers advertise addresses that "
                + "this machine cannot reach.",
            step: "check the address, the port and the firewall; where the first connection works and the next "
                + "does not, check the brokers' advertised.listeners"),
        .clockSkew: Self(
            "The broker's clock and this machine's differ",
            "Positions such as -48h are counted from this machine's clock, timestamps of topics with "
                + "LogAppendTime come from the broker's.",
            step: "synchronise both clocks (NTP)"),
        .noLeader: Self(
            "Partitions without a leader",
            "They can be neither read nor written until a broker that has them is back.",
            step: "start the missing brokers; kafka-topics.sh --bootstrap-server HOST:PORT --describe "
                + "--unavailable-partitions lists them"),
        .unknownToLibrary: Self(
            "The library cannot do what is asked of it",
            "The librdkafka that is loaded is too old for this cluster or configuration, or was built without "
                + "something that it needs.",
            step: "install the version that the message names, or one that was built with it; millrace version prints "
                + "what is loaded and what it has"),
        .missingTopic: Self(
            "An input topic is missing",
            "The topic does not exist, or this user may not see it: Kafka does not tell the two apart for "
                + "those without Describe.",
            step: "check KAFKA_TOPIC in the program; millrace topics lists what this user can see"),
        .wrongPartitionCount: Self(
            "An output topic with another number of partitions",
            "The program asks for a number of partitions (PARTITIONS) that the existing topic does not "
                + "have.",
            step: "leave PARTITIONS out to take the topic as it is, or write to a new topic"),
        .tooFewReplicas: Self(
            "Too few replicas are in step",
            "A partition of an output topic has fewer replicas in step than min.insync.replicas: writes are "
                + "refused until more are back.",
            step: "start the missing brokers, or lower the topic's min.insync.replicas"),
        .cannotCreateTopic: Self(
            "A topic cannot be made",
            "The cluster refuses to make an output topic that is missing: its replication factor, a policy "
                + "or its name does not fit.",
            step: "make it by hand, or set REPLICAS and PARTITIONS in the WITH clause"),
        .readForbidden: Self(
            "No permission to read a topic",
            "The user lacks Read on the topic.",
            step: "kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal User:NAME --operation Read "
                + "--topic TOPIC"),
        .groupForbidden: Self(
            "No permission for the consumer group",
            "The user lacks Read on the group that is named after the application.",
            step: "kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal User:NAME --operation Read "
                + "--group APPLICATION"),
        .transactionForbidden: Self(
            "No permission for transactions",
            "The user lacks Write on the transactional ids that begin with the application's name.",
            step: "kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal User:NAME --operation Write "
                + "--transactional-id APPLICATION- "
                + "--resource-pattern-type prefixed"),
        .createForbidden: Self(
            "No permission to make topics",
            "A topic that the program writes is missing and the user lacks Create.",
            step: "make the topics by hand, or kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal "
                + "User:NAME --operation Create "
                + "--topic TOPIC"),
        .transactionTimeoutTooLong: Self(
            "Transactions may not be as long as needed",
            "The brokers' transaction.max.timeout.ms is shorter than the timeout that Millrace asks for.",
            step: "raise transaction.max.timeout.ms on the brokers, or set processing.guarantee: at_least_once"),
        .noTransactions: Self(
            "The brokers cannot run transactions",
            "No coordinator answers for transactions. On small clusters this is mostly because "
                + "transaction.state.log.replication.factor asks for more brokers than there are.",
            step: "set transaction.state.log.replication.factor and transaction.state.log.min.isr to what the cluster "
                + "has, or set processing.guarantee: at_least_once"),
        .sessionTimeoutNotAllowed: Self(
            "The group's session timeout is not allowed",
            "Millrace asks for a session timeout of 30 s, which lies outside of the brokers' "
                + "group.min.session.timeout.ms and group.max.session.timeout.ms.",
            step: "let the brokers' limits include 30000"),
        .kafkaFailure: Self(
            "A call to Kafka failed",
            "The cluster refused a request for a reason that has no code of its own; the message has "
                + "Kafka's name for it.",
            step: "look the name up in the broker's log; start again: nothing that was committed is lost"),
        .topicNotVisible: Self(
            "A topic that was made just now cannot be seen yet",
            "It takes the brokers a moment to tell each other of a new topic; under load that can be "
                + "longer.",
            step: "start again in a few seconds"),
        .outputReplaced: Self(
            "A topic that is written was deleted while the program ran",
            "Whoever deleted it, all that was published before is gone. Brokers make a topic again by themselves when "
                + "a producer asks for it (auto.create.topics.enable, on by default), with num.partitions partitions "
                + "and without the settings that it had.",
            step: "begin anew under another --application, so that everything is published again; set "
                + "auto.create.topics.enable=false on the brokers"),
        .writeForbidden: Self(
            "No permission to write a topic",
            "The user lacks Write on an output, the dead letters, a changelog or an exchange.",
            step: "kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal User:NAME --operation Write "
                + "--topic TOPIC"),
        .upkeepForbidden: Self(
            "A permission is missing that a run can do without",
            "Without DescribeConfigs nobody knows how large records a topic takes, without Alter a changelog stays "
                + "narrower than an input that gets more partitions, without Delete an exchange keeps what is old.",
            step: "kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal User:NAME --operation "
                + "OPERATION --topic TOPIC"),
        .alterForbidden: Self(
            "No permission to give a topic more partitions",
            "A topic has to become as wide as the input, and the user lacks Alter on it.",
            step: "kafka-topics.sh --bootstrap-server HOST:PORT --alter --topic TOPIC --partitions N, or "
                + "kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal "
                + "User:NAME --operation Alter --topic TOPIC"),
        .clusterForbidden: Self(
            "No permission for the cluster",
            "What is asked for needs an operation on the cluster itself; producers of brokers before 3.0 "
                + "need IdempotentWrite.",
            step: "kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal User:NAME --operation "
                + "IdempotentWrite --cluster"),
        .takenOver: Self(
            "Another process has taken over",
            "A process of the same application and the same name has started, or this one was away for "
                + "longer than its transactions may take.",
            step: "stop one of them, or give it another name with --instance"),
        .secondProcess: Self(
            "A second process of a program that runs in one",
            "A query groups by something else than the record key, so that one process has to read all "
                + "partitions.",
            step: "stop the other one, or wait for its session to end (30 s); with --exchange from the start it "
                + "runs in several"),
        .openTransaction: Self(
            "A transaction was left open",
            "Whoever reads the topic at read_committed, Millrace among them, waits behind its first record. A process "
                + "that was killed leaves its transaction open until the timeout that it had asked for; a broker that "
                + "died between a commit and its markers may leave one hanging for ever. A run that has to read its "
                + "state behind it ends when that lasts for two minutes longer than its own transactions may.",
            step: "start what was killed again: it ends what it has left open; or wait for the timeout (a replay's is "
                + "3 min, a run's 10 to 30 s); kafka-transactions.sh --bootstrap-server HOST:PORT find-hanging "
                + "--broker-id N finds those that hang, abort ends them"
        ),
        .offsetsForgotten: Self(
            "Committed offsets that are not there any more",
            "The group's coordinator says that less is committed than this process knows of, or nothing although "
                + "there are records of the application. Whoever believed it would publish results twice. A broker "
                + "may say so after its restart, for a while or until the next one, and is asked again; offsets that "
                + "were reset, deleted or have expired stay away.",
            step: "if that was on purpose, start again: a new process takes them as they are; if not, look after "
                + "the broker that coordinates the group first"),
    ]
}
