// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Reads partitions of logs. Owned by one thread; `close` ends it.
///
/// Records of a `drain` lie in the batches until the caller takes or clears them. A slot is the number of an assigned
/// partition, valid until the partition is given up; numbers are small and used again. Timeouts are in milliseconds.
package protocol LogReader: AnyObject {
    /// Bytes of keys and values that came so far.
    var bytesRead: Int { get }
    /// At most this many bytes of keys and values are taken in by one `drain`.
    var drainByteLimit: Int { get set }
    /// The last reason why a broker could not be reached; later success does not clear it.
    var lastConnectionFailure: ConnectionFailure? { get }
    /// What ended this reader for good (e.g. another one with its instance id), if something did.
    var fatalError: KafkaError? { get }
    /// The id of the cluster, once a broker has told it.
    var knownClusterID: String? { get }
    /// The assigned partitions, in order.
    var assignment: [TopicPartition] { get }

    /// Serves the group and the connections, then returns what happened, in order. Call it often (at least every
    /// `maximumPollIntervalMilliseconds`), also while nothing is drained. Waits up to the timeout for a first event.
    func poll(timeoutMilliseconds: Int32) -> [ConsumerEvent]

    /// Takes in what is ready: records are appended to the batches of their slots. Waits up to the timeout for a first
    /// record (events wait in `poll` meanwhile). `maximumRecords` bounds this call's records exactly, `drainByteLimit`
    /// their bytes roughly. Returns how many there were. Errors of partitions come from `poll`.
    func drain(timeoutMilliseconds: Int32, maximumRecords: Int) throws(KafkaError) -> Int

    /// This slot's batch, if it holds records.
    func batch(_ slot: Int) -> RawRecords?
    /// Hands over this slot's batch, nil if it is empty; the slot goes on with another one (see `recycle`).
    func takeBatch(_ slot: Int) -> RawRecords?
    /// Gives a batch's memory back for later ones. The caller must not use it again.
    func recycle(_ records: RawRecords)
    /// Calls `body` with each batch that holds records, in the order of the slots. `body` clears what it has used with
    /// `removeAll()`; what it leaves stays in front of later records.
    func forEachNonEmptyBatch<Failure: Error>(
        _ body: (_ slot: Int, _ partition: TopicPartition, _ records: RawRecords) throws(Failure) -> Void
    ) throws(Failure)

    /// Reads exactly these partitions from these offsets on (or a `LogicalOffset`), in place of all others.
    func assign(positions: [TopicPartition: Int64]) throws(KafkaError)
    /// The slot of an assigned partition.
    func slot(of partition: TopicPartition) -> Int?
    /// The partition of a slot; nil for a free one.
    func partition(ofSlot slot: Int) -> TopicPartition?
    /// The offset from which this slot goes on, as far as its batch has come: last record + 1, or the end that was
    /// reached (transaction markers counted); nil while neither is known.
    func position(slot: Int) -> Int64?
    /// The client's own idea of the positions (it passes markers too); partitions without one are left out.
    func positions() throws(KafkaError) -> [TopicPartition: Int64]
    /// Where the end of the partition was, if it has been reached and nothing has come since. With `.readCommitted`
    /// this is the last stable offset.
    func endOfPartitionReached(slot: Int) -> Int64?
    /// Stops fetching these slots; what is in their batches stays.
    func pause(slots: [Int]) throws(KafkaError)
    /// Goes on fetching paused slots; others are left alone.
    func resume(slots: [Int]) throws(KafkaError)

    /// The logs' bounds now. With `.readCommitted` `high` is the last stable offset: where the first open transaction
    /// begins, or the high watermark when none is open; markers of ended transactions are counted.
    func offsetRanges(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: OffsetRange]
    /// Where the logs end now, as in `offsetRanges`: one request a leader.
    func ends(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64]
    /// The logs' ends (high watermarks), as the brokers said in their last answers to fetches: no request is made. A
    /// partition of which nothing has been heard is left out.
    func knownEnds(_ partitions: [TopicPartition]) -> [TopicPartition: Int64]
    /// For each partition the first offset whose record is not older than the time (milliseconds since 1970); the end
    /// of the log (see `offsetRanges`) where there is none.
    func offsetsForTimes(
        _ times: [TopicPartition: EventTime], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64]
    /// For each partition the first offset whose record is not older than the time (milliseconds since 1970); left out
    /// where there is none.
    func firstOffsets(
        _ times: [TopicPartition: EventTime], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64]
    /// How many partitions each topic has; topics that do not exist are left out.
    func partitionCounts(
        ofTopics topics: [String], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: Int32]
    /// Deletes the records before these offsets; returns where each log begins now.
    func deleteRecords(
        before offsets: [TopicPartition: Int64], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64]

    /// Leaves for good: gives up the partitions and frees the client. A static member stays in the group for its
    /// session timeout, so that its successor finds its partitions. Returns false if the deadline passed first; then
    /// the client's threads are left to the end of the process, which open transactions survive safely.
    @discardableResult
    func close(timeoutMilliseconds: Int32) -> Bool
}

extension LogReader {
    /// Serves the group and the connections, and returns what has happened; waits for nothing.
    package func poll() -> [ConsumerEvent] { poll(timeoutMilliseconds: 0) }
}
