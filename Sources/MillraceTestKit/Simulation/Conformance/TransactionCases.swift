// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

// What readers see of transactions.

let transactionCases = [
    ConformanceCase("a committed transaction is read, and its marker takes an offset") { it in
        let topic = try it.makeTopic()
        let writer = try it.transactionalWriter()
        try it.check(writer.isTransactional, "the writer has no transactions")
        try it.transact(["a", "b"], to: topic, by: writer)
        try it.transact(["c"], to: topic, by: writer)
        try it.equal(try it.readAll(topic), ["a@0", "b@1", "c@3"], "records")
        try it.equal(
            try it.admin.offsetRanges([TopicPartition(topic, 0)], timeoutMilliseconds: Conformance.timeout),
            [TopicPartition(topic, 0): OffsetRange(low: 0, high: 5)], "the range")
    },
    ConformanceCase("an aborted transaction is skipped at read_committed only") { it in
        let topic = try it.makeTopic()
        let writer = try it.transactionalWriter()
        try it.transact(["a"], to: topic, commits: false, by: writer)
        try it.transact(["b"], to: topic, by: writer)
        try it.equal(try it.readAll(topic), ["b@2"], "read_committed")
        try it.equal(try it.readAll(topic, .readUncommitted), ["a@0", "b@2"], "read_uncommitted")
    },
    ConformanceCase("positions and ends count markers") { it in
        let topic = try it.makeTopic()
        let writer = try it.transactionalWriter()
        try it.transact(["a"], to: topic, by: writer)
        try it.transact(["b"], to: topic, commits: false, by: writer)
        let reader = try it.reader()
        try reader.assign(positions: [TopicPartition(topic, 0): 0])
        try it.equal(try it.readToEnd(reader), ["a@0"], "records")
        try it.wait("the last marker") {
            _ = try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10)
            return reader.endOfPartitionReached(slot: 0) == 4
        }
        try it.equal(reader.position(slot: 0), 4, "the position")
    },
    ConformanceCase("read_committed stops where the first open transaction begins") { it in
        let topic = try it.makeTopic()
        let place = TopicPartition(topic, 0)
        try it.write(["a"], to: topic)
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        try it.write(["b"], to: topic, by: writer)
        try it.write(["c"], to: topic)
        try it.equal(try it.readAll(topic), ["a@0"], "read_committed")
        try it.equal(try it.readAll(topic, .readUncommitted), ["a@0", "b@1", "c@2"], "read_uncommitted")
        let ends = [Isolation.readCommitted, .readUncommitted].map { isolation in
            try? it.reader(isolation).ends([place], timeoutMilliseconds: Conformance.timeout)[place]
        }
        try it.equal(ends, [1, 3], "ends")
        try it.equal(
            try it.admin.offsetRanges([place], timeoutMilliseconds: Conformance.timeout)[place]?.high, 3,
            "the high watermark")
        try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        try it.equal(try it.readAll(topic), ["a@0", "b@1", "c@2"], "afterwards")
    },
    ConformanceCase("a reader at the end of the stable part goes on when the transaction ends") { it in
        let topic = try it.makeTopic()
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        try it.write(["a"], to: topic, by: writer)
        let reader = try it.reader()
        try reader.assign(positions: [TopicPartition(topic, 0): 0])
        try it.equal(try it.readToEnd(reader), [], "while it is open")
        try it.equal(reader.endOfPartitionReached(slot: 0), 0, "the stable end")
        try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        try it.wait("a") { try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10) == 1 }
        try it.wait("the end") {
            _ = try reader.drain(timeoutMilliseconds: 100, maximumRecords: 10)
            return reader.endOfPartitionReached(slot: 0) == 2
        }
    },
    ConformanceCase("transactions of two writers lie in one another") { it in
        let topic = try it.makeTopic()
        let (first, second) = (try it.transactionalWriter("1"), try it.transactionalWriter("2"))
        try first.beginTransaction()
        try second.beginTransaction()
        try it.write(["a"], to: topic, by: first)
        try it.write(["b"], to: topic, by: second)
        try it.write(["c"], to: topic, by: first)
        try second.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        try it.equal(try it.readAll(topic), [], "while the first is open")
        try first.abortTransaction(timeoutMilliseconds: Conformance.timeout)
        try it.equal(try it.readAll(topic), ["b@1"], "in the end")
    },
    ConformanceCase("a transaction over two partitions has a marker in each") { it in
        let topic = try it.makeTopic(partitions: 2)
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        try it.write(["a"], to: topic, by: writer)
        try it.write(["b"], to: topic, partition: 1, by: writer)
        try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        try it.equal(try it.readAll(topic, partitions: 2), ["a@0", "b@0"], "records")
        let places = [TopicPartition(topic, 0), TopicPartition(topic, 1)]
        let ends = try it.reader().ends(places, timeoutMilliseconds: Conformance.timeout)
        try it.equal(places.map { ends[$0] }, [2, 2], "ends")
    },
    ConformanceCase("an empty transaction leaves nothing behind") { it in
        let topic = try it.makeTopic()
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        try writer.beginTransaction()
        try writer.abortTransaction(timeoutMilliseconds: Conformance.timeout)
        try it.equal(try it.readAll(topic, .readUncommitted), [], "records")
        try it.transact(["a"], to: topic, by: writer)
        try it.equal(try it.readAll(topic), ["a@0"], "records")
    },
]
