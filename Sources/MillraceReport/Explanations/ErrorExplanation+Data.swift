// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension ErrorCode.Explanation {
    /// Of data and time.
    static let data: [ErrorCode: Self] = [
        .rangeNotHeld: Self(
            "The log no longer holds the whole range",
            "The range asked for begins before the oldest record that the topic still holds: retention has "
                + "removed the rest, and results for that time would be too small.",
            step: "begin where the log begins (--from earliest), or restore the records; a longer retention.ms "
                + "helps the next time"),
        .compactedStream: Self(
            "A stream over a compacted topic",
            "Compaction removes all but the last record of a key. A query that counts or sums the topic as "
                + "a stream gets another answer with each compaction.",
            step: "declare it as a TABLE, or set the topic's cleanup.policy to delete"),
        .joinedTableExpires: Self(
            "A table of a join that expires",
            "A table that rows are looked up in is made of all records of its topic, and a restart and a replay read "
                + "them again. What retention has deleted is not in the table then: rows find nothing, or what was "
                + "there before.",
            step: "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name TOPIC "
                + "--add-config cleanup.policy=compact"),
        .futureTimestamps: Self(
            "Records from the future",
            "Some records carry timestamps far ahead of this machine's clock. One of them moves the "
                + "watermark of its partition past all open windows, and what comes behind it is late.",
            step: "correct the producer's clock; where a TIMESTAMP column decides, set future.limit; for Kafka "
                + "timestamps set the topic's message.timestamp.after.max.ms"),
        .replacedTimestamps: Self(
            "The broker replaces timestamps",
            "The topic has message.timestamp.type=LogAppendTime: records carry the time at which they were "
                + "written, not their event time. Of an output topic the times of the results are lost, and a "
                + "replay is spread over the time of its writing.",
            step: "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name TOPIC "
                + "--add-config "
                + "message.timestamp.type=CreateTime, or name a TIMESTAMP column"),
        .outputExpires: Self(
            "Results older than the output topic keeps",
            "Results carry event time, and the broker deletes by it: what is older than the output topic's "
                + "retention.ms is gone some minutes after it was written. A topic that Millrace makes has the "
                + "broker's default, a week as a rule, unless the program says RETENTION_MS.",
            step: "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name TOPIC "
                + "--add-config retention.ms=-1, "
                + "or RETENTION_MS in the WITH clause of a topic that Millrace makes"),
        .outputRefusesOldRecords: Self(
            "The output topic refuses old timestamps",
            "The topic's message.timestamp.before.max.ms (or difference.max.ms) is shorter than the age of "
                + "the results: the broker refuses them and the run ends.",
            step: "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name TOPIC "
                + "--add-config "
                + "message.timestamp.before.max.ms=9223372036854775807"),
        .outputForgetsRows: Self(
            "A table's topic that deletes by age",
            "The output is a table without windows: each row's last value has to stay, but the topic's "
                + "cleanup.policy deletes by age, so rows that do not change disappear.",
            step: "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name TOPIC "
                + "--add-config "
                + "cleanup.policy=compact"),
        .outputRefusesKeylessRecords: Self(
            "A compacted topic for records without a key",
            "A topic with cleanup.policy=compact takes no record without a key. Where the query has no "
                + "key the run does not begin; a single result without one ends it unless errors.refused says "
                + "otherwise.",
            step: "give the query a key (PARTITION BY), or set cleanup.policy=delete"),
        .nothingToGuessFrom: Self(
            "A topic that no program can be guessed from",
            "It has no records, or all its values are null, or none of its newest records has a time: no program "
                + "over it would give a row.",
            step: "millrace topics peek TOPIC shows them; write the CREATE STREAM by hand (docs/sql.md)"),
        .misplacedKeys: Self(
            "Keys in other partitions than Kafka's partitioner chooses",
            "A query that groups by the record key computes each partition by itself, because a key lies in one "
                + "partition only. Some keys do not lie where murmur2 puts them. That is well where one producer with "
                + "another partitioner writes the topic, and wrong where the topic has been widened or several "
                + "partitioners write it: then a key lies in two partitions, and each publishes a part.",
            step: "where it has been, set keys.partitioning to any: the query regroups; else leave it"),
        .keyInTwoPartitions: Self(
            "A key that lies in two partitions",
            "A query that groups by the record key computes each partition by itself. A key was found in two of "
                + "them: the topic has been widened, or several partitioners write it. Each partition would publish a "
                + "part of the key's result, so the run stops before it does.",
            step: "SET 'keys.partitioning' = 'any' before the query, or keys.partitioning: any in the configuration: "
                + "the query regroups, and its answer is right; trusted publishes the parts"),
        .implausibleTimes: Self(
            "Event times before 1980 or beyond 2100",
            "Event times are taken for milliseconds since 1970. Seconds lie in January 1970 then, microseconds tens of "
                + "thousands of years ahead: windows hold far too much or far too little, and a range by time finds "
                + "nothing.",
            step: "name a column in milliseconds, or one of type TIMESTAMP; a text with TIMESTAMP_FORMAT; for Kafka "
                + "timestamps correct the producer"),
        .columnNotInRecords: Self(
            "A column that no record has",
            "The program reads a column for which none of the records looked at has a field: it is NULL in each of "
                + "them. JSON fields are found by the column's name, whatever the case.",
            step: "declare the column by the name that the records have (millrace topics peek TOPIC shows them)"),
        .undecodableRecord: Self(
            "A record that cannot be read ended the run",
            "It is not valid in its format, a column does not convert, or it has no usable event time, "
                + "and errors.decode is fail; or it is larger than the dead-letter topic takes.",
            step: "correct what writes such records; or set errors.decode to skip, or to dead-letter"),
        .keylessRecord: Self(
            "A record without a key or a group ended the run",
            "A record of a table has no key, or a GROUP BY column of it is NULL, and errors.null.key is "
                + "fail.",
            step: "correct what writes such records; or set errors.null.key to skip, or to dead-letter"),
        .recordAheadOfTime: Self(
            "A record from the future ended the run",
            "Its event time lies further ahead of its Kafka timestamp than future.limit, and "
                + "errors.future is fail.",
            step: "correct the producer's clock; or set errors.future to skip, or to dead-letter"),
        .lateRecord: Self(
            "A late record ended the run",
            "Its windows were final already when it came, and errors.late is fail.",
            step: "give the windows a longer GRACE PERIOD; or set errors.late to skip, or to dead-letter"),
        .recordTooLarge: Self(
            "A result that is larger than its topic takes",
            "The topic's max.message.bytes, or the producer's message.max.bytes, is smaller than the "
                + "result. Leaving it out would lose it, so that the run ends unless errors.too.large says "
                + "otherwise.",
            step: "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name TOPIC "
                + "--add-config "
                + "max.message.bytes=N and message.max.bytes below kafka:; or set errors.too.large to skip, or "
                + "to dead-letter"),
        .resultTimeRefused: Self(
            "A result whose time its topic does not take",
            "A result has the event time of its records. Topics refuse what lies further ahead of the broker's clock "
                + "than message.timestamp.after.max.ms (an hour by default since Kafka 4.0), or behind it than "
                + "message.timestamp.before.max.ms. Leaving it out would lose it, so that the run ends unless "
                + "errors.refused says otherwise.",
            step: "correct what writes such times, or this machine's clock; or kafka-configs.sh --bootstrap-server "
                + "HOST:PORT --alter "
                + "--entity-type topics --entity-name TOPIC --add-config "
                + "message.timestamp.after.max.ms=9223372036854775807; or set errors.refused to skip, or to "
                + "dead-letter"),
        .damagedRecords: Self(
            "Records that are not as they were written",
            "Every batch of records has a checksum, which was wrong, or the batch could not be unpacked: bits were "
                + "changed on the way or on the broker's disk. It was read several times. Nothing behind the damage "
                + "was used, and nothing of it is committed.",
            step: "look at the network and at the disk of the partition's leader (Kafka's dump-log tool checks a "
                + "segment); make a replica that is sound the leader, and start again"),
        .tooManyBadRecords: Self(
            "More bad records than errors.max bears",
            "So many records of a query could not be used that something is wrong with all of them.",
            step: "correct what writes such records, or what the program says of their format; or raise "
                + "errors.max"),
    ]
}
