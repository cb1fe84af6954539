// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

// Records, offsets and ends of partitions.

let logCases = [
    ConformanceCase("records have consecutive offsets in their partition") { it in
        let topic = try it.makeTopic(partitions: 2)
        try it.write(["a", "b"], to: topic)
        try it.write(["c"], to: topic, partition: 1)
        try it.write(["d"], to: topic)
        try it.equal(try it.readAll(topic, partitions: 2), ["a@0", "b@1", "d@2", "c@0"], "records")
    },
    ConformanceCase("null, empty and other keys and values, timestamps and headers come back") { it in
        let topic = try it.makeTopic()
        let records = RawRecords()
        records.append(key: nil, value: nil, timestamp: 1000)
        let headers = [
            RawRecords.Header(name: "h", value: [1, 0]), RawRecords.Header(name: "h", value: []),
            RawRecords.Header(name: "n", value: nil),
        ]
        records.append(key: [], value: [], timestamp: 2000, headers: headers)
        records.append(key: [0, 255], value: [7], timestamp: 3000)
        let writer = try it.writer()
        try writer.send(records, to: writer.topic(topic))
        try writer.flush(timeoutMilliseconds: Conformance.timeout)
        let reader = try it.reader(headers: true)
        try reader.assign(positions: [TopicPartition(topic, 0): LogicalOffset.beginning])
        var count = 0
        try it.wait("three records") {
            count += try reader.drain(timeoutMilliseconds: 100, maximumRecords: 1000)
            return count == 3
        }
        guard let batch = reader.takeBatch(0) else { throw ConformanceFailure(description: "no batch") }
        try it.equal((0..<3).map { batch.key($0).map { [UInt8]($0) } }, [nil, [], [0, 255]], "keys")
        try it.equal((0..<3).map { batch.value($0).map { [UInt8]($0) } }, [nil, [], [7]], "values")
        try it.equal((0..<3).map { batch.timestamps[$0] }, [1000, 2000, 3000], "times")
        try it.equal(batch.headers.count > 1 ? batch.headers[1] : [], headers, "headers")
        try it.equal(reader.bytesRead, 3, "bytes")
    },
    ConformanceCase("a record without a time has the time of its writing; 0 becomes 1") { it in
        let topic = try it.makeTopic()
        let before = it.cluster.time.wallMilliseconds()
        try it.write(["now"], to: topic)
        try it.write(["zero"], to: topic, time: 0)
        let reader = try it.reader()
        try reader.assign(positions: [TopicPartition(topic, 0): 0])
        var times: [Int64] = []
        try it.wait("two records") {
            _ = try reader.drain(timeoutMilliseconds: 100, maximumRecords: 1000)
            reader.forEachNonEmptyBatch { _, _, records in
                times += (0..<records.count).map { records.timestamps[$0] }
                records.removeAll()
            }
            return times.count == 2
        }
        try it.check(times[0] >= before && times[0] <= it.cluster.time.wallMilliseconds(), "\(times)")
        try it.equal(times[1], 1, "the second time")
    },
    ConformanceCase("one partition comes after the other, rows in order within each") { it in
        let topic = try it.makeTopic(partitions: 2)
        let records = RawRecords()
        for (value, partition) in [("a", 1), ("b", 0), ("c", 1), ("d", 0)] {
            records.append(key: nil, value: Array(value.utf8), timestamp: 5, partition: Int32(partition))
        }
        let writer = try it.writer()
        try writer.send(records, to: writer.topic(topic))
        try writer.flush(timeoutMilliseconds: Conformance.timeout)
        try it.check(writer.isIdle, "the writer still has something to send")
        try it.equal(try it.readAll(topic, partitions: 2), ["b@0", "d@1", "a@0", "c@1"], "records")
    },
    ConformanceCase("the same topic has the same handle") { it in
        let topic = try it.makeTopic()
        let writer = try it.writer()
        try it.equal(try writer.topic(topic), try writer.topic(topic), "the handle")
        try it.check(!writer.isTransactional && !writer.hadUncertainRequest, "the writer")
    },
    ConformanceCase("maximumRecords bounds a drain exactly") { it in
        let topic = try it.makeTopic()
        try it.write(["a", "b", "c"], to: topic)
        let reader = try it.reader()
        try reader.assign(positions: [TopicPartition(topic, 0): 0])
        var counts: [Int] = []
        try it.wait("records") {
            counts.append(try reader.drain(timeoutMilliseconds: 100, maximumRecords: 2))
            return counts.reduce(0, +) == 3
        }
        try it.equal(counts.filter { $0 > 0 }, [2, 1], "records of a drain")
        try it.equal(Conformance.texts(reader.batch(0) ?? RawRecords()), ["a@0", "b@1", "c@2"], "the batch")
    },
    ConformanceCase("the end of a partition is told when it is reached, until something comes") { it in
        let topic = try it.makeTopic()
        try it.write(["a"], to: topic)
        let reader = try it.reader()
        try reader.assign(positions: [TopicPartition(topic, 0): 0])
        try it.equal(reader.endOfPartitionReached(slot: 0), nil, "the end before")
        try it.equal(try it.readToEnd(reader), ["a@0"], "records")
        try it.equal(reader.endOfPartitionReached(slot: 0), 1, "the end")
        try it.write(["b"], to: topic)
        try it.wait("b") { try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10) == 1 }
        try it.equal(try it.readToEnd(reader), ["b@1"], "records")
        try it.equal(reader.endOfPartitionReached(slot: 0), 2, "the new end")
    },
    ConformanceCase("an empty partition has its end at once") { it in
        let topic = try it.makeTopic()
        let reader = try it.reader()
        try reader.assign(positions: [TopicPartition(topic, 0): LogicalOffset.beginning])
        try it.equal(try it.readToEnd(reader), [], "records")
        try it.equal(reader.endOfPartitionReached(slot: 0), 0, "the end")
        try it.equal(reader.position(slot: 0), 0, "the position")
    },
    ConformanceCase("a paused slot brings nothing, a resumed one goes on") { it in
        let topic = try it.makeTopic(partitions: 2)
        let reader = try it.reader()
        try reader.assign(positions: Conformance.places(topic, 2, 0))
        _ = try it.readToEnd(reader)
        guard let slot = reader.slot(of: TopicPartition(topic, 0)) else {
            throw ConformanceFailure(description: "slot")
        }
        try reader.pause(slots: [slot])
        try it.write(["a"], to: topic)
        try it.write(["b"], to: topic, partition: 1)
        try it.wait("b") { try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10) == 1 }
        try it.equal(try reader.drain(timeoutMilliseconds: 500, maximumRecords: 10), 0, "records while paused")
        try reader.resume(slots: [slot])
        try it.wait("a") { try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10) == 1 }
        try it.equal(Conformance.texts(reader.batch(slot) ?? RawRecords()), ["a@0"], "the batch")
    },
    ConformanceCase("a taken batch is the caller's; the slot goes on with another one") { it in
        let topic = try it.makeTopic()
        try it.write(["a"], to: topic)
        let reader = try it.reader()
        try reader.assign(positions: [TopicPartition(topic, 0): 0])
        try it.wait("a") { try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10) == 1 }
        let batch = reader.takeBatch(0)
        try it.check(reader.takeBatch(0) == nil && reader.batch(0) == nil, "the batch was taken")
        try it.write(["b"], to: topic)
        try it.wait("b") { try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10) == 1 }
        try it.equal(Conformance.texts(batch ?? RawRecords()), ["a@0"], "the first batch")
        try it.equal(Conformance.texts(reader.batch(0) ?? RawRecords()), ["b@1"], "the second batch")
    },
    ConformanceCase("a record that the producer or the topic does not take is too large") { it in
        let topic = try it.makeTopic("small", ["max.message.bytes": "1000"])
        let writer = try it.writer()
        let huge = try it.error("a huge record") {
            try it.write([String(repeating: "x", count: 2_000_000)], to: topic, by: writer)
        }
        try it.equal(huge.category, .tooLarge, "the producer's limit")
        let large = try it.error("a large record") {
            try it.write([String(repeating: "x", count: 2000)], to: topic, by: writer)
        }
        try it.equal(large.category, .tooLarge, "the topic's limit")
        try it.equal(writer.failedDeliveries, 1, "failed deliveries")
        let again = try it.error("a flush after a failure") {
            try writer.flush(timeoutMilliseconds: Conformance.timeout)
        }
        try it.equal(again.category, .tooLarge, "a later flush")
        try writer.rotate(timeoutMilliseconds: Conformance.timeout)
        try it.write(["a"], to: topic, by: writer)
        try it.equal(try it.readAll(topic), ["a@0"], "records")
    },
    ConformanceCase("topics refuse records without a key, or of the future") { it in
        let compacted = try it.makeTopic("compacted", ["cleanup.policy": "compact"])
        let writer = try it.writer()
        let records = RawRecords()
        records.append(key: nil, value: [1], timestamp: 1)
        try writer.send(records, to: writer.topic(compacted))
        let keyless = try it.error("no key") { try writer.flush(timeoutMilliseconds: Conformance.timeout) }
        try it.equal(keyless.name, "INVALID_RECORD", "no key")
        let topic = try it.makeTopic("future", ["message.timestamp.after.max.ms": "1000"])
        let future = try it.error("the future") {
            try it.write(["a"], to: topic, time: it.cluster.time.wallMilliseconds() + 100_000_000)
        }
        try it.equal(future.category, .refused, "the future")
    },
]
