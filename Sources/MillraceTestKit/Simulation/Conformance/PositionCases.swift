// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

// Where readers are, and where logs begin and end.

let positionCases = [
    ConformanceCase("reading begins where the assignment says") { it in
        let topic = try it.makeTopic()
        try it.write(["a", "b", "c"], to: topic)
        let reader = try it.reader()
        let place = TopicPartition(topic, 0)
        try reader.assign(positions: [place: 1])
        try it.equal(reader.position(slot: 0), 1, "the position of an offset")
        try it.equal(try it.readToEnd(reader), ["b@1", "c@2"], "from an offset")
        try reader.assign(positions: [place: LogicalOffset.end])
        try it.equal(reader.slot(of: place).flatMap { reader.position(slot: $0) }, nil, "the position of the end")
        try it.equal(try it.readToEnd(reader), [], "from the end")
        try it.equal(reader.slot(of: place).flatMap { reader.position(slot: $0) }, 3, "the position at the end")
    },
    ConformanceCase("slots are small numbers, used again, and names of partitions") { it in
        let topic = try it.makeTopic(partitions: 2)
        let reader = try it.reader()
        let (first, second) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
        try reader.assign(positions: [first: 0, second: 0])
        try it.equal([first, second].map { reader.slot(of: $0) }, [0, 1], "slots")
        try it.equal(reader.assignment, [first, second], "the assignment")
        try reader.assign(positions: [second: 0])
        try it.equal(reader.slot(of: second), 0, "the slot that was free")
        try it.equal([0, 1, 7].map { reader.partition(ofSlot: $0) }, [second, nil, nil], "partitions")
        try it.equal(reader.slot(of: first), nil, "the slot of what was given up")
    },
    ConformanceCase("the client's positions are those behind what was drained") { it in
        let topic = try it.makeTopic(partitions: 2)
        try it.write(["a", "b"], to: topic)
        let reader = try it.reader()
        try reader.assign(positions: Conformance.places(topic, 2, 0))
        try it.equal(try reader.positions(), [:], "before")
        try it.wait("two") {
            _ = try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10)
            return reader.batch(0)?.count == 2
        }
        try it.equal(try reader.positions()[TopicPartition(topic, 0)], 2, "after")
    },
    ConformanceCase("an offset behind the end is told as an error of its partition, which brings nothing more") { it in
        let topic = try it.makeTopic(partitions: 2)
        try it.write(["a"], to: topic)
        try it.write(["b"], to: topic, partition: 1)
        let reader = try it.reader()
        let (lost, sound) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
        try reader.assign(positions: [lost: 100, sound: 0])
        var errors: [TopicPartition: KafkaError] = [:]
        try it.wait("an error") {
            _ = try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10)
            for case .partitionError(let place, let error) in reader.poll(timeoutMilliseconds: 0) {
                errors[place] = error
            }
            return errors[lost] != nil && reader.batch(1) != nil
        }
        try it.check(errors[lost]?.isOffsetOutOfRange == true && errors.count == 1, "\(errors)")
        try it.equal(reader.position(slot: 0), nil, "the position of a broken slot")
        try it.equal(Conformance.texts(reader.batch(1) ?? RawRecords()), ["b@0"], "the other partition")
    },
    ConformanceCase("deleted records are before the beginning") { it in
        let topic = try it.makeTopic()
        let place = TopicPartition(topic, 0)
        try it.write(["a", "b", "c"], to: topic)
        try it.equal(
            try it.admin.deleteRecords(before: [place: 2], timeoutMilliseconds: Conformance.timeout), [place: 2],
            "the beginning")
        try it.equal(try it.readAll(topic), ["c@2"], "records")
        try it.equal(
            try it.admin.offsetRanges([place], timeoutMilliseconds: Conformance.timeout),
            [place: OffsetRange(low: 2, high: 3)], "the range")
        let reader = try it.reader()
        try reader.assign(positions: [place: 0])
        var error: KafkaError?
        try it.wait("an error") {
            _ = try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10)
            for case .partitionError(_, let told) in reader.poll(timeoutMilliseconds: 0) { error = told }
            return error != nil
        }
        try it.check(error?.isOffsetOutOfRange == true, "\(String(describing: error))")
    },
    ConformanceCase("deleting nothing, everything, and more than there is") { it in
        let topic = try it.makeTopic()
        let place = TopicPartition(topic, 0)
        try it.write(["a", "b"], to: topic)
        let reader = try it.reader()
        func delete(_ offset: Int64) throws -> Int64? {
            try reader.deleteRecords(before: [place: offset], timeoutMilliseconds: Conformance.timeout)[place]
        }
        try it.equal(try delete(1), 1, "one")
        try it.equal(try delete(0), 1, "none")
        let error = try it.error("too many") { _ = try delete(3) }
        try it.check(error.isOffsetOutOfRange, "\(error)")
        try it.equal(try delete(2), 2, "all")
        try it.write(["c"], to: topic)
        try it.equal(try it.readAll(topic), ["c@2"], "records")
    },
    ConformanceCase("bounds of logs; a topic that is not there is missing") { it in
        let topic = try it.makeTopic(partitions: 2)
        try it.write(["a", "b"], to: topic, partition: 1)
        let reader = try it.reader()
        let (first, second) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
        try it.equal(
            try reader.offsetRanges([first, second], timeoutMilliseconds: Conformance.timeout),
            [first: OffsetRange(low: 0, high: 0), second: OffsetRange(low: 0, high: 2)], "ranges")
        try it.equal(
            try reader.ends([first, second], timeoutMilliseconds: Conformance.timeout), [first: 0, second: 2], "ends")
        let error = try it.error("a missing topic") {
            _ = try reader.ends([TopicPartition(it.prefix + "-none", 0)], timeoutMilliseconds: 1000)
        }
        try it.equal(error.category, .missingTopic, "\(error)")
    },
    ConformanceCase("known ends come with fetches") { it in
        let topic = try it.makeTopic(partitions: 2)
        try it.write(["a", "b"], to: topic)
        let reader = try it.reader()
        let (read, other) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
        try reader.assign(positions: [read: 0])
        _ = try it.readToEnd(reader)
        try it.equal(reader.knownEnds([read, other]), [read: 2], "ends")
    },
    ConformanceCase("a partition of a missing topic is told, and read once it is there") { it in
        let topic = "\(it.prefix)-later"
        let reader = try it.reader()
        try reader.assign(positions: [TopicPartition(topic, 0): 0])
        var error: KafkaError?
        try it.wait("an error") {
            _ = try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10)
            for case .partitionError(_, let told) in reader.poll(timeoutMilliseconds: 0) { error = told }
            return error != nil
        }
        try it.equal(error?.category, .missingTopic, "the error")
    },
]

let timeCases = [
    ConformanceCase("the first offset that is not older than a time") { it in
        let topic = try it.makeTopic()
        let place = TopicPartition(topic, 0)
        for time in [1000, 3000, 2000] { try it.write(["a"], to: topic, time: Int64(time)) }
        let reader = try it.reader()
        let expected: [(Int64, Int64)] = [(0, 0), (1000, 0), (1001, 1), (2500, 1), (3001, 3)]
        for (time, offset) in expected {
            try it.equal(
                try reader.offsetsForTimes([place: time], timeoutMilliseconds: Conformance.timeout), [place: offset],
                "at \(time)")
        }
        try it.equal(
            try reader.firstOffsets([place: 3001], timeoutMilliseconds: Conformance.timeout), [:], "none")
        try it.equal(
            try reader.firstOffsets([place: 1001], timeoutMilliseconds: Conformance.timeout), [place: 1], "one")
    },
    ConformanceCase("times before 1970 mean the beginning") { it in
        let topic = try it.makeTopic()
        let place = TopicPartition(topic, 0)
        try it.write(["a"], to: topic, time: 1000)
        let reader = try it.reader()
        try it.equal(
            try reader.offsetsForTimes([place: -5], timeoutMilliseconds: Conformance.timeout), [place: 0], "at −5")
    },
    ConformanceCase("what is in an open transaction has no time for a reader at read_committed") { it in
        let topic = try it.makeTopic()
        let place = TopicPartition(topic, 0)
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        try it.write(["a"], to: topic, time: 1000, by: writer)
        for (isolation, offset) in [(Isolation.readCommitted, nil), (.readUncommitted, Int64(0))] {
            let found = try it.reader(isolation).firstOffsets([place: 500], timeoutMilliseconds: Conformance.timeout)
            try it.equal(found[place], offset, "\(isolation)")
        }
        try writer.abortTransaction(timeoutMilliseconds: Conformance.timeout)
    },
    ConformanceCase("aborted records and markers have times too") { it in
        let topic = try it.makeTopic()
        let place = TopicPartition(topic, 0)
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        try it.write(["a"], to: topic, time: 1000, by: writer)
        try writer.abortTransaction(timeoutMilliseconds: Conformance.timeout)
        let reader = try it.reader()
        try it.wait("the marker") {
            try reader.ends([place], timeoutMilliseconds: Conformance.timeout) == [place: 2]
        }
        try it.equal(
            try reader.firstOffsets([place: 500], timeoutMilliseconds: Conformance.timeout), [place: 0], "aborted")
        try it.equal(
            try reader.firstOffsets([place: 1500], timeoutMilliseconds: Conformance.timeout), [place: 1], "marker")
    },
]
