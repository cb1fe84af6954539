// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

// Who may write in a transaction, and how it ends.

let transactionEndCases = [
    ConformanceCase("taking an id over aborts its open transaction and fences the older writer") { it in
        let topic = try it.makeTopic()
        let older = try it.transactionalWriter()
        try older.beginTransaction()
        try it.write(["a"], to: topic, by: older)
        let newer = try it.transactionalWriter()
        try it.transact(["b"], to: topic, by: newer)
        try it.equal(try it.readAll(topic), ["b@2"], "records")
        let error = try it.error("the older commit") {
            try older.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        }
        try it.check(error.isFatal && older.fatalError?.isFenced == true, "\(error); \(older.fatalError as Any)")
        let late = try it.error("the older begin") { try older.beginTransaction() }
        try it.check(late.isFatal, "\(late)")
        try it.equal(try it.readAll(topic), ["b@2"], "records in the end")
    },
    ConformanceCase("what a fenced writer sends is refused") { it in
        let topic = try it.makeTopic()
        let older = try it.transactionalWriter()
        let newer = try it.transactionalWriter()
        try older.beginTransaction()
        let error = try it.error("the older writer") {
            try it.write(["a"], to: topic, by: older)
            try older.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        }
        try it.check(error.isFatal || error.requiresAbort, "\(error)")
        try it.wait("its end") {
            older.poll()
            return older.fatalError != nil
        }
        try it.check(older.fatalError?.isFenced == true, "\(older.fatalError as Any)")
        try it.transact(["b"], to: topic, by: newer)
        try it.equal(try it.readAll(topic, .readUncommitted), ["b@0"], "records")
    },
    ConformanceCase("a rotated writer has its id again and fences the one that had it") { it in
        let topic = try it.makeTopic()
        let writer = try it.transactionalWriter()
        let handle = try writer.topic(topic)
        try writer.beginTransaction()
        try it.write(["a"], to: topic, by: writer)
        let other = try it.transactionalWriter()
        _ = try it.error("the commit") { try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout) }
        try writer.rotate(timeoutMilliseconds: Conformance.timeout)
        try it.check(writer.fatalError == nil && writer.failedDeliveries == 0, "the writer has its error yet")
        try it.equal(try writer.topic(topic), handle, "the handle")
        try it.transact(["b"], to: topic, by: writer)
        try it.equal(try it.readAll(topic), ["b@2"], "records")
        try other.beginTransaction()
        _ = try it.error("the other one") {
            try it.write(["c"], to: topic, by: other)
            try other.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        }
    },
    ConformanceCase("rotating in the midst of a transaction aborts it") { it in
        let topic = try it.makeTopic()
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        try it.write(["a"], to: topic, by: writer)
        try writer.rotate(timeoutMilliseconds: Conformance.timeout)
        try it.transact(["b"], to: topic, by: writer)
        try it.equal(try it.readAll(topic), ["b@2"], "records")
    },
    ConformanceCase("a transaction that takes too long is aborted by the broker, and its writer is fenced") { it in
        let topic = try it.makeTopic()
        let writer = try it.transactionalWriter(timeout: 1000)
        try writer.beginTransaction()
        try it.write(["a"], to: topic, by: writer)
        try it.wait("the abort", milliseconds: 60_000) {
            it.cluster.time.sleep(milliseconds: 500)
            let place = TopicPartition(topic, 0)
            return try it.reader().ends([place], timeoutMilliseconds: Conformance.timeout)[place] == 2
        }
        let error = try it.error("the commit") {
            try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        }
        try it.check(error.isFatal && writer.fatalError?.isFenced == true, "\(error); \(writer.fatalError as Any)")
        try it.equal(try it.readAll(topic), [], "records")
    },
    ConformanceCase("calls out of order are errors of the state") { it in
        let topic = try it.makeTopic()
        var options = WriterOptions(profile: .latency, transactionalID: it.prefix + "-id")
        options.transactionTimeoutMilliseconds = 60_000
        let writer = try it.cluster.writer(options)
        let timeout = Conformance.timeout
        try it.equal(try it.error("begin") { try writer.beginTransaction() }.name, "_STATE", "before init")
        try writer.initTransactions(timeoutMilliseconds: timeout)
        let commit = try it.error("commit") { try writer.commitTransaction(timeoutMilliseconds: timeout) }
        try it.equal(commit.name, "_STATE", "a commit without a transaction")
        let send = try it.error("send") { try it.write(["a"], to: topic, by: writer) }
        try it.equal(send.name, "_STATE", "a record without a transaction")
        try writer.beginTransaction()
        try it.equal(try it.error("begin") { try writer.beginTransaction() }.name, "_STATE", "two transactions")
        try it.write(["b"], to: topic, by: writer)
        try writer.commitTransaction(timeoutMilliseconds: timeout)
        try it.equal(try it.readAll(topic), ["b@0"], "records")
    },
    ConformanceCase("an abort without a transaction") { it in
        let writer = try it.transactionalWriter()
        let error = try it.error("abort") {
            try writer.abortTransaction(timeoutMilliseconds: Conformance.timeout)
        }
        try it.equal(error.name, "_STATE", "the error")
        try it.check(!error.isFatal && writer.fatalError == nil, "\(error)")
    },
    ConformanceCase("a record that is not taken makes its transaction abort") { it in
        let topic = try it.makeTopic("t", ["max.message.bytes": "1000"])
        let writer = try it.transactionalWriter()
        try writer.beginTransaction()
        try it.write(["a"], to: topic, by: writer)
        let error = try it.error("a large record") {
            try it.write([String(repeating: "x", count: 2000)], to: topic, by: writer)
        }
        try it.check(error.requiresAbort && error.category == .tooLarge, "the large record: \(error)")
        let commit = try it.error("the commit") {
            try writer.commitTransaction(timeoutMilliseconds: Conformance.timeout)
        }
        try it.check(commit.requiresAbort && !commit.isFatal, "the commit: \(commit)")
        try writer.abortTransaction(timeoutMilliseconds: Conformance.timeout)
        // librdkafka counts on from the record that was not taken, so that its next transaction would fail too.
        try writer.rotate(timeoutMilliseconds: Conformance.timeout)
        try it.transact(["b"], to: topic, by: writer)
        try it.equal(try it.readAll(topic), ["b@2"], "records")
        try it.equal(writer.failedDeliveries, 0, "failures of the next transaction")
    },
    ConformanceCase("a transaction timeout that the broker does not allow") { it in
        let error = try it.error("the writer") { _ = try it.transactionalWriter(timeout: 2_000_000_000) }
        try it.equal(error.category, .configuration, "\(error)")
    },
]
